//! Variables that Lambda sets for a function: region, credentials, endpoints.

use secrecy::SecretString;

use super::bridge::base_url;
use super::network::roots;
use super::setting::{
    AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_DYNAMODB,
    AWS_ENDPOINT_URL_SECRETS_MANAGER, AWS_ENDPOINT_URL_SQS, AWS_ENDPOINT_URL_SSM, AWS_REGION,
    AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN,
};
use super::{Reader, Setting};
use crate::aws::{AwsSettings, Endpoints};

impl AwsSettings {
    /// Reads the settings; `None` if one is wrong. The reader has recorded the fault.
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

impl Endpoints {
    /// Reads the settings; `None` if one is wrong. The reader has recorded the fault.
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
