//! What AWS tells a function of itself: region, credentials, endpoints.

use secrecy::SecretString;

use super::bridge::base_url;
use super::network::roots;
use super::setting::{
    AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_DYNAMODB,
    AWS_ENDPOINT_URL_SECRETS_MANAGER, AWS_ENDPOINT_URL_SQS, AWS_ENDPOINT_URL_SSM, AWS_REGION,
    AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN,
};
use super::{Reader, Setting};
use crate::http::{BaseUrl, Roots};

/// Where a function finds AWS, and as whom: the variables that Lambda sets, and nothing else. The default
/// chain of the SDK would look into files and ask the network before the first request.
#[derive(Debug, Clone)]
pub struct AwsSettings {
    pub(crate) region: String,
    pub(crate) key_id: String,
    pub(crate) key: SecretString,
    pub(crate) session_token: Option<SecretString>,
    pub(crate) endpoints: Endpoints,
}

impl AwsSettings {
    /// Reads them; `None` when something is wrong, which the reader has then noted.
    pub fn read(settings: &mut Reader<'_>) -> Option<Self> {
        let region = settings.text(&AWS_REGION).map(str::to_owned);
        let key_id = settings.text(&AWS_ACCESS_KEY_ID).map(str::to_owned);
        let key = settings.text(&AWS_SECRET_ACCESS_KEY);
        let key = key.map(SecretString::from);
        let session_token = settings.optional(&AWS_SESSION_TOKEN, |text| Ok(text.into()));
        let endpoints = Endpoints::read(settings);
        Some(Self {
            region: region?,
            key_id: key_id?,
            key: key?,
            session_token: session_token?,
            endpoints: endpoints?,
        })
    }
}

/// Where the services are, when they are not at AWS: an emulator on this machine, or a VPC's endpoint.
#[derive(Debug, Clone, Default)]
pub struct Endpoints {
    all: Option<BaseUrl>,
    sqs: Option<BaseUrl>,
    dynamodb: Option<BaseUrl>,
    secrets: Option<BaseUrl>,
    ssm: Option<BaseUrl>,
    roots: Roots,
}

impl Endpoints {
    /// Reads them; `None` when something is wrong, which the reader has then noted.
    pub fn read(settings: &mut Reader<'_>) -> Option<Self> {
        let mut endpoint = |setting: &'static Setting| settings.optional(setting, base_url);
        let all = endpoint(&AWS_ENDPOINT_URL);
        let sqs = endpoint(&AWS_ENDPOINT_URL_SQS);
        let dynamodb = endpoint(&AWS_ENDPOINT_URL_DYNAMODB);
        let secrets = endpoint(&AWS_ENDPOINT_URL_SECRETS_MANAGER);
        let ssm = endpoint(&AWS_ENDPOINT_URL_SSM);
        let roots = roots(settings);
        Some(Self {
            all: all?,
            sqs: sqs?,
            dynamodb: dynamodb?,
            secrets: secrets?,
            ssm: ssm?,
            roots: roots?,
        })
    }

    /// The operator's certificate authorities.
    pub(crate) fn roots(&self) -> &Roots {
        &self.roots
    }

    /// Whether any of them is on this machine, where no proxy leads.
    pub(crate) fn is_loopback(&self) -> bool {
        let own = [
            &self.all,
            &self.sqs,
            &self.dynamodb,
            &self.secrets,
            &self.ssm,
        ];
        own.into_iter().flatten().any(BaseUrl::is_loopback)
    }

    pub(crate) fn sqs(&self) -> Option<String> {
        self.or_all(self.sqs.as_ref())
    }

    pub(crate) fn dynamodb(&self) -> Option<String> {
        self.or_all(self.dynamodb.as_ref())
    }

    pub(crate) fn secrets(&self) -> Option<String> {
        self.or_all(self.secrets.as_ref())
    }

    pub(crate) fn ssm(&self) -> Option<String> {
        self.or_all(self.ssm.as_ref())
    }

    fn or_all(&self, own: Option<&BaseUrl>) -> Option<String> {
        own.or(self.all.as_ref()).map(ToString::to_string)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Vars;

    fn read(vars: &Vars) -> Result<AwsSettings, String> {
        let mut reader = Reader::new(vars);
        let settings = AwsSettings::read(&mut reader);
        reader.finish(settings).map_err(|faults| faults.to_string())
    }

    #[test]
    fn all_that_is_missing_is_told_at_once() {
        let told =
            read(&Vars::default().with("AWS_ENDPOINT_URL", Some("http://elsewhere.example")));
        let told = told.unwrap_err();
        for name in [
            "AWS_REGION",
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_ENDPOINT_URL",
        ] {
            assert!(told.contains(&format!("\n  {name}: ")), "{name}: {told}");
        }
        assert!(!told.contains("AWS_SESSION_TOKEN"), "{told}");
    }

    #[test]
    fn a_service_s_own_endpoint_goes_before_the_common_one() {
        let vars = Vars::default()
            .with("AWS_REGION", Some("eu-central-1"))
            .with("AWS_ACCESS_KEY_ID", Some("id"))
            .with("AWS_SECRET_ACCESS_KEY", Some("canary-key"))
            .with("AWS_ENDPOINT_URL", Some("http://127.0.0.1:1"))
            .with("AWS_ENDPOINT_URL_SQS", Some("https://sqs.example/"));
        let settings = read(&vars).unwrap();
        assert_eq!(settings.endpoints.sqs().unwrap(), "https://sqs.example");
        assert_eq!(settings.endpoints.dynamodb().unwrap(), "http://127.0.0.1:1");
        assert_eq!(settings.endpoints.secrets().unwrap(), "http://127.0.0.1:1");
        assert!(!format!("{settings:?}").contains("canary-key"));
    }
}
