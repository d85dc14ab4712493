//! Random histories over HTTP: events are lost, repeated and late, and one reconcile repairs all differences.

use std::collections::BTreeSet;

use futures::future::join_all;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use shared::model::ConnectionName;
use shared::model::ids::LinkId;
use shared::opentrain::ProvisioningMode::PartnerWebhook;
use shared::reconcile::Wish;

use crate::common::world::{World, play};
use crate::reconcile::kit::reconcile_as;

/// Number of cases that are played concurrently and repaired by one reconcile.
const AT_ONCE: usize = 15;

const ROUNDS: usize = 14;

/// An action at OpenTrain.
#[derive(Debug, Clone)]
enum Act {
    Hire {
        job: usize,
        trainer: usize,
    },
    End(prop::sample::Index),
    Unlink(usize),
    /// All deliveries so far are repeated.
    Replay,
}

/// Acts, and how many of the next events are lost.
type Story = Vec<(Act, u32)>;

/// A story has fewer acts than this.
const MOST_ACTS: usize = 8;

fn story() -> impl Strategy<Value = Story> {
    let act = prop_oneof![
        5 => (0..2_usize, 0..3_usize).prop_map(|(job, trainer)| Act::Hire { job, trainer }),
        4 => any::<prop::sample::Index>().prop_map(Act::End),
        1 => (0..2_usize).prop_map(Act::Unlink),
        1 => Just(Act::Replay),
    ];
    prop::collection::vec((act, 0..2_u32), 1..MOST_ACTS)
}

/// One case: two jobs, each linked to a project of its own, and three people.
struct Case<'a> {
    world: &'a World,
    number: usize,
    /// Deliveries of earlier rounds.
    before: usize,
    jobs: Vec<String>,
    links: Vec<Option<LinkId>>,
    /// Job, trainer, contract; those that run.
    running: Vec<(usize, usize, String)>,
}

impl<'a> Case<'a> {
    async fn begin(world: &'a World, number: usize) -> Self {
        let mut case = Self {
            world,
            number,
            before: world.opentrain.deliveries().len(),
            jobs: Vec::new(),
            links: Vec::new(),
            running: Vec::new(),
        };
        for job in 0..2 {
            case.jobs.push(world.unlinked_job());
            let project = case.project(job);
            case.links.push(Some(
                world
                    .link("default", &case.jobs[job], &project, PartnerWebhook)
                    .await,
            ));
        }
        for trainer in 0..3 {
            world.trainer(&case.trainer(trainer));
        }
        case
    }

    fn project(&self, job: usize) -> String {
        format!("project-{}-{job}", self.number)
    }

    fn trainer(&self, trainer: usize) -> String {
        format!("usr_{}_{trainer}", self.number)
    }

    async fn play(&mut self, act: &Act) {
        match act {
            Act::Hire { job, trainer } => {
                let contract = self.world.hire(&self.jobs[*job], &self.trainer(*trainer));
                self.running.push((*job, *trainer, contract));
            }
            Act::End(index) if !self.running.is_empty() => {
                let (.., contract) = self.running.swap_remove(index.index(self.running.len()));
                self.world.end(&contract);
            }
            Act::Unlink(job) => {
                if let Some(link) = self.links[*job].take() {
                    self.world.remove_link("default", &link).await;
                }
            }
            Act::Replay => {
                for delivery in self.world.opentrain.deliveries().iter().skip(self.before) {
                    self.world.opentrain.replay(&delivery.id).unwrap();
                }
            }
            Act::End(_) => {}
        }
    }

    fn assert_as_expected(&self, story: &[(Act, u32)]) {
        for job in 0..2 {
            let due = self
                .running
                .iter()
                .filter(|(own, ..)| *own == job && self.links[job].is_some());
            let due: BTreeSet<_> = due.map(|(_, trainer, _)| self.trainer(*trainer)).collect();
            let members: BTreeSet<_> = self.world.members(&self.project(job)).into_iter().collect();
            assert_eq!(members, due, "{story:?}");
        }
    }

    /// Removes all objects that the next round would have to compare.
    async fn clear(&mut self) {
        for link in self.links.iter_mut().filter_map(Option::take) {
            self.world.remove_link("default", &link).await;
        }
    }
}

/// Plays cases side by side, one act of each in turn.
async fn play_round(world: &World, stories: &[Story], round: usize) {
    let begin = (0..stories.len()).map(|n| Case::begin(world, round * AT_ONCE + n));
    let mut cases = join_all(begin).await;
    world.idle().await;
    for step in 0..MOST_ACTS {
        for (case, story) in cases.iter_mut().zip(stories) {
            let Some((act, lost)) = story.get(step) else {
                continue;
            };
            world.opentrain.lose_events(*lost);
            case.play(act).await;
        }
    }
    world.idle().await;
    // An absence counts at the second look, and the operator lifts the hold.
    for _ in 0..2 {
        let wish = Wish {
            force: true,
            connection: Some(ConnectionName::default()),
            ..Wish::default()
        };
        let outcome = reconcile_as(world, wish).await;
        assert_eq!(outcome.all_done(), Ok(()));
    }
    for (case, story) in cases.iter_mut().zip(stories) {
        case.assert_as_expected(story);
        case.clear().await;
    }
    world.idle().await;
}

#[tokio::test]
async fn one_reconcile_heals_any_history() {
    play(async |world| {
        let mut runner = TestRunner::default();
        let mut tell = || story().new_tree(&mut runner).unwrap().current();
        for round in 0..ROUNDS {
            let stories: Vec<_> = (0..AT_ONCE).map(|_| tell()).collect();
            play_round(world, &stories, round).await;
        }
    })
    .await;
}
