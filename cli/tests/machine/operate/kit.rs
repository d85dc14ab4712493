//! A project with trainers who have access.

use crate::common::world::World;

pub(crate) const PROJECT: &str = "streets";

/// Trainers with access to the project. Returns the job.
pub(crate) async fn hired(world: &World, trainers: &[&str]) -> String {
    let job = world.job(PROJECT).await;
    for trainer in trainers {
        world.hire(&job, &world.trainer(trainer));
    }
    world.idle().await;
    assert_eq!(world.members(PROJECT).len(), trainers.len());
    job
}
