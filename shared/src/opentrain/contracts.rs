//! Contracts and their participants: endpoints 6 and 7.

use jiff::Timestamp;
use jiff::civil::Date;
use reqwest::Method;
use serde::{Deserialize, Serialize};

use super::call::Call;
use super::vocabulary::vocabulary;
use super::{OpenTrainError, PlatformClient, Scope};
use crate::model::ids::{ContractId, JobId, LinkId};
use crate::model::json::{Element, Listing, UnreadableElements};
use crate::model::lenient;
use crate::model::person::Participant;

/// Maximum number of contracts in a list.
pub const MAX_CONTRACTS: usize = 200;

/// Common page lengths of servers: a list of exactly this many elements may be incomplete.
pub(crate) const PAGES: [usize; 2] = [50, 100];

vocabulary! {
    /// Status of a contract.
    ContractStatus {
        /// Hired.
        Active = "active",
        /// Ended.
        Ended = "ended",
    }
}

/// A contract between an employer and a trainer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Contract {
    /// OpenTrain's id.
    pub id: ContractId,
    /// Status of the contract.
    pub status: ContractStatus,
    /// The job.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub job_id: Option<JobId>,
    /// The job's title.
    #[serde(default, deserialize_with = "lenient::text")]
    pub title: Option<String>,
    /// First day.
    #[serde(default, deserialize_with = "lenient::day_or_none")]
    pub start_date: Option<Date>,
    /// Last day, once it is known.
    #[serde(default, deserialize_with = "lenient::day_or_none")]
    pub end_date: Option<Date>,
    /// Time of creation.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub created_at: Option<Timestamp>,
    /// The links of its job.
    #[serde(default, deserialize_with = "lenient::list")]
    pub project_link_ids: Vec<LinkId>,
}

/// A filter for contracts (endpoint 6). Use one query per link and status, so that lists are complete.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContractQuery {
    /// Contracts of this link.
    pub link: Option<LinkId>,
    /// Contracts with this status.
    pub status: Option<ContractStatus>,
    /// Maximum number to return, 1 to [`MAX_CONTRACTS`], which is the default.
    pub limit: Option<usize>,
}

/// A list of contracts, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contracts {
    /// The readable contracts.
    pub contracts: Vec<Contract>,
    /// The unreadable elements.
    pub unreadable: UnreadableElements,
    /// The list may be incomplete, and there is no next page: it is as long as its limit, or exactly as long as a
    /// common page.
    pub cut_off: bool,
}

impl Contracts {
    /// Whether the list is complete. Only then is a contract's absence proven.
    pub fn is_complete(&self) -> bool {
        !self.cut_off && self.unreadable.is_empty()
    }
}

#[derive(Deserialize)]
struct Listed {
    contracts: Listing<Contract>,
}

#[derive(Deserialize)]
struct People {
    participants: Listing<Participant>,
}

impl Element for Contract {
    const KIND: &'static str = "contract";
}

impl Element for Participant {
    const KIND: &'static str = "participant";
    const ID: &'static [&'static str] = &["/opentrainUserId"];
}

pub(super) const MISSING: &str = "such contract for this install: its job may have lost its link";

static LIST: Call = Call::safe(
    Method::GET,
    Scope::ContractsRead,
    "such project link: it was deleted, or it belongs to another install",
);
static PARTICIPANTS: Call = Call::safe(Method::GET, Scope::ParticipantsRead, MISSING).for_grant();

impl PlatformClient {
    /// Lists contracts, newest first (endpoint 6). An unknown link is a 404.
    pub async fn contracts(&self, query: &ContractQuery) -> Result<Contracts, OpenTrainError> {
        let limit = query.limit.unwrap_or(MAX_CONTRACTS).clamp(1, MAX_CONTRACTS);
        let text = limit.to_string();
        let mut pairs = vec![("limit", text.as_str())];
        pairs.extend(
            query
                .link
                .iter()
                .map(|link| ("projectLinkId", link.as_str())),
        );
        pairs.extend(
            query
                .status
                .iter()
                .map(|status| ("status", status.as_str())),
        );
        let listed = self
            .ask(&LIST, &["contracts"])?
            .query(&pairs)
            .read::<Listed>()
            .await?
            .contracts;
        let cut_off = listed.len() >= limit || PAGES.contains(&listed.len());
        let (contracts, unreadable) = listed.into_parts();
        Ok(Contracts {
            contracts,
            unreadable,
            cut_off,
        })
    }

    /// Lists the participants of a contract (endpoint 7). A work e-mail requires the scope `participants:email` and the
    /// install's consent, and may be added later.
    pub async fn participants(
        &self,
        contract: &ContractId,
    ) -> Result<Listing<Participant>, OpenTrainError> {
        let request = self.ask(
            &PARTICIPANTS,
            &["contracts", contract.as_str(), "participants"],
        )?;
        Ok(request.read::<People>().await?.participants)
    }
}
