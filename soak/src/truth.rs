//! What the bridge promises, worked out from OpenTrain's state alone.

use std::collections::BTreeSet;

use simulator::{ContractStatus, EndpointStatus, ProvisioningMode};

use crate::world::World;

/// Checks all promises after the world has settled.
pub(crate) async fn check(world: &World) {
    access(world);
    dead_letters(world);
    endpoints(world);
    audit(world).await;
}

/// Project and trainer of everyone whom OpenTrain's state entitles to access.
fn entitled(world: &World) -> BTreeSet<(String, String)> {
    let opentrain = &world.around.opentrain;
    let links = opentrain.links();
    let mut entitled = BTreeSet::new();
    for contract in opentrain.contracts() {
        let Some(trainer) = contract
            .trainer_id
            .filter(|_| contract.status == ContractStatus::Active)
        else {
            continue;
        };
        let own = links.iter().filter(|link| {
            link.job_id.as_ref() == Some(&contract.job_id)
                && link.provisioning_mode == ProvisioningMode::PartnerWebhook
        });
        entitled.extend(own.map(|link| (link.external_project_id.clone(), trainer.clone())));
    }
    entitled
}

fn access(world: &World) {
    let (wanted, found) = (entitled(world), world.around.floor.content().access());
    for (project, trainer) in wanted.difference(&found) {
        world
            .hub()
            .violation(format!("{trainer} has no access to {project}"));
    }
    for (project, trainer) in found.difference(&wanted) {
        world
            .hub()
            .violation(format!("{trainer} keeps access to {project}"));
    }
}

fn dead_letters(world: &World) {
    for letter in world.around.messages.dead() {
        world.hub().violation(format!(
            "{} is a dead letter: {}",
            letter.message_id, letter.reason
        ));
    }
}

fn endpoints(world: &World) {
    for endpoint in world.around.opentrain.endpoints() {
        if endpoint.status == EndpointStatus::Disabled {
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
