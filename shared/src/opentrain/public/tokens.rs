//! Personal API tokens.

use jiff::Timestamp;
use reqwest::Method;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::private::secret;
use super::{Listed, Other, Page, PublicClient};
use crate::model::ids::TokenId;
use crate::model::json::Element;
use crate::model::lenient;
use crate::opentrain::OpenTrainError;
use crate::opentrain::call::Call;

/// A token without its secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Token {
    pub id: TokenId,
    #[serde(default, deserialize_with = "lenient::text")]
    pub name: Option<String>,
    #[serde(default, deserialize_with = "lenient::list")]
    pub scopes: Vec<String>,
    /// `active`, `expired` or `revoked`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub status: Option<String>,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub last_used_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub expires_at: Option<Timestamp>,
    #[serde(flatten)]
    pub other: Other,
}

/// A token to create. It gets no scope that the caller's token lacks.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewToken {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Scopes of the new token; without them, the scopes of the caller's token.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// A new token with its secret, which is only shown once.
#[derive(Debug)]
pub struct TokenMade {
    pub secret: SecretString,
    pub metadata: Token,
}

#[derive(Deserialize)]
struct Made {
    #[serde(deserialize_with = "secret")]
    token: SecretString,
    metadata: Token,
}

#[derive(Deserialize)]
struct One {
    token: Token,
}

impl Element for Token {
    const KIND: &'static str = "token";
}

impl Listed for Token {
    const KEY: &'static str = "tokens";
}

const MISSING: &str = "such token of this account";

static CREATE: Call = Call::write(Method::POST, MISSING);
static LIST: Call = Call::read(MISSING);
static REVOKE: Call = Call::write(Method::DELETE, MISSING);

impl PublicClient {
    pub async fn create_token(&self, new: &NewToken) -> Result<TokenMade, OpenTrainError> {
        let request = self.ask(&CREATE, &["tokens"])?.body(json!(new));
        let made = request.read::<Made>().await?;
        Ok(TokenMade {
            secret: made.token,
            metadata: made.metadata,
        })
    }

    /// All tokens of the account, with any status.
    pub async fn tokens(&self) -> Result<Page<Token>, OpenTrainError> {
        self.ask(&LIST, &["tokens"])?.read().await
    }

    /// Revokes a token at once and permanently.
    pub async fn revoke_token(&self, id: &TokenId) -> Result<Token, OpenTrainError> {
        let request = self.ask(&REVOKE, &["tokens", id.as_str()])?;
        Ok(request.read::<One>().await?.token)
    }
}
