//! Processes one event by its type: merges its fact, then converges the trainers whom it concerns.

use std::collections::BTreeSet;

use super::converge::Converged;
use super::fact::{ContractFact, contract_fact, link_in};
use super::request::Request;
use super::{Provisioner, merge};
use crate::ledger::{Attempt, HireStatus, Link};
use crate::model::ConnectionName;
use crate::model::event::EventType;
use crate::model::failure::Failure;
use crate::model::ids::{InstallId, LinkId, TrainerId};
use crate::model::person::Participant;
use crate::queue::{EventMessage, Message};

impl Provisioner {
    /// Merges the event's fact and converges the trainers whom it concerns.
    pub(super) async fn event(&self, message: &EventMessage) -> Result<(), Failure> {
        match &message.event.kind {
            EventType::ContractStarted | EventType::ContractEnded => {
                self.contract_event(message).await
            }
            EventType::ProjectLinkCreated => self.link_created(message).await,
            EventType::ProjectLinkRemoved => self.link_removed(message).await,
            EventType::InstallRevoked => self.install_revoked(message).await,
            EventType::MilestoneFunded
            | EventType::MilestoneBudgetLow
            | EventType::MilestoneBudgetDepleted => self.milestone(message).await,
            EventType::Unknown(name) => Err(Failure::wrong(format!(
                "the event type `{name}` is not known"
            ))),
        }
    }

    /// A contract event that does not name its trainer: the participants are read from the API, and each is
    /// converged in a group of their own.
    async fn contract_event(&self, message: &EventMessage) -> Result<(), Failure> {
        let stated = match self.stated(message).await {
            Ok(stated) => stated,
            Err(failure) => {
                self.merge_known_ends(message).await?;
                return Err(failure);
            }
        };
        let connection = &message.connection;
        self.ledger.record_link(connection, &stated.link).await?;
        self.merge_each(&stated.facts).await
    }

    /// Merges facts, and requests the convergence of each fact's trainer. A fact that fails does not stop the others.
    pub(super) async fn merge_each(&self, facts: &[ContractFact]) -> Result<(), Failure> {
        let mut failures = Vec::new();
        for fact in facts {
            let trainer = fact.participant.opentrain_user_id.clone();
            let merged = self.merge(&trainer, std::slice::from_ref(fact)).await;
            let done = match merged {
                Ok(()) => self.send_converge([trainer]).await,
                Err(failure) => Err(failure),
            };
            failures.extend(done.err());
        }
        Failure::worst(failures).map_or(Ok(()), Err)
    }

    /// A contract event that names its trainer, in the trainer's own group.
    pub(super) async fn trainer_event(
        &self,
        message: &EventMessage,
        trainer: &TrainerId,
        attempt: &Attempt,
    ) -> Result<Converged, Failure> {
        let stated = match self.stated(message).await {
            Ok(stated) => stated,
            Err(failure) => {
                self.merge_end(message, trainer, attempt).await?;
                return Err(failure);
            }
        };
        let request = Request {
            facts: &stated.facts,
            link: Some((&message.connection, &stated.link)),
            ..Request::default()
        };
        self.converge(trainer, &request, attempt).await
    }

    /// Merges the end of the event's contract while its other data cannot be read: the removal of access must not wait
    /// for OpenTrain's API.
    async fn merge_end(
        &self,
        message: &EventMessage,
        trainer: &TrainerId,
        attempt: &Attempt,
    ) -> Result<(), Failure> {
        let participant = Participant::unknown(trainer.clone());
        let fact = contract_fact(message, None, participant);
        let Some(fact) = fact.filter(|fact| fact.status == HireStatus::Ended) else {
            return Ok(());
        };
        let request = Request {
            facts: std::slice::from_ref(&fact),
            ..Request::default()
        };
        self.converge(trainer, &request, attempt).await.map(drop)
    }

