//! Contracts and their people: endpoints 6 and 7.

use jiff::Timestamp;
use jiff::civil::Date;
use reqwest::Method;
use serde::{Deserialize, Serialize};

use super::call::Call;
use super::vocabulary::vocabulary;
use super::{OpenTrainError, PlatformClient, Scope};
use crate::http::{Element, Listing, UnreadableElements};
use crate::ids::{ContractId, JobId, LinkId};
use crate::lenient;
use crate::person::Participant;

/// The most contracts that one list holds.
pub const MAX_CONTRACTS: usize = 200;

/// Lengths at which servers cut lists off: a list of exactly this many elements may lack some.
pub(crate) const PAGES: [usize; 2] = [50, 100];

vocabulary! {
    /// Whether the trainer works on.
    ContractStatus {
        /// Hired.
        Active = "active",
        /// Over.
        Ended = "ended",
    }
}

/// A contract between an employer and a trainer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Contract {
    /// OpenTrain's id.
    pub id: ContractId,
    /// Whether it goes on.
    pub status: ContractStatus,
    /// The job that it is on.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub job_id: Option<JobId>,
    /// The job's title.
    #[serde(default, deserialize_with = "lenient::text")]
    pub title: Option<String>,
    /// The first day.
    #[serde(default, deserialize_with = "lenient::day_or_none")]
    pub start_date: Option<Date>,
    /// The last day, once it is known.
    #[serde(default, deserialize_with = "lenient::day_or_none")]
    pub end_date: Option<Date>,
    /// When it was made.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub created_at: Option<Timestamp>,
    /// The links of its job.
    #[serde(default, deserialize_with = "lenient::list")]
    pub project_link_ids: Vec<LinkId>,
}

/// Which contracts are asked for (endpoint 6). Ask per link and status: that keeps lists whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContractQuery {
    /// Those of one link.
    pub link: Option<LinkId>,
    /// Those of one status.
    pub status: Option<ContractStatus>,
    /// The most to return, 1 to [`MAX_CONTRACTS`]; as many as there may be when nothing is said.
    pub limit: Option<usize>,
}

/// A list of contracts, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contracts {
    /// The contracts that could be read.
    pub contracts: Vec<Contract>,
    /// The entries that could not be read.
    pub unreadable: UnreadableElements,
    /// The list may have been cut off, and there is no next page: it is as long as its limit, or exactly as long as
    /// a page often is.
    pub cut_off: bool,
}

impl Contracts {
    /// Whether these are all: only then may something be concluded from a contract's absence.
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
    /// Contracts, newest first (endpoint 6); an unknown link is a 404.
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

    /// The people of a contract (endpoint 7). A work e-mail is there only with the scope
    /// `participants:email` and the install's consent, and may come later.
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
