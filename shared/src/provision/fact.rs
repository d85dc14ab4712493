//! The facts of a contract event. Missing parts are read from the API.
//!
//! Only ids and the e-mail are documented for certain (docs/opentrain-api.md, Events): everything else is taken from
//! the event if it is there, and looked up if not.

use jiff::Timestamp;
use jiff::civil::Date;

use super::Provisioner;
pub use crate::ledger::Source;
use crate::ledger::{HireStatus, Link};
use crate::model::ConnectionName;
use crate::model::event::Event;
use crate::model::failure::Failure;
use crate::model::ids::{ContractId, JobId, LinkId, ProjectId};
use crate::model::person::Participant;
use crate::opentrain::{ProjectLink, ProvisioningMode};
use crate::queue::EventMessage;

/// One contract of one trainer at one link: it runs, or it has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractFact {
    /// The connection that it belongs to.
    pub connection: ConnectionName,
    /// The contract.
    pub contract: ContractId,
    /// The link and its project; `None` if only the contract is known, for an end that is recorded while OpenTrain's
    /// API does not answer.
    pub place: Option<HirePlace>,
    /// The hired person.
    pub participant: Participant,
    /// The contract's first day, where it is stated.
    pub first_day: Option<Date>,
    /// The contract's last day, where it is stated.
    pub last_day: Option<Date>,
    /// Whether the contract runs.
    pub status: HireStatus,
    /// Source of the fact.
    pub source: Source,
}

/// Link and project of a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HirePlace {
    /// The link that ties the contract's job to the project.
    pub link: LinkId,
    /// The project in the tool.
    pub project: ProjectId,
    /// OpenTrain provisions this link's people itself.
    pub managed: bool,
}

impl ContractFact {
    /// A contract that the API lists as active on a link; none where the link names no project.
    pub(crate) fn seen_running(
        connection: &ConnectionName,
        link: &Link,
        contract: &ContractId,
        first_day: Option<Date>,
        participant: Participant,
        asked_at: Timestamp,
    ) -> Option<Self> {
        Some(Self {
            connection: connection.clone(),
            contract: contract.clone(),
            place: Some(HirePlace::of(link)?),
            participant,
            first_day,
            last_day: None,
            status: HireStatus::Active,
            source: Source::Api { asked_at },
        })
    }

    /// The same fact, with the contract ended.
    pub(crate) fn ended_on(self, last_day: Option<Date>) -> Self {
        Self {
            last_day,
            status: HireStatus::Ended,
            ..self
        }
    }
}

impl HirePlace {
    /// The place that a link leads to; none where the link names no project.
    pub(crate) fn of(link: &Link) -> Option<Self> {
        Some(Self {
            link: link.id.clone(),
            project: link.project.clone()?,
            managed: link.managed,
        })
    }
}

/// Content of a contract event.
pub(super) struct Stated {
    /// The event's link, to be recorded.
    pub(super) link: Link,
    /// One fact for each participant; usually there is one.
    pub(super) facts: Vec<ContractFact>,
}

impl Provisioner {
    /// The facts of a contract event. Missing fields are read from the ledger and from the API.
    pub(super) async fn stated(&self, message: &EventMessage) -> Result<Stated, Failure> {
        let event = &message.event;
        let link = self.link_of(message).await?;
        let place = HirePlace::of(&link);
        let place = place.ok_or_else(|| Failure::wrong("the link names no project"))?;
        let participants = match event.participant() {
            Some(participant) => vec![participant],
            None => self.participants(message).await?,
        };
        let fact = |participant: Participant| {
            let usable = self.with_usable_email(event.is_end(), participant);
            contract_fact(message, Some(place.clone()), usable)
        };
        let facts: Option<Vec<_>> = participants.into_iter().map(fact).collect();
        let facts = facts.ok_or_else(|| Failure::wrong("the event names no contract"))?;
        Ok(Stated { link, facts })
    }

    /// Removes an e-mail that must not be used. The e-mail of an end is used to look for an account, but only if
    /// OpenTrain issued it: at another domain it may be the address of an employee of the customer.
    pub(crate) fn with_usable_email(&self, is_end: bool, participant: Participant) -> Participant {
        let usable = participant
            .work_email
            .filter(|it| !is_end || self.policy.work_email_domains.hold(it));
        Participant {
            work_email: usable,
            ..participant
        }
    }

    async fn participants(&self, message: &EventMessage) -> Result<Vec<Participant>, Failure> {
        let contract = message.event.contract();
        let contract = contract.ok_or_else(|| Failure::wrong("the event names no contract"))?;
        let connection = self.connection(&message.connection).await?;
        let participants = connection.platform.participants(&contract).await?;
        let (participants, unreadable) = participants.into_parts();
        if !unreadable.is_empty() {
            tracing::warn!(contract.id = %contract, reason = %unreadable, "participants could not be read; the others are processed; report it to OpenTrain");
        }
        if participants.is_empty() {
            return Err(match unreadable.is_empty() {
                true => Failure::wrong("neither the event nor the API names a participant"),
                false => Failure::operator(format!(
                    "the participants of contract {contract} can't be read: {unreadable}; report it to OpenTrain"
                )),
            });
        }
        Ok(participants)
    }

    /// The event's link: from the event, else from the ledger, else from the API.
    async fn link_of(&self, message: &EventMessage) -> Result<Link, Failure> {
        let id = message.event.link();
        let id = id.ok_or_else(|| Failure::wrong("the event names no link"))?;
        if let Some(link) = link_in(&message.event, message.received_at) {
            return Ok(link);
        }
        if let Some(known) = self.ledger.link(&message.connection, &id).await? {
            return Ok(known);
        }
        let connection = self.connection(&message.connection).await?;
        Ok(Link::seen(
            connection.platform.link(&id).await?,
            self.clock.now(),
        ))
    }
}

/// The fact that a contract event states about one participant; none where the event names no contract.
pub(super) fn contract_fact(
    message: &EventMessage,
    place: Option<HirePlace>,
    participant: Participant,
) -> Option<ContractFact> {
    let event = &message.event;
    Some(ContractFact {
        connection: message.connection.clone(),
        contract: event.contract()?,
        place,
        participant,
        first_day: event.first_day(),
        last_day: event.end_date(),
        status: if event.is_end() {
            HireStatus::Ended
        } else {
            HireStatus::Active
        },
        source: Source::Event {
            id: event.id.clone(),
            created_at: event.created_at,
        },
    })
}

/// The link as the event shows it, if it shows all that access depends on.
pub(super) fn link_in(event: &Event, at: Timestamp) -> Option<Link> {
    let inside = |member: &str| format!("/data/projectLink/{member}");
    let job = event.id_at(&inside("jobId"));
    let job = job.map(JobId::new).or_else(|| event.job_id.clone());
    Some(Link {
        id: event.link()?,
        job,
        project: Some(ProjectId::new(event.id_at(&inside("externalProjectId"))?)),
        project_name: event.shown(&inside("externalProjectName")),
        managed: event.text(&inside("provisioningMode"))? == "MANAGED_ADAPTER",
        install: None,
        removed: false,
        absent: false,
        at,
    })
}

impl Link {
    /// A link as the API shows it.
    pub fn seen(link: ProjectLink, at: Timestamp) -> Self {
        Self {
            id: link.id,
            job: link.job_id,
            project: Some(link.external_project_id),
            project_name: link.external_project_name,
            managed: link.provisioning_mode == ProvisioningMode::ManagedAdapter,
            install: None,
            removed: false,
            absent: false,
            at,
        }
    }
}
