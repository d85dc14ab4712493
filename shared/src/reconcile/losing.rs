//! Predicts who would lose access if a link were deleted or an install were gone.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::guard::Guard;
use super::predict::has_access;
use crate::ledger::{
    Access, AccessState, Documents, Environment, Hire, Install, InstallStatus, Link, Policy,
    Trainer, entitlement,
};
use crate::model::ConnectionName;
use crate::model::failure::{Cause, Failure};
use crate::model::ids::{LinkId, TrainerId};
use crate::provision::Provisioner;

/// Effect of deleting a link or of disconnecting an install, according to the ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Losing {
    /// Whether the link or the install is in the ledger, and has not ended.
    pub is_known: bool,
    /// Trainers who lose access to a project.
    pub losing: BTreeSet<TrainerId>,
    /// Trainers who were hired through it and keep access.
    pub keeping: BTreeSet<TrainerId>,
    /// Number of trainers with access through the connection.
    pub live: usize,
    /// Whether the share is so large that a reconcile would need an operator's consent.
    pub is_many: bool,
    /// Trainers whose documents cannot be read.
    pub unreadable: usize,
}

/// Returns who would lose access if a link were deleted. Writes nothing.
///
/// # Errors
/// The ledger or the list of connections cannot be read.
pub async fn unlinking(
    provisioner: &Provisioner,
    guard: Guard,
    connection: &ConnectionName,
    link: &LinkId,
) -> Result<Losing, Failure> {
    let ledger = &provisioner.ledger;
    let links = ledger.links(connection).await?;
    let known = links.iter().find(|it| it.id == *link).cloned();
    let (documents, before) = through(provisioner, connection, links).await?;
    let is_known = known.as_ref().is_some_and(|link| !link.is_deleted());
    let now = provisioner.clock.now();
    let gone = Link {
        removed: true,
        absent: false,
        ..known.unwrap_or_else(|| Link::unknown(link.clone(), now))
    };
    let after = before.clone().with_link(connection, gone);
    let loss = Loss {
        connection,
        link: Some(link),
        is_known,
        before: &before,
        after: &after,
        policy: &provisioner.policy,
    };
    Ok(loss.effect(&documents, guard))
}

/// Returns who would lose access if a connection's install were gone. Writes nothing.
///
/// # Errors
/// The connection is neither set up nor in the ledger; the ledger or the list of connections cannot be read.
pub async fn disconnecting(
    provisioner: &Provisioner,
    guard: Guard,
    connection: &ConnectionName,
) -> Result<Losing, Failure> {
    provisioner.check_connection(connection).await?;
    let links = provisioner.ledger.links(connection).await?;
    let (documents, before) = through(provisioner, connection, links).await?;
    let known = before.installs.get(connection).cloned();
    let is_known = known.as_ref().is_some_and(|it| !it.disconnected);
    let gone = Install {
        status: InstallStatus::Revoked,
        ..known.unwrap_or_else(|| Install::unknown(provisioner.clock.now()))
    };
    let mut after = before.clone();
    after.installs.insert(connection.clone(), gone);
    let loss = Loss {
        connection,
        link: None,
        is_known,
        before: &before,
        after: &after,
        policy: &provisioner.policy,
    };
    Ok(loss.effect(&documents, guard))
}

/// The trainers who were hired through a connection, and the links and installs of all their hires.
async fn through(
    provisioner: &Provisioner,
    connection: &ConnectionName,
    links: Vec<Link>,
) -> Result<(Documents, Environment), Failure> {
    let ledger = &provisioner.ledger;
    let ids = links.into_iter().map(|it| it.id).collect();
    let trainers = ledger.trainers_of_links(connection, &ids).await?;
    let documents = ledger.documents(&trainers).await?;
    let hires = documents.trainers.values().flat_map(|it| &it.hires);
    let names = hires.map(|hire| hire.connection.clone());
    let names = names.chain([connection.clone()]).collect();
    let environment = ledger.environment_of_connections(&names).await?;
    Ok((documents, provisioner.permitted(environment).await?))
}

/// Whether no grant has succeeded, and the last one failed for good: there is no access to lose.
fn was_refused(access: &Access) -> bool {
    let trouble = access.trouble.as_ref();
    let is_refused = trouble.is_some_and(|it| it.cause == Cause::Wrong);
    access.state == AccessState::Granting && access.granted_by.is_none() && is_refused
}

/// The loss of a link, or of an install with all its links.
struct Loss<'a> {
    connection: &'a ConnectionName,
    /// Only hires through this link.
    link: Option<&'a LinkId>,
    is_known: bool,
    before: &'a Environment,
    after: &'a Environment,
    policy: &'a Policy,
}

impl Loss<'_> {
    fn effect(&self, documents: &Documents, guard: Guard) -> Losing {
        let mut effect = Losing {
            is_known: self.is_known,
            unreadable: documents.unreadable.len(),
            ..Losing::default()
        };
        for (id, trainer) in &documents.trainers {
            let has = |hire: &&Hire| {
                let access = trainer.access.get(&hire.project);
                hire.connection == *self.connection
                    && access.is_some_and(|it| has_access(it) && !was_refused(it))
            };
            let mut through: Vec<_> = trainer.hires.iter().filter(has).collect();
            effect.live += usize::from(!through.is_empty());
            through.retain(|hire| self.link.is_none_or(|link| hire.link == *link));
            let loses = through.iter().any(|hire| self.loses(trainer, hire));
            match through.is_empty() {
                true => false,
                false if loses => effect.losing.insert(id.clone()),
                false => effect.keeping.insert(id.clone()),
            };
        }
        effect.is_many = guard.is_too_many(effect.losing.len(), effect.live);
        effect
    }

    /// Whether the access to this hire's project is protected by a hire before the loss, and by none after it.
    fn loses(&self, trainer: &Trainer, hire: &Hire) -> bool {
        let is_protected = |environment: &Environment| {
            let mut here = trainer.hires.iter().filter(|it| it.project == hire.project);
            here.any(|it| entitlement(trainer, it, environment, self.policy).protects())
        };
        is_protected(self.before) && !is_protected(self.after)
    }
}
