//! The account of a token, and its permissions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Other, Private, PublicClient};
use crate::model::lenient;
use crate::opentrain::OpenTrainError;
use crate::opentrain::call::Call;

/// The person, the token and the account of a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Me {
    pub actor: Actor,
    pub token: TokenOwner,
    pub account: Account,
    #[serde(flatten)]
    pub other: Other,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Actor {
    #[serde(deserialize_with = "lenient::id")]
    pub user_id: String,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub email: Option<Private>,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub full_name: Option<Private>,
    #[serde(flatten)]
    pub other: Other,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TokenOwner {
    #[serde(deserialize_with = "lenient::id")]
    pub id: String,
    #[serde(default, deserialize_with = "lenient::text")]
    pub label: Option<String>,
    #[serde(default, deserialize_with = "lenient::list")]
    pub scopes: Vec<String>,
    #[serde(flatten)]
    pub other: Other,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    #[serde(default, deserialize_with = "lenient::id_or_none")]
    pub organization_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    pub member_role: Option<String>,
    #[serde(flatten)]
    pub other: Other,
}

/// Permissions of the account, and values that a draft accepts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Capabilities {
    /// By key, such as `publish`, `hiring` and `paymentsWrite`.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub capabilities: BTreeMap<String, bool>,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub draft: DraftForm,
    #[serde(flatten)]
    pub other: Other,
}

/// The fields of a draft.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DraftForm {
    #[serde(default, deserialize_with = "lenient::list")]
    pub update_keys: Vec<String>,
    /// The permitted values of some keys.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub enums: BTreeMap<String, Vec<String>>,
    #[serde(flatten)]
    pub other: Other,
}

static ME: Call = Call::read("such user: the account was deleted");
static CAPABILITIES: Call = Call::read("Public API at this address: check OPENTRAIN_BASE_URL");

impl PublicClient {
    pub async fn me(&self) -> Result<Me, OpenTrainError> {
        self.ask(&ME, &["auth", "me"])?.read().await
    }

    pub async fn capabilities(&self) -> Result<Capabilities, OpenTrainError> {
        let request = self.ask(&CAPABILITIES, &["job-drafts", "capabilities"])?;
        request.read().await
    }
}
