//! The promises of the bridge, computed from OpenTrain's state and the acts alone.

use std::collections::BTreeSet;

use simulator::{ContractStatus, DeliveryStatus, EndpointStatus, OpenTrain, ProvisioningMode};

use crate::acts::connection;
use crate::books::{Entries, Job};
use crate::held::{held, never_twice};
use crate::world::World;

/// Project and trainer.
type Places = BTreeSet<(String, String)>;

/// Checks all promises after the world has settled.
pub(crate) async fn check(world: &World) {
    access(world, "");
    ownership(world);
    hours(world);
    dead_letters(world);
    endpoints(world);
    audit(world).await;
}

/// Checks access before a reconcile, if every event was delivered and events alone state all that happened.
pub(crate) fn nothing_lost(world: &World) {
    let opentrain = &world.around.opentrain;
    let deliveries = opentrain.deliveries();
    let all_sent = opentrain.events().len() == deliveries.len();
    let all_arrived = deliveries
        .iter()
        .all(|it| it.status == DeliveryStatus::Delivered);
    let entries = world.books().entries();
    let is_excused = entries.needs_reconcile || entries.was_behind;
    drop(entries);
    if all_sent && all_arrived && !is_excused {
        access(world, " before a reconcile");
    }
}

/// Who must have access, and for whom the bridge promises nothing.
fn entitled(opentrain: &OpenTrain, entries: &Entries) -> (Places, Places) {
    let (mut wanted, mut free) = (Places::new(), Places::new());
    let links = opentrain.links();
    for contract in opentrain.contracts() {
        let Some(trainer) = contract.trainer_id else {
            continue;
        };
        let is_active = contract.status == ContractStatus::Active;
        let on_job = links
            .iter()
            .filter(|it| it.job_id.as_ref() == Some(&contract.job_id));
        let live: Vec<_> = on_job
            .filter(|it| entries.installs.contains(&it.install_id))
            .collect();
        for link in live.iter().filter(|_| is_active) {
            let place = (link.external_project_id.clone(), trainer.clone());
            let made = entries
                .links
                .iter()
                .find(|it| it.install == link.install_id);
            let is_own = made.map(|it| it.customer) == entries.owner(&place.0);
            match link.provisioning_mode {
                ProvisioningMode::ManagedAdapter => free.insert(place),
                _ if is_own => wanted.insert(place),
                _ => false,
            };
        }
        // A reconnect keeps access: no event states the end of a contract that the new install does not see.
        let earlier = entries.links.iter();
        let earlier = earlier
            .filter(|it| it.job == contract.job_id && !entries.installs.contains(&it.install));
        if is_active || live.is_empty() {
            free.extend(earlier.map(|it| (it.project.clone(), trainer.clone())));
        }
    }
    (wanted, free)
}

fn access(world: &World, when: &str) {
    let content = world.around.floor.content();
    let (wanted, mut free) = entitled(&world.around.opentrain, &world.books().entries());
    if !when.is_empty() {
        // A second "not found" counts as a proof until the reconciler looks again.
        let denied = content.denied.iter().filter(|(_, times)| **times > 1);
        free.extend(denied.map(|(place, _)| place.clone()));
    }
    let found = content.access();
    let gone = |project: &String| content.deleted.contains(project);
    for (project, trainer) in wanted
        .difference(&found)
        .filter(|(project, _)| !gone(project))
    {
        world
            .hub()
            .violation(format!("{trainer} has no access to {project}{when}"));
    }
    for place in found.difference(&wanted).filter(|it| !free.contains(it)) {
        world
            .hub()
            .violation(format!("{} keeps access to {}{when}", place.1, place.0));
    }
}

