//! Events in any order, with repeats and failures: in the end, the members in the tool are those of a naive model.
//!
//! The model: a contract's newest end counts at all of its links, and a hire is entitled if the newest start at its
//! link is newer. A removed link and a revoked install do not entitle to access, if the policy is so. The model has no
//! queue, no claim, no merge and no plan.

mod story;

use std::cell::RefCell;
use std::collections::BTreeSet;

use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;
use shared::model::ids::TrainerId;
use shared::queue::{Depth, Queue};

use crate::common::bench::{Bench, Claims, Ground};
use crate::common::events::{
    Link, ended, forgets_emails, install_revoked, link_created, link_removed, started,
};
use crate::common::world::assert_no_claim_in_progress;
use story::{Action, CONNECTIONS, Fact, LinkPlan, PROJECTS, Story, TRAINERS, Told, story};

/// The names of one case: cases share a file, and nothing else.
struct Names(usize);

impl Names {
    fn connection(&self, n: usize) -> String {
        format!("c{n}-case-{}", self.0)
    }

    fn project(&self, n: usize) -> String {
        format!("p{n}case{}", self.0)
    }

    fn trainer(&self, n: usize) -> String {
        format!("t{n}case{}", self.0)
    }

    /// A link without a job: another test covers trainers who were hired before the link.
    fn link(&self, n: usize, plan: &LinkPlan) -> Link {
        let project = self.project(plan.project);
        let link = Link::new(&format!("l{n}case{}", self.0), &project);
        Link {
            job: None,
            managed: plan.managed,
            ..link
        }
    }

    fn body(&self, story: &Story, told: &Told) -> Value {
        let link = |n: usize| self.link(n, &story.links[n]);
        match told.fact {
            Fact::Contract {
                contract,
                link: n,
                runs,
            } => {
                let trainer = self.trainer(story.contracts[contract].trainer);
                let contract = format!("k{contract}");
                let event = if runs { started } else { ended };
                event(told.id, &contract, &trainer, &link(n))
            }
            Fact::LinkCreated(n) => link_created(told.id, &link(n)),
            Fact::LinkRemoved(n) => link_removed(told.id, &link(n)),
            Fact::Revoked(_) => install_revoked(told.id, None),
        }
    }
}

/// Plays a story on a bench, to its end.
struct Play<'a> {
    story: &'a Story,
    names: Names,
    events: Vec<Told>,
    bench: Bench,
}

impl<'a> Play<'a> {
    fn new(ground: &Ground, case: usize, story: &'a Story, claims: Claims) -> Self {
        let names = Names(case);
        let connections: Vec<_> = (0..CONNECTIONS).map(|n| names.connection(n)).collect();
        let connections: Vec<_> = connections.iter().map(String::as_str).collect();
        let bench = Bench::new(ground, &connections, story.policy(), claims);
        Self {
            story,
            names,
            events: story.events(),
            bench,
        }
    }

    async fn run(&self) {
        let mut delivered = BTreeSet::new();
        for action in &self.story.actions {
            match action {
                Action::Deliver(index) => {
                    let n = index.index(self.events.len());
                    self.deliver(n).await;
                    delivered.insert(n);
                }
                Action::Work => drop(self.bench.work().await),
                Action::CrashAfter(steps) => self.bench.crash_after(*steps).await,
                Action::ForgetDuplicates => self.bench.forget_duplicates(),
                Action::Trip(mishap) => self.bench.tool.trip(*mishap),
            }
        }
        for n in (0..self.events.len()).filter(|n| !delivered.contains(n)) {
            self.deliver(n).await;
        }
        self.bench.drain().await;
    }

    async fn deliver(&self, n: usize) {
        let told = &self.events[n];
        let connection = self.names.connection(told.connection);
        self.bench
            .deliver(&connection, &self.names.body(self.story, told))
            .await;
    }

    /// Repeats all events in reverse order, after the queue's deduplication window.
    async fn repeat(&self) {
        self.bench.forget_duplicates();
        for n in (0..self.events.len()).rev() {
            self.deliver(n).await;
        }
        self.bench.drain().await;
    }

    fn assert_as_expected(&self) {
        for ((project, trainer), expected) in self.story.expected(&self.events) {
            let Some(expected) = expected else { continue };
            let members = self.bench.tool.members(&self.names.project(project));
            let is_in = members.contains(&self.names.trainer(trainer));
            assert_eq!(is_in, expected, "trainer {trainer} in project {project}");
        }
    }

    /// Asserts that an address is kept only while its owner is or may be a member.
    async fn assert_emails_forgotten(&self) {
        let expected = self.story.expected(&self.events);
        for n in 0..TRAINERS {
            let trainer = self.names.trainer(n);
            let known = self
                .bench
                .ledger
                .trainer(&TrainerId::from(trainer.as_str()))
                .await
                .unwrap();
            if (0..PROJECTS).all(|project| expected[&(project, n)] == Some(false)) {
                assert!(forgets_emails(&known), "the address of {trainer} is kept");
            }
        }
    }
}

async fn holds(ground: &Ground, case: usize, story: &Story, claims: Claims) {
    let play = Play::new(ground, case, story, claims);
    play.run().await;
    play.assert_as_expected();
    play.assert_emails_forgotten().await;
    if story.repeats {
        let writes = play.bench.tool.writes().len();
        play.repeat().await;
        play.assert_as_expected();
        assert_eq!(
            play.bench.tool.writes().len(),
            writes,
            "a repeat wrote to the tool"
        );
    }
    assert_no_claim_in_progress(play.bench.claims.as_ref()).await;
    assert_eq!(play.bench.queue.depth().await.unwrap(), Depth::default());
}

#[allow(
    clippy::disallowed_methods,
    reason = "a length of the test is no setting of the bridge"
)]
fn check(cases: u32, claims: Claims) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    // A case that failed leaves messages behind: the next one gets new ground.
    let ground: RefCell<Option<Ground>> = RefCell::default();
    let case = RefCell::new(0_usize);
    // `PROPTEST_CASES` plays more of them.
    let config = Config::default();
    let is_set = std::env::var_os("PROPTEST_CASES").is_some();
    let config = Config {
        cases: if is_set { config.cases } else { cases },
        failure_persistence: None,
        ..config
    };
    let checked = TestRunner::new(config).run(&story(), |story| {
        let own = ground.take().unwrap_or_else(Ground::new);
        *case.borrow_mut() += 1;
        runtime.block_on(holds(&own, *case.borrow(), &story, claims));
        ground.replace(Some(own));
        Ok(())
    });
    if let Err(error) = checked {
        panic!("{error}");
    }
}

#[test]
fn the_tool_is_as_the_model_says() {
    check(400, Claims::On);
}

#[test]
fn the_tool_is_as_the_model_says_with_claims_switched_off() {
    check(200, Claims::Off);
}
