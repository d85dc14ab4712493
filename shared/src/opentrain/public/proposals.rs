//! Proposals, interviews and hires.

use jiff::Timestamp;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Listed, Other, Page, PageQuery, Private, PublicClient, Requested};
use crate::model::ids::{JobId, ProposalId, TrainerId};
use crate::model::json::Element;
use crate::model::lenient;
use crate::opentrain::OpenTrainError;
use crate::opentrain::call::Call;

/// A trainer's proposal for a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Proposal {
    pub id: ProposalId,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub job_id: Option<JobId>,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub created_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub status: Status,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub bid: Bid,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub candidate: Option<Candidate>,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub metrics: Metrics,
    #[serde(flatten)]
    pub other: Other,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// `UNREVIEWED`, `SHORTLISTED`, `MAYBE`, `HIRED`, `DECLINED`, `NOT_A_FIT` and others.
    #[serde(default, deserialize_with = "lenient::text")]
    pub raw: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    pub label: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bid {
    #[serde(default, deserialize_with = "lenient::number")]
    pub amount_usd: Option<f64>,
    /// Free text, such as `PER_HOUR`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub unit: Option<String>,
    #[serde(flatten)]
    pub other: Other,
}

/// The trainer, with a masked name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Candidate {
    pub id: TrainerId,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub display_name: Private,
    #[serde(default, deserialize_with = "lenient::text")]
    pub country: Option<String>,
    #[serde(flatten)]
    pub other: Other,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Metrics {
    #[serde(default, deserialize_with = "lenient::number")]
    pub interview_score: Option<f64>,
    #[serde(default, deserialize_with = "lenient::number")]
    pub match_score: Option<f64>,
    #[serde(flatten)]
    pub other: Other,
}

/// An interview by OpenTrain's interviewer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Interview {
    pub proposal_id: ProposalId,
    #[serde(default, deserialize_with = "lenient::number")]
    pub score: Option<f64>,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub summary: Private,
    /// Oldest first.
    #[serde(default, deserialize_with = "lenient::list")]
    pub messages: Vec<InterviewMessage>,
    #[serde(flatten)]
    pub other: Other,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InterviewMessage {
    /// `interviewer` or `candidate`.
    #[serde(default, deserialize_with = "lenient::text_or_empty")]
    pub role: String,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub content: Private,
    #[serde(flatten)]
    pub other: Other,
}

/// Terms of a hire.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Hire {
    pub milestone: HireMilestone,
    /// Hires although the proposal is marked as not a fit. In OpenTrain's documentation, the name of this member is cut
    /// off.
    #[serde(rename = "confirmNotFit", skip_serializing_if = "std::ops::Not::not")]
    pub despite_not_a_fit: bool,
}

/// The first milestone. The human who confirms may change it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HireMilestone {
    /// Name or description is required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// In US dollars, without OpenTrain's fees.
    pub amount: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_date: Option<String>,
}

#[derive(Deserialize)]
struct One {
    proposal: Proposal,
}

#[derive(Deserialize)]
struct Recorded {
    interview: Interview,
}

impl Element for Proposal {
    const KIND: &'static str = "proposal";
}

impl Listed for Proposal {
    const KEY: &'static str = "proposals";
}

pub(super) const MISSING: &str = "such proposal";

static LIST: Call = Call::read(super::jobs::MISSING);
static GET: Call = Call::read(MISSING);
static INTERVIEW: Call =
    Call::read("recorded interview of this proposal: the trainer may not have taken it yet");
static HIRE: Call = Call::write(Method::POST, MISSING);

impl PublicClient {
    /// The proposals for a job, newest first.
    pub async fn proposals(
        &self,
        job: &JobId,
        query: &PageQuery,
    ) -> Result<Page<Proposal>, OpenTrainError> {
        let request = self.ask(&LIST, &["jobs", job.as_str(), "proposals"])?;
        request.query_owned(&query.pairs()).read().await
    }

    pub async fn proposal(&self, id: &ProposalId) -> Result<Proposal, OpenTrainError> {
        let request = self.ask(&GET, &["proposals", id.as_str()])?;
        Ok(request.read::<One>().await?.proposal)
    }

    pub async fn interview(&self, id: &ProposalId) -> Result<Interview, OpenTrainError> {
        let request = self.ask(&INTERVIEW, &["proposals", id.as_str(), "interview"])?;
        Ok(request.read::<Recorded>().await?.interview)
    }

    /// Requests a hire, which a human confirms. The same terms give the same approval while it is pending.
    pub async fn hire(&self, id: &ProposalId, hire: &Hire) -> Result<Requested, OpenTrainError> {
        let request = self.ask(&HIRE, &["proposals", id.as_str(), "hire"])?;
        request.body(json!(hire)).read().await
    }
}
