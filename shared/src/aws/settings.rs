//! Region, credentials and endpoints.

use secrecy::SecretString;

use crate::http::{BaseUrl, Roots};

/// Region, credentials and endpoints, from the variables that Lambda sets. The SDK's default chain would read files and
/// call the network before the first request.
#[derive(Debug, Clone)]
pub struct AwsSettings {
    pub(crate) region: String,
    pub(crate) key_id: String,
    pub(crate) key: SecretString,
    pub(crate) session_token: Option<SecretString>,
    pub(crate) endpoints: Endpoints,
}

/// Base URLs that replace AWS's own: of an emulator on this machine, or of a VPC's endpoint.
#[derive(Debug, Clone, Default)]
pub struct Endpoints {
    pub(crate) all: Option<BaseUrl>,
    pub(crate) sqs: Option<BaseUrl>,
    pub(crate) dynamodb: Option<BaseUrl>,
    pub(crate) secrets: Option<BaseUrl>,
    pub(crate) ssm: Option<BaseUrl>,
    pub(crate) roots: Roots,
}

impl Endpoints {
    /// The operator's certificate authorities.
    pub(crate) fn roots(&self) -> &Roots {
        &self.roots
    }

    /// Whether one of the URLs is on this machine, so that no proxy is used.
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

    /// Base URL of all services that have none of their own.
    pub fn all(&self) -> Option<String> {
        self.or_all(None)
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
