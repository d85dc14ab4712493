//! One event, by its type: merge its fact, then see to those whom it touches.

use futures::{StreamExt, TryStreamExt, stream};

use super::fact::{ContractFact, link_in};
use super::{Failure, Provisioner, merge};
use crate::connection::ConnectionName;
use crate::delivery::EventType;
use crate::ids::{InstallId, LinkId, TrainerId};
use crate::ledger::Link;
use crate::provision::OnInstallRevoked;
use crate::queue::{EventMessage, Message};

/// How many messages are sent at once when one fact touches many trainers.
const FAN_OUT: usize = 32;

impl Provisioner {
    /// Merges the event's fact and sees to whom it touches.
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

    async fn contract_event(&self, message: &EventMessage) -> Result<(), Failure> {
        let facts = self.contract_facts(message).await?;
        for fact in &facts {
            self.merge(fact).await?;
        }
        // An event that names its trainer came through the trainer's own group: converge here and now.
        match message.event.trainer() {
            Some(trainer) => self.converge(&trainer, false).await,
            None => {
                self.send_converge(facts.into_iter().map(|it| it.participant.opentrain_user_id))
                    .await
            }
        }
    }

    /// Merges one fact: safe in any group, since every write is conditional.
    pub(crate) async fn merge(&self, fact: &ContractFact) -> Result<(), Failure> {
        let now = self.clock.now();
        let trainer = &fact.participant.opentrain_user_id;
        // The person goes first: after a crash in between, whoever converges the trainer before this comes
        // again would find access due, and no e-mail to give it by.
        self.ledger
            .update_member(trainer, |old| merge::member(old, fact))
            .await?;
        if let Some(hire) = merge::hire(None, fact, now) {
            self.ledger
                .update_hire(&hire, |old| merge::hire(old, fact, now))
                .await?;
        }
        Ok(())
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
        let gone = known.unwrap_or(Link {
            id: id.clone(),
            job: message.event.job_id.clone(),
            project: None,
            project_name: None,
            managed: false,
            install: None,
            removed: true,
            at,
        });
        let gone = Link {
            removed: true,
            ..gone
        };
        // First the fact, then the roster: whoever is hired meanwhile finds the link removed.
        self.ledger.record_link(&message.connection, &gone).await?;
        self.converge_roster(&message.connection, &id).await
    }

    async fn install_revoked(&self, message: &EventMessage) -> Result<(), Failure> {
        let install = message.event.resource_id.as_deref().map(InstallId::new);
        let now = self.clock.now();
        let ended = |old| merge::revoked(old, install.clone(), now);
        self.ledger
            .update_install(&message.connection, ended)
            .await?;
        tracing::warn!(connection = %message.connection, "the install was revoked: reporting stops; connect again to go on");
        if self.policy.on_install_revoked == OnInstallRevoked::Keep {
            return Ok(());
        }
        for link in self.ledger.links(&message.connection).await? {
            self.converge_roster(&message.connection, &link.id).await?;
        }
        Ok(())
    }

    async fn converge_roster(
        &self,
        connection: &ConnectionName,
        link: &LinkId,
    ) -> Result<(), Failure> {
        self.send_converge(self.ledger.roster(connection, link).await?)
            .await
    }

    /// Asks for each trainer to be converged, in the trainer's own group.
    pub(super) async fn send_converge(
        &self,
        trainers: impl IntoIterator<Item = TrainerId> + Send,
    ) -> Result<(), Failure> {
        let trainers: Vec<_> = trainers.into_iter().collect();
        stream::iter(
            trainers
                .into_iter()
                .map(|trainer| self.ask_to_converge(trainer, false)),
        )
        .buffer_unordered(FAN_OUT)
        .try_for_each(|()| async { Ok(()) })
        .await
    }

    /// Asks for one trainer to be converged, in the trainer's own group.
    pub(crate) async fn ask_to_converge(
        &self,
        trainer: TrainerId,
        recheck: bool,
    ) -> Result<(), Failure> {
        let message = Message::Converge { trainer, recheck };
        self.queue.send(message.encode()).await?;
        Ok(())
    }
}