/// Access to a project was only changed for the organisation that owns it.
fn ownership(world: &World) {
    let entries = world.books().entries();
    let mut allowed = Places::new();
    for contract in world.around.opentrain.contracts() {
        let Some(trainer) = contract.trainer_id else {
            continue;
        };
        let made = entries.links.iter().filter(|it| it.job == contract.job_id);
        let own = made.filter(|it| entries.owner(&it.project) == Some(it.customer));
        allowed.extend(own.map(|it| (it.project.clone(), trainer.clone())));
    }
    let content = world.around.floor.content();
    for (project, trainer) in content.touched.difference(&allowed) {
        world.hub().violation(format!(
            "{trainer} was granted or revoked {project} for another organisation"
        ));
    }
}

/// OpenTrain holds all work on linked jobs whose project exists.
fn hours(world: &World) {
    let opentrain = &world.around.opentrain;
    never_twice(opentrain, world.books(), world.hub());
    let entries = world.books().entries();
    let (links, held) = (opentrain.links(), held(opentrain));
    for ((project, trainer, day), worked) in &entries.work {
        let Some(job) = entries.jobs.iter().find(|it| it.project == *project) else {
            continue;
        };
        let is_linked = links.iter().any(|it| {
            it.external_project_id == *project
                && it.job_id.as_ref() == Some(&job.id)
                && it.install_id == entries.installs[job.customer]
                && it.provisioning_mode == ProvisioningMode::PartnerWebhook
        });
        let is_gone = world.around.floor.content().deleted.contains(project);
        let is_excused = entries.was_behind || may_be_lost(opentrain, job, trainer);
        if !is_linked || is_gone || is_excused {
            continue;
        }
        let key = (job.id.clone(), trainer.clone(), *day);
        let seconds = held.get(&key).copied().unwrap_or_default();
        if seconds < *worked {
            let line =
                format!("{seconds} s of {worked} s of {trainer} at {project} on {day} are held");
            world.hub().violation(line);
        }
    }
}

/// Whether the bridge may report work as lost: the contract has ended and its link was deleted, even if the job is
/// linked again.
fn may_be_lost(opentrain: &OpenTrain, job: &Job, trainer: &str) -> bool {
    let all = opentrain.contracts();
    let mut own = all.iter().filter(|it| it.job_id == job.id);
    job.is_cut
        && own.any(|it| {
            it.trainer_id.as_deref() == Some(trainer) && it.status == ContractStatus::Ended
        })
}

/// Only messages that no version can read are dead letters.
fn dead_letters(world: &World) {
    let dead = world.around.messages.dead();
    let unreadable = |reason: &str| reason.contains("can't be read by this version");
    let others = dead.iter().filter(|it| !unreadable(&it.reason));
    for letter in others {
        world.hub().violation(format!(
            "{} is a dead letter: {}",
            letter.message_id, letter.reason
        ));
    }
    let wanted = world.books().entries().unreadable;
    if dead.len() < wanted {
        world.hub().violation(format!(
            "{} of {wanted} unreadable messages are dead letters",
            dead.len()
        ));
    }
}

fn endpoints(world: &World) {
    let customers = (0..world.shape.customers).filter_map(|it| connection(it).ok());
    let own = customers.filter_map(|name| {
        let own = world.around.keeper.get(&name)?;
        own.webhooks.first()?.endpoint.clone()
    });
    let own: Vec<_> = own.collect();
    for endpoint in world.around.opentrain.endpoints() {
        let is_own = own.iter().any(|it| it.as_str() == endpoint.id);
        if is_own && endpoint.status == EndpointStatus::Disabled {
            world
                .hub()
                .violation(format!("endpoint {} is disabled", endpoint.id));
        }
    }
}

async fn audit(world: &World) {
    let verified = world.operator.provisioner().ledger.verify_audit().await;
    match verified {
        Ok(verified) if verified.broken.is_empty() => {}
        Ok(verified) => world
            .hub()
            .violation(format!("the audit record is broken: {:?}", verified.broken)),
        Err(error) => world
            .hub()
            .violation(format!("the audit record can't be read: {error}")),
    }
}
