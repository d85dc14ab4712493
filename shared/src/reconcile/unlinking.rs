//! Effect of deleting a link, before it is deleted.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::guard::Guard;
use super::predict::has_access;
use crate::ledger::{Documents, Environment, Hire, Link, Policy, Trainer, standing};
use crate::model::ConnectionName;
use crate::model::failure::Failure;
use crate::model::ids::{LinkId, TrainerId};
use crate::provision::Provisioner;

/// Effect of deleting a link, by the ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Unlinking {
    /// Whether the ledger has the link, and does not have its removal.
    pub is_known: bool,
    /// Trainers who lose access to the project.
    pub losing: BTreeSet<TrainerId>,
    /// Trainers who were hired through the link and keep access to the project.
    pub keeping: BTreeSet<TrainerId>,
    /// Number of trainers with access through the connection.
    pub live: usize,
    /// Whether a reconcile would need an operator's consent to remove the access of so large a share.
    pub is_many: bool,
    /// Trainers whose documents cannot be read.
    pub unreadable: usize,
}

/// Returns who would lose access. Writes nothing.
///
/// # Errors
/// The ledger or the list of connections cannot be read.
pub async fn unlinking(
    provisioner: &Provisioner,
    guard: Guard,
    connection: &ConnectionName,
    link: &LinkId,
) -> Result<Unlinking, Failure> {
    let ledger = &provisioner.ledger;
    let links = ledger.links(connection).await?;
    let known = links.iter().find(|it| it.id == *link).cloned();
    let ids = links.into_iter().map(|it| it.id).collect();
    let trainers = ledger.trainers_of_links(connection, &ids).await?;
    let documents = ledger.documents(&trainers).await?;
    let hires = documents.trainers.values().flat_map(|it| &it.hires);
    let names = hires.map(|hire| hire.connection.clone()).collect();
    let before = ledger.environment_of_connections(&names).await?;
    let before = provisioner.permitted(before).await?;
    let is_known = known
        .as_ref()
        .is_some_and(|link| !link.removed || link.absent);
    let now = provisioner.clock.now();
    let gone = Link {
        removed: true,
        absent: false,
        ..known.unwrap_or_else(|| Link::unknown(link.clone(), now))
    };
    let after = before.clone().with_link(connection, gone);
    let place = Place {
        connection,
        link,
        before: &before,
        after: &after,
        policy: &provisioner.policy,
    };
    let mut effect = place.effect(&documents);
    effect.is_known = is_known;
    effect.is_many = guard.is_too_many(effect.losing.len(), effect.live);
    Ok(effect)
}

struct Place<'a> {
    connection: &'a ConnectionName,
    link: &'a LinkId,
    before: &'a Environment,
    after: &'a Environment,
    policy: &'a Policy,
}

impl Place<'_> {
    fn effect(&self, documents: &Documents) -> Unlinking {
        let mut effect = Unlinking {
            unreadable: documents.unreadable.len(),
            ..Unlinking::default()
        };
        for (id, trainer) in &documents.trainers {
            let has = |hire: &&Hire| {
                let access = trainer.access.get(&hire.project);
                hire.connection == *self.connection && access.is_some_and(has_access)
            };
            let mut through: Vec<_> = trainer.hires.iter().filter(has).collect();
            effect.live += usize::from(!through.is_empty());
            through.retain(|hire| hire.link == *self.link);
            let loses = through.iter().any(|hire| self.loses(trainer, hire));
            match through.is_empty() {
                true => false,
                false if loses => effect.losing.insert(id.clone()),
                false => effect.keeping.insert(id.clone()),
            };
        }
        effect
    }

    /// Whether a hire protects the access to this hire's project now, and none does afterwards.
    fn loses(&self, trainer: &Trainer, hire: &Hire) -> bool {
        let is_protected = |environment: &Environment| {
            let mut here = trainer.hires.iter().filter(|it| it.project == hire.project);
            here.any(|it| standing(trainer, it, environment, self.policy).protects())
        };
        is_protected(self.before) && !is_protected(self.after)
    }
}