    /// Merges an end that names no trainer into the documents that have its contract, while its participants cannot be
    /// read.
    async fn merge_known_ends(&self, message: &EventMessage) -> Result<(), Failure> {
        let fact = |trainer: &TrainerId| {
            let fact = contract_fact(message, None, Participant::unknown(trainer.clone()));
            fact.filter(|fact| fact.status == HireStatus::Ended)
        };
        let Some(contract) = message.event.contract() else {
            return Ok(());
        };
        let roster = self
            .ledger
            .roster_of_contract(&message.connection, &contract);
        let trainers = roster.await?.into_iter().map(|row| row.trainer).collect();
        let documents = self.ledger.documents(&trainers).await?;
        let mut facts = Vec::new();
        for (id, document) in documents.trainers {
            let mut hires = document.hires.iter();
            let is_hired = hires
                .any(|hire| hire.connection == message.connection && hire.contract == contract);
            let is_new = |fact: &ContractFact| {
                is_hired && !merge::is_known(&document, std::slice::from_ref(fact))
            };
            facts.extend(fact(&id).filter(is_new));
        }
        self.merge_each(&facts).await
    }

    /// Merges facts about one trainer and leaves the rest to a convergence in the trainer's own group. The facts
    /// and the work that is due are one write: if the convergence is never sent, the reconciler sends it.
    pub(crate) async fn merge(
        &self,
        trainer: &TrainerId,
        facts: &[ContractFact],
    ) -> Result<(), Failure> {
        let request = Request {
            facts,
            ..Request::default()
        };
        self.note(trainer, &request).await
    }

    async fn link_created(&self, message: &EventMessage) -> Result<(), Failure> {
        let id = message
            .event
            .link()
            .ok_or_else(|| Failure::wrong("the event names no link"))?;
        let link = match link_in(&message.event, message.received_at) {
            Some(link) => link,
            None => {
                let platform = &self.connection(&message.connection).await?.platform;
                Link::seen(platform.link(&id).await?, self.clock.now())
            }
        };
        self.ledger.record_link(&message.connection, &link).await?;
        self.adopt(&message.connection, &link).await
    }

    async fn link_removed(&self, message: &EventMessage) -> Result<(), Failure> {
        let id = message
            .event
            .link()
            .ok_or_else(|| Failure::wrong("the event names no link"))?;
        let known = link_in(&message.event, message.received_at);
        let at = message.received_at;
        let gone = known.unwrap_or_else(|| Link {
            job: message.event.job_id.clone(),
            ..Link::unknown(id.clone(), at)
        });
        let gone = Link {
            removed: true,
            ..gone
        };
        // The fact is recorded before the roster is read: a hire that is merged in between finds the link removed.
        self.ledger.record_link(&message.connection, &gone).await?;
        self.converge_roster(&message.connection, &BTreeSet::from([id]))
            .await
    }

    async fn install_revoked(&self, message: &EventMessage) -> Result<(), Failure> {
        let install = message.event.resource_id.as_deref().map(InstallId::new);
        let now = self.clock.now();
        let ended = |old| merge::revoked(old, install.clone(), now);
        let update = self.ledger.update_install(&message.connection, ended);
        match update.await? {
            true => {
                tracing::warn!(connection = %message.connection, "the install was revoked: reporting stops; connect again to continue");
            }
            false => {
                tracing::info!(connection = %message.connection, "the end of an install that is known as revoked, or of another one: nothing changes");
            }
        }
        // Open invitations are withdrawn even where the policy keeps access.
        let trainers = self.trainers_through(&message.connection).await?;
        self.send_converge(trainers).await
    }

    pub(super) async fn converge_roster(
        &self,
        connection: &ConnectionName,
        links: &BTreeSet<LinkId>,
    ) -> Result<(), Failure> {
        let trainers = self.ledger.trainers_of_links(connection, links).await?;
        self.send_converge(trainers).await
    }

    /// Requests a convergence of each trainer, in the trainer's own group.
    pub(crate) async fn send_converge(
        &self,
        trainers: impl IntoIterator<Item = TrainerId> + Send,
    ) -> Result<(), Failure> {
        let trainers: Vec<_> = trainers.into_iter().map(|it| (it, false)).collect();
        self.ask_to_converge(&trainers).await
    }

    /// Requests a convergence of each trainer, in the trainer's own group, with or without a check of invitations.
    pub(crate) async fn ask_to_converge(
        &self,
        trainers: &[(TrainerId, bool)],
    ) -> Result<(), Failure> {
        let message = |(trainer, recheck): &(TrainerId, bool)| Message::Converge {
            trainer: trainer.clone(),
            recheck: *recheck,
            wake_up: None,
        };
        let messages = trainers.iter().map(|it| message(it).encode());
        Ok(self.queue.send_all(messages.collect()).await?)
    }
}
