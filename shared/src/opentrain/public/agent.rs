//! Identity of agents: registration, and its claim by a human.

use std::fmt;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::client::prepare;
use super::private::secret;
use super::{AGENT_API, Private};
use crate::http::{BaseUrl, Credential, Http, RetryPolicy, SetupError};
use crate::model::lenient;
use crate::opentrain::call::Call;
use crate::opentrain::request::Request;
use crate::opentrain::{OpenTrainError, Options};

const GRANT_TYPE: &str = "urn:opentrain:agent-auth:grant-type:claim";

/// The calls of an agent that has no token yet.
#[derive(Clone)]
pub struct AgentClient {
    http: Http,
    retry: RetryPolicy,
}

/// An agent to register.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct NewAgent {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_name: Option<String>,
}

/// A registration with its two secrets.
#[derive(Debug, Clone, Deserialize)]
pub struct Registration {
    #[serde(default, deserialize_with = "lenient::id_or_none")]
    pub registration_id: Option<String>,
    /// Token of the account that is not claimed yet.
    #[serde(deserialize_with = "secret")]
    pub access_token: SecretString,
    #[serde(default, deserialize_with = "lenient::list")]
    pub scopes: Vec<String>,
    /// Token for the claim. It is never sent as a bearer token.
    #[serde(deserialize_with = "secret")]
    pub claim_token: SecretString,
    /// About 24 hours after the registration.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub claim_token_expires_at: Option<Timestamp>,
}

/// A claim that a human confirms. The address has a secret of its own.
#[derive(Debug, Clone, Deserialize)]
pub struct Claim {
    /// Six digits, which the human enters.
    pub user_code: Private,
    pub verification_uri: Private,
    /// Seconds until a new code is needed.
    #[serde(default, deserialize_with = "lenient::whole_or_none")]
    pub expires_in: Option<u64>,
    /// Seconds between two polls.
    #[serde(default, deserialize_with = "lenient::whole_or_none")]
    pub interval: Option<u64>,
    /// Whether OpenTrain sent the address by mail too.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub email_sent: bool,
}

/// The token of a claimed account. OpenTrain delivers it once, and revokes all tokens from before the claim.
#[derive(Debug, Clone, Deserialize)]
pub struct Delivered {
    #[serde(deserialize_with = "secret")]
    pub access_token: SecretString,
    #[serde(default, deserialize_with = "lenient::list")]
    pub scopes: Vec<String>,
}

#[derive(Deserialize)]
struct Revoked {}

static REGISTER: Call = Call::agent();
static CLAIM: Call = Call::agent();
static TOKEN: Call = Call::agent();
static REVOKE: Call = Call::agent();

impl fmt::Debug for AgentClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AgentClient({})", self.http.base())
    }
}

impl AgentClient {
    /// A client for OpenTrain's origin.
    ///
    /// # Errors
    /// [`SetupError`] if no HTTP client can be made.
    pub fn at(base: BaseUrl, options: Options) -> Result<Self, SetupError> {
        // These calls are sent without a credential.
        let none = Credential::bearer(&"none".into())?;
        let base = base.with_suffix(AGENT_API);
        Ok(Self {
            http: Http::new(base, none, options.timeout, options.clock)?,
            retry: options.retry,
        })
    }

    /// Registers an anonymous agent with an account of its own.
    pub async fn register(&self, new: &NewAgent) -> Result<Registration, OpenTrainError> {
        let request = self.ask(&REGISTER, &["identity"])?;
        request.body(json!(new)).read().await
    }

    /// Starts the claim of a registration, or restarts it with a new code. The e-mail must have no account yet.
    pub async fn claim(
        &self,
        claim_token: &SecretString,
        email: &str,
    ) -> Result<Claim, OpenTrainError> {
        let body = json!({ "claim_token": claim_token.expose_secret(), "email": email });
        let request = self.ask(&CLAIM, &["identity", "claim"])?;
        request.body(body).read().await
    }

    /// Polls for the token of the claimed account. Until the human has confirmed, the error's
    /// [reason](OpenTrainError::reason) is `authorization_pending`, or `slow_down` for polls within the interval.
    pub async fn poll_claim(
        &self,
        claim_token: &SecretString,
    ) -> Result<Delivered, OpenTrainError> {
        let form = [
            ("grant_type", GRANT_TYPE),
            ("claim_token", claim_token.expose_secret()),
        ];
        let request = self.ask(&TOKEN, &["oauth", "token"])?;
        request.form(&form).read().await
    }

    /// Revokes a token. Succeeds for an unknown token too.
    pub async fn revoke(&self, token: &SecretString) -> Result<(), OpenTrainError> {
        let request = self.ask(&REVOKE, &["oauth", "revoke"])?;
        let form = [("token", token.expose_secret())];
        request.form(&form).read::<Revoked>().await.map(drop)
    }

    fn ask(&self, call: &'static Call, segments: &[&str]) -> Result<Request<'_>, OpenTrainError> {
        prepare(&self.http, &self.retry, call, segments)
    }
}
