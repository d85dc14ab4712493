//! What a contract event says, in full: what it leaves out is asked of the API.
//!
//! Only ids and the e-mail are documented for certain (`opentrain-platform-api`, Events): everything else
//! is taken where it is there, and looked up where it is not.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Failure, Provisioner};
use crate::connection::ConnectionName;
use crate::delivery::{Event, EventId, EventType};
use crate::ids::{ContractId, LinkId, ProjectId};
use crate::ledger::{HireStatus, Link};
use crate::opentrain::{ProjectLink, ProvisioningMode};
use crate::person::Participant;
use crate::queue::EventMessage;

/// One contract, at one link, of one trainer: it runs, or it has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractFact {
    /// The install that it belongs to.
    pub connection: ConnectionName,
    /// The contract.
    pub contract: ContractId,
    /// The link.
    pub link: LinkId,
    /// The project in the tool.
    pub project: ProjectId,
    /// OpenTrain provisions this link's people itself.
    pub managed: bool,
    /// Who was hired.
    pub participant: Participant,
    /// The contract's first day, where it is said.
    pub first_day: Option<Date>,
    /// Whether the contract runs.
    pub status: HireStatus,
    /// How we know.
    pub source: Source,
}

/// How a fact is known; it decides which of two facts is the newer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// An event said so.
    Event {
        /// Which one.
        id: EventId,
        /// When it happened, by OpenTrain's clock.
        created_at: Option<Timestamp>,
    },
    /// The API said so.
    Api {
        /// The moment before the question, by our clock.
        asked_at: Timestamp,
    },
}

impl ContractFact {
    /// A contract that the API has shown as running on a link; nothing where the link leads nowhere.
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
            link: link.id.clone(),
            project: link.project.clone()?,
            managed: link.managed,
            participant,
            first_day,
            status: HireStatus::Active,
            source: Source::Api { asked_at },
        })
    }
}

impl Provisioner {
    /// The facts in a contract event: one for each participant, which as a rule is one.
    pub(super) async fn contract_facts(
        &self,
        message: &EventMessage,
    ) -> Result<Vec<ContractFact>, Failure> {
        let event = &message.event;
        let contract = event.contract();
        let contract = contract.ok_or_else(|| Failure::wrong("the event names no contract"))?;
        let link = self.link_of(message).await?;
        let project = link
            .project
            .ok_or_else(|| Failure::wrong("the link names no project"))?;
        let participants = match event.participant() {
            Some(participant) => vec![participant],
            None => {
                self.connection(&message.connection)
                    .await?
                    .platform
                    .participants(&contract)
                    .await?
            }
        };
        if participants.is_empty() {
            return Err(Failure::wrong(
                "neither the event nor the API names a participant",
            ));
        }
        let fact = |participant| ContractFact {
            connection: message.connection.clone(),
            contract: contract.clone(),
            link: link.id.clone(),
            project: project.clone(),
            managed: link.managed,
            participant,
            first_day: event.first_day(),
            status: status(event),
            source: Source::Event {
                id: event.id.clone(),
                created_at: event.created_at,
            },
        };
        Ok(participants.into_iter().map(fact).collect())
    }

    /// The event's link, recorded: from the event, else from the ledger, else from the API.
    async fn link_of(&self, message: &EventMessage) -> Result<Link, Failure> {
        let id = message
            .event
            .link()
            .ok_or_else(|| Failure::wrong("the event names no link"))?;
        let link = match link_in(&message.event, message.received_at) {
            Some(link) => link,
            None => match self.ledger.link(&message.connection, &id).await? {
                Some(known) => known,
                None => {
                    let platform = &self.connection(&message.connection).await?.platform;
                    Link::seen(platform.link(&id).await?, self.clock.now())
                }
            },
        };
        self.ledger.record_link(&message.connection, &link).await?;
        Ok(link)
    }
}

fn status(event: &Event) -> HireStatus {
    if event.kind == EventType::ContractEnded {
        HireStatus::Ended
    } else {
        HireStatus::Active
    }
}

/// The link as the event shows it, if it shows all that access depends on.
pub(super) fn link_in(event: &Event, at: Timestamp) -> Option<Link> {
    let text = |member: &str| event.text(&format!("/data/projectLink/{member}"));
    let job = text("jobId")
        .map(Into::into)
        .or_else(|| event.job_id.clone());
    Some(Link {
        id: event.link()?,
        job,
        project: Some(ProjectId::from(text("externalProjectId")?)),
        project_name: text("externalProjectName").map(Into::into),
        managed: text("provisioningMode")? == "MANAGED_ADAPTER",
        install: None,
        removed: false,
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
            at,
        }
    }
}
