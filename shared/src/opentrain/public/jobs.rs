//! Jobs of the account.

use jiff::Timestamp;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Listed, Other, Page, PublicClient};
use crate::model::ids::{JobId, ProposalId, TrainerId};
use crate::model::json::Element;
use crate::model::lenient;
use crate::opentrain::OpenTrainError;
use crate::opentrain::call::Call;
use crate::opentrain::vocabulary::vocabulary;

vocabulary! {
    /// State of a job.
    JobStatus {
        /// Not published.
        Draft = "DRAFT",
        /// Trainers apply.
        Open = "OPEN",
        /// Closed.
        Archived = "ARCHIVED",
    }
}

/// Filter and position of a list.
#[derive(Debug, Clone, Default)]
pub struct PageQuery {
    pub status: Option<String>,
    /// Maximum number of elements, up to 100; for updates up to 200.
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

impl PageQuery {
    pub(super) fn pairs(&self) -> Vec<(&'static str, String)> {
        let limit = self.limit.map(|limit| limit.to_string());
        let pairs = [
            ("status", self.status.clone()),
            ("limit", limit),
            ("cursor", self.cursor.clone()),
        ];
        pairs
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect()
    }
}

/// A job in the owner's list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnJob {
    pub id: JobId,
    #[serde(default, deserialize_with = "lenient::text")]
    pub title: Option<String>,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub status: Option<JobStatus>,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub created_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient::text")]
    pub job_url: Option<String>,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub proposal_counts: ProposalCounts,
    #[serde(flatten)]
    pub other: Other,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ProposalCounts {
    #[serde(default, deserialize_with = "lenient::whole_or_default")]
    pub total: u64,
    #[serde(default, deserialize_with = "lenient::whole_or_default")]
    pub unreviewed: u64,
}

/// Result of publishing. A repetition succeeds too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Published {
    pub job_id: JobId,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub already_published: bool,
    #[serde(default, deserialize_with = "lenient::text")]
    pub job_url: Option<String>,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub warnings: Vec<Value>,
    #[serde(flatten)]
    pub other: Other,
}

/// Result of a change of an open job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobChanged {
    pub job_id: JobId,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub status: Option<JobStatus>,
    #[serde(flatten)]
    pub other: Other,
}

/// Result of closing. A repetition succeeds too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Closed {
    pub job_id: JobId,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub already_closed: bool,
    #[serde(flatten)]
    pub other: Other,
}

/// Result of an invitation. A repetition succeeds too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Invited {
    pub proposal_id: ProposalId,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub already_invited: bool,
    #[serde(flatten)]
    pub other: Other,
}

impl Element for OwnJob {
    const KIND: &'static str = "job";
}

impl Listed for OwnJob {
    const KEY: &'static str = "jobs";
}

pub(super) const MISSING: &str = "such job of this account";

static MINE: Call = Call::read(MISSING);
static PUBLISH: Call = Call::write(Method::POST, MISSING);
static UPDATE: Call = Call::write(Method::PATCH, MISSING);
static CLOSE: Call = Call::write(Method::POST, MISSING);
static INVITE: Call = Call::write(
    Method::POST,
    "such job of this account, or no such trainer: check both ids",
);

impl PublicClient {
    /// The account's jobs, newest first.
    pub async fn my_jobs(&self, query: &PageQuery) -> Result<Page<OwnJob>, OpenTrainError> {
        let request = self.ask(&MINE, &["jobs", "mine"])?;
        request.query_owned(&query.pairs()).read().await
    }

    pub async fn publish(&self, job: &JobId) -> Result<Published, OpenTrainError> {
        let request = self.ask(&PUBLISH, &["jobs", job.as_str(), "publish"])?;
        request.read().await
    }

    /// Changes an open job. OpenTrain may apply the change and unpublish the job, which is a 409.
    pub async fn update_job(
        &self,
        job: &JobId,
        changes: &Map<String, Value>,
    ) -> Result<JobChanged, OpenTrainError> {
        let request = self.ask(&UPDATE, &["jobs", job.as_str()])?;
        request.body(json!(changes)).read().await
    }

    /// Ends applications. Contracts continue.
    pub async fn close_job(&self, job: &JobId) -> Result<Closed, OpenTrainError> {
        let request = self.ask(&CLOSE, &["jobs", job.as_str(), "close"])?;
        request.read().await
    }

    pub async fn invite_trainer(
        &self,
        job: &JobId,
        trainer: &TrainerId,
    ) -> Result<Invited, OpenTrainError> {
        let request = self.ask(&INVITE, &["jobs", job.as_str(), "invites"])?;
        let body = json!({ "freelancerId": trainer });
        request.body(body).read().await
    }
}
