//! The people of the account's organisation.

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Other, PublicClient};
use crate::model::lenient;
use crate::opentrain::OpenTrainError;
use crate::opentrain::call::Call;

/// Organisation, members and open invitations. They have names and e-mails, so `Debug` only shows the keys.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Team {
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub organization: Other,
    #[serde(default, deserialize_with = "lenient::list")]
    pub members: Vec<Other>,
    #[serde(default, deserialize_with = "lenient::list")]
    pub invites: Vec<Other>,
    #[serde(flatten)]
    pub other: Other,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TeamInvited {
    /// `invite_created`, `member_added` or `already_member`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub status: Option<String>,
    #[serde(flatten)]
    pub other: Other,
}

#[derive(Deserialize)]
struct One {
    team: Team,
}

const MISSING: &str = "team of this account";

static GET: Call = Call::read(MISSING);
static INVITE: Call = Call::write(Method::POST, MISSING);

impl PublicClient {
    pub async fn team(&self) -> Result<Team, OpenTrainError> {
        Ok(self.ask(&GET, &["team"])?.read::<One>().await?.team)
    }

    pub async fn invite_to_team(&self, email: &str) -> Result<TeamInvited, OpenTrainError> {
        let request = self.ask(&INVITE, &["team", "invites"])?;
        request.body(json!({ "email": email })).read().await
    }
}
