//! Many hires and ends, with redeliveries, while invocations are repeated, processes are killed and answers of AWS and the
//! tool are lost. At the end, the tool matches the contracts. `CHAOS_HIRES=1000` runs the long version.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::{Duration, Instant};

use aws_local::{Deviations, Fault as AwsFault};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use shared::model::ids::JobId;
use shared::opentrain::NewProjectLink;
use shared::queue::{Depth, Queue};
use simulator::{Fault, JobOptions, Outcome, ToolCall, What};

use crate::story::faults::{VISIBILITY, until_within};
use crate::story::world::World;

/// Each trainer is hired for all of them.
const PROJECTS: usize = 5;

/// Number of parts of the hires. Each part ends with kills.
const ROUNDS: usize = 10;

/// Retries run seconds later, and a queue of a thousand messages takes long on a busy machine.
const PATIENCE: Duration = Duration::from_secs(600);

/// Longest time without a change. It is longer than any pause between retries.
const STILL: Duration = Duration::from_secs(120);

struct Hired {
    contract: String,
    job: usize,
    trainer: String,
    runs: bool,
}

struct Chaos {
    world: World,
    /// Jobs with their projects.
    jobs: Vec<(String, String)>,
    hired: Vec<Hired>,
    /// The same sequence in each run.
    dice: StdRng,
}

impl Chaos {
    async fn start() -> Self {
        let deviations = Deviations {
            visibility: Some(VISIBILITY),
            repeat_every: Some(3),
            ..Deviations::default()
        };
        let world = World::deploy(deviations).await;
        let mut jobs = Vec::new();
        for n in 0..PROJECTS {
            let (job, project) = (
                world.opentrain.create_job(JobOptions::default()),
                format!("p{n}"),
            );
            world.tool.create_project(&project, "Chaos");
            let link = NewProjectLink {
                job_id: Some(JobId::from(job.as_str())),
                ..World::link_to(&project)
            };
            world.platform().create_link(&link).await.unwrap();
            jobs.push((job, project));
        }
        // Records the install, which counts as a difference.
        world.deployment.run("reconciler").await.unwrap();
        Self {
            world,
            jobs,
            hired: Vec::new(),
            dice: StdRng::seed_from_u64(7),
        }
    }

    fn hire(&mut self, job: usize, trainer: &str) {
        let contract = self.world.opentrain.hire(&self.jobs[job].0, trainer);
        self.hired.push(Hired {
            contract: contract.unwrap(),
            job,
            trainer: trainer.to_owned(),
            runs: true,
        });
    }

    /// Ends some contracts, starts new ones for some of their trainers, and requests redeliveries.
    fn stir(&mut self, times: usize) {
        for _ in 0..times {
            let at = self.dice.random_range(0..self.hired.len());
            if self.hired[at].runs {
                let contract = &self.hired[at].contract;
                self.world.opentrain.end_contract(contract).unwrap();
                self.hired[at].runs = false;
                if self.dice.random_range(0..3) == 0 {
                    let (job, trainer) = (self.hired[at].job, self.hired[at].trainer.clone());
                    self.hire(job, &trainer);
                }
            }
        }
        let deliveries = self.world.opentrain.deliveries();
        for _ in 0..times {
            let again = &deliveries[self.dice.random_range(0..deliveries.len())];
            // A delivery in progress can't be repeated.
            let _under_way = self.world.opentrain.replay(&again.id);
        }
    }

    /// Answers of SQS, DynamoDB and the tool are lost.
    async fn lose_answers(&self) {
        let lost = ["AmazonSQS.SendMessage", "DynamoDB_20120810.PutItem"];
        let lost = lost.map(|target| AwsFault::lost_answer(target).times(3));
        let throttled = AwsFault::throttling().times(2);
        let faults = lost.into_iter().chain([throttled]).collect::<Vec<_>>();
        let emulator = self.world.deployment.emulator();
        emulator.fail(&faults).await.unwrap();
        for call in [ToolCall::PutMember, ToolCall::DeleteMember] {
            let fault = Fault::times(3, call, What::DropConnectionAfterWrite);
            self.world.tool.fault(fault);
        }
    }

