//! The accounts and addresses by which the tool is asked about a trainer at one project. What one organisation stated
//! is used for that organisation alone.

use std::collections::BTreeSet;

use crate::ledger::{Access, AccessState, Earlier, Entitlement, Environment, Hire, Trainer};
use crate::model::ConnectionName;
use crate::model::ids::{MemberId, ProjectId, TrainerId};
use crate::model::person::Email;
use crate::tool::{Kept, Membership, Person};

/// The connections whose accounts and addresses are used at the project: those of allowed hires, and of the same
/// organisations.
struct Own<'a> {
    environment: &'a Environment,
    project: &'a ProjectId,
    connections: Vec<&'a ConnectionName>,
}

impl<'a> Own<'a> {
    fn at(trainer: &'a Trainer, environment: &'a Environment, project: &'a ProjectId) -> Self {
        let access = trainer.access.get(project);
        let by = access.and_then(|access| access.granted_by.as_ref());
        // Access may be older than the record of the organisation that may use the project.
        let has_granted = |hire: &Hire| {
            let known = trainer.member.emails.get(&hire.connection);
            by.is_some() && known.map(|known| known.email.digest()).as_ref() == by
        };
        let hires: Vec<_> = trainer
            .hires
            .iter()
            .filter(|it| it.project == *project)
            .collect();
        let own = hires
            .iter()
            .filter(|hire| environment.is_allowed(hire) || has_granted(hire));
        let mut connections: Vec<_> = own.map(|hire| &hire.connection).collect();
        if connections.is_empty() && access.is_some() {
            connections = hires.iter().map(|hire| &hire.connection).collect();
        }
        Self {
            environment,
            project,
            connections,
        }
    }

    fn has(&self, name: &ConnectionName) -> bool {
        let is_allowed = self.environment.may_use(name, self.project);
        let mut own = self.connections.iter();
        own.any(|own| *own == name || is_allowed && self.environment.same_organization(own, name))
    }
}

/// The membership of a trainer in a project.
pub(crate) fn membership(
    id: &TrainerId,
    trainer: &Trainer,
    environment: &Environment,
    entitlements: &[Entitlement],
    project: &ProjectId,
) -> Membership {
    // Until the first grant is noted, the bridge has not called the tool to grant access.
    let was_let_in = |access: &Access| access.may_be_in() && access.earlier != Earlier::Open;
    Membership {
        trainer: id.clone(),
        accounts: accounts_at(trainer, environment, project),
        emails: addresses_at(trainer, environment, project),
        let_in: trainer.access.values().any(was_let_in),
        witnessed: !trainer.hires.is_empty() && trainer.hires.iter().all(Hire::is_witnessed),
        keeps: keeps(trainer, environment, entitlements, project),
    }
}

/// The person to grant access to the project by this address.
pub(super) fn person(
    id: &TrainerId,
    trainer: &Trainer,
    environment: &Environment,
    project: &ProjectId,
    email: Email,
) -> Person {
    let member = &trainer.member;
    Person {
        trainer: id.clone(),
        email,
        display_name: member.display_name.clone(),
        country: member.country.clone(),
        profile_url: member.profile_url.clone(),
        accounts: accounts_at(trainer, environment, project),
        returns: returns(trainer),
    }
}

/// The addresses that the person may have at the project, newest first: those of the organisations that may use the
/// project and have or had the person work on it, and the one that an invitation was sent to.
fn addresses_at(trainer: &Trainer, environment: &Environment, project: &ProjectId) -> Vec<Email> {
    let own = Own::at(trainer, environment, project);
    let mut addresses = trainer.member.addresses(|name| own.has(name));
    let access = trainer.access.get(project);
    let invited = access.and_then(|access| access.invited.clone());
    addresses.extend(invited);
    let mut seen = BTreeSet::new();
    addresses.retain(|email| seen.insert(email.expose().to_owned()));
    addresses
}

/// The address to grant access by: the one that an organisation with a live hire at the project stated last.
pub(super) fn live_address(
    trainer: &Trainer,
    environment: &Environment,
    entitlements: &[Entitlement],
    project: &ProjectId,
) -> Option<Email> {
    let hires = trainer.hires.iter().zip(entitlements);
    let live = hires.filter(|(hire, it)| **it == Entitlement::Live && hire.project == *project);
    let own = Own {
        environment,
        project,
        connections: live.map(|(hire, _)| &hire.connection).collect(),
    };
    let addresses = trainer.member.addresses(|name| own.has(name));
    addresses.into_iter().next()
}

/// The accounts that the person has at the project, newest first. The organisation of an account that an earlier
/// version recorded is not known. If there are several, the account is used only to revoke access.
fn accounts_at(trainer: &Trainer, environment: &Environment, project: &ProjectId) -> Vec<MemberId> {
    use AccessState::{Released, Removed, Removing};
    let own = Own::at(trainer, environment, project);
    let access = trainer.access.get(project);
    let is_over = access.is_some_and(|it| matches!(it.state, Removing | Released | Removed));
    let one = trainer.hires.iter().all(|hire| own.has(&hire.connection));
    let accounts = trainer.member.accounts.iter().rev();
    let usable = accounts.filter(|id| match trainer.member.through.get(*id) {
        Some(names) => names.iter().any(|name| own.has(name)),
        None => one || is_over,
    });
    usable.cloned().collect()
}

/// Records the account that the person has at the project. The tool's own id is kept for good: some tools hide the
/// e-mail of removed people, and reports of work name people by their id.
pub(super) fn remember(
    trainer: &mut Trainer,
    environment: &Environment,
    project: &ProjectId,
    account: &MemberId,
) {
    let own = Own::at(trainer, environment, project);
    let names: Vec<_> = own.connections.into_iter().cloned().collect();
    trainer.member.use_account(account, names);
}

/// Other projects with a live hire and access that is granted or open, each with the address that its own organisation
/// stated.
fn keeps(
    trainer: &Trainer,
    environment: &Environment,
    entitlements: &[Entitlement],
    project: &ProjectId,
) -> Vec<Kept> {
    let stays = |access: &&Access| access.project != *project && access.is_held();
    let kept = |access: &Access| {
        let email = live_address(trainer, environment, entitlements, &access.project)?;
        let project = access.project.clone();
        Some(Kept { project, email })
    };
    trainer
        .access
        .values()
        .filter(stays)
        .filter_map(kept)
        .collect()
}

/// Whether the trainer had access that was removed, and has no access now except what is being granted.
fn returns(trainer: &Trainer) -> bool {
    let mut all = trainer.access.values();
    let was_in = all.any(|access| access.state == AccessState::Removed);
    let mut all = trainer.access.values();
    was_in && !all.any(|access| access.may_be_in() && access.state != AccessState::Granting)
}
