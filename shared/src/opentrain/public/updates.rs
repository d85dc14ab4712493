//! The feed of updates.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Listed, Other, PageQuery, PublicClient};
use crate::model::ids::JobId;
use crate::model::json::{Element, Listing};
use crate::model::lenient;
use crate::opentrain::OpenTrainError;
use crate::opentrain::call::Call;

/// One event, with ids and without content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Update {
    #[serde(deserialize_with = "lenient::id")]
    pub id: String,
    /// Such as `proposal.received`.
    #[serde(rename = "type", deserialize_with = "lenient::text_or_empty")]
    pub kind: String,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub created_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient::id_or_none")]
    pub resource_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub job_id: Option<JobId>,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub data: Other,
    #[serde(flatten)]
    pub other: Other,
}

/// A part of the feed, oldest first.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Updates {
    pub events: Listing<Update>,
    /// Start of the next poll. An empty part returns the cursor of the request.
    #[serde(deserialize_with = "lenient::id")]
    pub next_cursor: String,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub has_more: bool,
}

impl Element for Update {
    const KIND: &'static str = "update";
}

impl Listed for Update {
    const KEY: &'static str = "events";
}

static POLL: Call = Call::read("feed of updates at this address: check OPENTRAIN_BASE_URL");

impl PublicClient {
    /// The events after the cursor; without one, from the beginning. `status` of the query is not used.
    pub async fn updates(&self, query: &PageQuery) -> Result<Updates, OpenTrainError> {
        let request = self.ask(&POLL, &["updates"])?;
        request.query_owned(&query.pairs()).read().await
    }
}