    /// Kills the working processes. Returns their number.
    fn kill(&self) -> usize {
        let provisioner = self.world.deployment.function("provisioner").unwrap();
        let busy = provisioner.busy();
        let killed = busy.iter().filter(|pid| {
            let kill = Command::new("kill").args(["-9", &pid.to_string()]).status();
            kill.unwrap().success()
        });
        killed.count()
    }

    /// Waits until every delivery has an answer. In a long story this takes minutes on the emulator, longer than one
    /// `settle` waits.
    async fn until_delivered(&self) {
        let settled = async { while self.world.opentrain.settle().await.is_err() {} };
        let settled = tokio::time::timeout(PATIENCE, settled).await;
        settled.expect("deliveries are answered");
    }

    /// OpenTrain retries a refused or timed-out delivery after a minute. After more minutes the signatures would be
    /// expired. A redelivery of an acknowledged delivery is not retried.
    async fn until_acknowledged(&self) {
        let opentrain = &self.world.opentrain;
        for _ in 0..4 {
            self.until_delivered().await;
            let all = opentrain.deliveries().iter().all(|delivery| {
                let mut attempts = delivery.attempts.iter();
                attempts.any(|it| it.outcome == Outcome::Status(202))
            });
            if all {
                return;
            }
            opentrain.skip(Duration::from_secs(60));
        }
        unreachable!("deliveries are refused for good");
    }

    /// Waits until the members are right and all queues are empty. A busy machine may take long, so only a time without
    /// any change is a failure.
    async fn until_right(&self) {
        let truth = self.truth();
        let mut look = tokio::time::interval(Duration::from_millis(500));
        let (mut last, mut changed) = (None, Instant::now());
        loop {
            look.tick().await;
            let members = self.members();
            let missing = truth.difference(&members).count();
            let extra = members.difference(&truth).count();
            let depth = self.world.queue.depth().await.unwrap();
            if (missing, extra) == (0, 0) && depth == Depth::default() {
                return;
            }
            let now = Some((missing, extra, depth));
            if now != last {
                (last, changed) = (now, Instant::now());
            }
            assert!(
                changed.elapsed() < STILL,
                "nothing changes: {missing} missing, {extra} extra, {depth:?}"
            );
        }
    }

    /// The expected members of the projects.
    fn truth(&self) -> BTreeSet<(String, String)> {
        let running = self.hired.iter().filter(|it| it.runs);
        let place = |it: &Hired| (self.jobs[it.job].1.clone(), it.trainer.clone());
        running.map(place).collect()
    }

    fn members(&self) -> BTreeSet<(String, String)> {
        let in_it = |(_, project): &(String, String)| {
            let all = self.world.tool.members(project).into_iter();
            all.map(|member| (project.clone(), member.trainer_id))
                .collect::<Vec<_>>()
        };
        self.jobs.iter().flat_map(in_it).collect()
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "a length of the test is no setting of the bridge"
)]
fn hires() -> usize {
    std::env::var("CHAOS_HIRES").map_or(100, |it| it.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-aws"]
async fn the_tool_matches_the_contracts_after_all_faults() {
    let hires = hires();
    let trainers = hires / PROJECTS;
    let mut chaos = Chaos::start().await;
    let provisioner = chaos.world.deployment.function("provisioner").unwrap();
    let provisioner = provisioner.clone();
    let mut killed = 0;
    for round in 0..ROUNDS {
        chaos.lose_answers().await;
        for n in trainers * round / ROUNDS..trainers * (round + 1) / ROUNDS {
            let trainer = chaos.world.trainer(&format!("usr_{n}"));
            for job in 0..PROJECTS {
                chaos.hire(job, &trainer);
            }
        }
        chaos.stir(hires / ROUNDS);
        until_within(PATIENCE, "a process is at work", || {
            !provisioner.busy().is_empty()
        })
        .await;
        killed += chaos.kill();
    }
    chaos.world.deployment.emulator().mend().await.unwrap();
    assert!(killed > 0, "a story without kills proves nothing");
    chaos.until_acknowledged().await;

    chaos.until_right().await;
    let world = &chaos.world;
    assert_eq!(chaos.members(), chaos.truth());
    assert_eq!(world.tool.violations(), []);
    let found = world.deployment.run("reconciler").await.unwrap();
    assert_eq!(found, json!({ "differences": 0, "repaired": 0 }));
    world.assert_nothing_leaks();
}
