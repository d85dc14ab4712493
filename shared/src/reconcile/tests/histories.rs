//! Events in any order, with repeats and losses, and one reconcile: access matches OpenTrain's own state.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};

use super::floor::Mishap;
use super::model::{Act, Model, act};
use super::rig::{Rig, nobody};
use crate::ledger::{Looks, Policy};
use crate::model::clock::Clock;
use crate::opentrain::PlatformClient;
use crate::reconcile::drift::compare;
use crate::reconcile::hold::weigh;
use crate::reconcile::predict::predict;
use crate::reconcile::tally::Tally;
use crate::reconcile::{Difference, Elsewhere, Ground, Guard, Prediction, Snapshot, Wish};

/// A guard that holds nothing.
const GUARD: Guard = Guard { percent: 100 };

/// Acts, deliveries and failures of a history.
#[derive(Debug, Clone)]
struct Story {
    /// Acts before the survey, and the events that are delivered after each.
    before: Vec<(Act, Vec<prop::sample::Index>)>,
    /// Failures of the tool's first writes.
    mishaps: Vec<Mishap>,
    /// Acts during the survey. All of their events are delivered, in this order.
    meanwhile: Vec<(Act, u8)>,
    /// Whether the lists of contracts are cut off.
    complete: bool,
}

fn story() -> impl Strategy<Value = Story> {
    let heard = prop::collection::vec(any::<prop::sample::Index>(), 0..3);
    let before = prop::collection::vec((act(), heard), 1..9);
    let mishap = prop_oneof![
        3 => Just(Mishap::None),
        1 => Just(Mishap::Down),
        1 => Just(Mishap::AnswerLost),
        1 => Just(Mishap::Refused),
    ];
    let mishaps = prop::collection::vec(mishap, 0..3);
    // A link that is created now has no roster yet: the next run reads it.
    let meanwhile = act().prop_filter("no new link", |act| !matches!(act, Act::Link { .. }));
    let meanwhile = prop::collection::vec((meanwhile, any::<u8>()), 0..3);
    (before, mishaps, meanwhile, any::<bool>()).prop_map(
        |(before, mishaps, meanwhile, complete)| Story {
            before,
            mishaps,
            meanwhile,
            complete,
        },
    )
}

/// One history, and its state.
struct Play<'a> {
    story: &'a Story,
    rig: Rig,
    model: Model,
}

impl<'a> Play<'a> {
    fn new(story: &'a Story, platform: &PlatformClient) -> Self {
        Self {
            story,
            rig: Rig::new(platform, Policy::default()),
            model: Model::default(),
        }
    }

    /// Delivers some events of the acts before the survey: late, twice or in another order.
    async fn before(&mut self) {
        self.rig.tool.trip(&self.story.mishaps);
        for (act, heard) in &self.story.before {
            self.rig.tick();
            self.model.play(act, self.rig.clock.now());
            for index in heard.iter().filter(|_| !self.model.events.is_empty()) {
                let told = index.get(&self.model.events).clone();
                self.rig.deliver(&told.connection, told.event).await;
                self.rig.drain().await;
            }
        }
        self.rig.tool.recover();
    }

    /// Performs the acts between survey and repair. All of their events are delivered, in any order.
    async fn meanwhile(&mut self) {
        let known = self.model.events.len();
        for (act, _) in &self.story.meanwhile {
            self.rig.tick();
            self.model.play(act, self.rig.clock.now());
        }
        let orders = self.story.meanwhile.iter().map(|(_, order)| *order).cycle();
        let mut news: Vec<_> = self.model.events[known..].iter().zip(orders).collect();
        news.sort_by_key(|(_, order)| *order);
        for (told, _) in news {
            self.rig.deliver(&told.connection, told.event.clone()).await;
            self.rig.drain().await;
        }
    }

    async fn reconcile(&mut self, complete: bool) -> (Difference, Prediction) {
        self.rig.tick();
        let names = (0..2)
            .map(|n| format!("c{n}").try_into().unwrap())
            .collect();
        let ledger = &self.rig.reconciler.provisioner.ledger;
        let mut snapshot = Snapshot::read(ledger, names, self.rig.clock.now())
            .await
            .unwrap();
        self.rig.tick();
        // This is the second look at every link.
        let first = self.rig.clock.now();
        let links = (0..9).map(|n| (format!("l{n}").as_str().into(), first));
        let looks = Looks {
            links: links.collect(),
            ..Looks::default()
        };
        snapshot.looks = snapshot
            .looks
            .into_keys()
            .map(|name| (name, looks.clone()))
            .collect();
        self.rig.tick();
        let asked_at = self.rig.clock.now();
        let heard = [0, 1].map(|n| self.model.heard(n, asked_at, complete));
        self.meanwhile().await;
        self.rig.tick();
        let mut difference = Difference::default();
        let now = self.rig.clock.now();
        for mut heard in heard {
            unknown_only(&snapshot, &mut heard);
            compare(&snapshot, &mut heard, Duration::ZERO, now, &mut difference);
        }
        let ground = self.ground().await;
        assert!(weigh(&snapshot, &mut difference, &ground).is_empty());
        let prediction = predict(&snapshot, &difference, &ground);
        let (written, foretold) = (difference.clone(), prediction.converge.clone());
        let repaired = self
            .rig
            .reconciler
            .repair(written, foretold, &Tally::told_to(&|_| ()))
            .await;
        assert!(repaired.problems.is_empty(), "{:?}", repaired.problems);
        self.rig.drain().await;
        (difference, prediction)
    }

    async fn ground(&self) -> Ground {
        let provisioner = &self.rig.reconciler.provisioner;
        Ground {
            policy: Policy {
                confirm_after: Duration::ZERO,
                ..provisioner.policy.clone()
            },
            scope: provisioner.tool.capabilities().await.unwrap().scope,
            guard: GUARD,
            forced: None,
            only: Wish::default().connection,
            elsewhere: Elsewhere::default(),
            leave_due: false,
            now: self.rig.clock.now(),
        }
    }

    fn assert_as_expected(&self) {
        let members = self.rig.tool.members();
        for (place, due) in self.model.expected() {
            if let Some(due) = due {
                assert_eq!(members.contains(&place), due, "{place:?} of {members:?}");
            }
        }
    }
}

/// The survey only requests people who are not in the ledger.
fn unknown_only(snapshot: &Snapshot, heard: &mut crate::reconcile::Heard) {
    for roster in &mut heard.rosters {
        let hires = snapshot.hires_of(&heard.connection, &roster.link.id);
        let known: BTreeSet<_> = hires.map(|hire| hire.contract.clone()).collect();
        roster
            .people
            .retain(|contract, _| !known.contains(contract));
    }
}

async fn holds(story: &Story, platform: &PlatformClient) {
    let mut play = Play::new(story, platform);
    play.before().await;
    let members = play.rig.tool.members();
    let (_, prediction) = play.reconcile(story.complete).await;
    play.assert_as_expected();
    if story.meanwhile.is_empty() {
        as_foretold(&prediction, &members, &play.rig.tool.members());
        // If a link is found gone, an end that another connection stated may count for its hires.
        let members = play.rig.tool.members();
        play.reconcile(true).await;
        assert_eq!(play.rig.tool.members(), members);
        // The next run finds nothing, and writes nothing.
        let writes = play.rig.table.writes();
        let (difference, prediction) = play.reconcile(true).await;
        assert!(
            difference.drift().is_empty() && prediction.access.is_empty(),
            "{difference:?}"
        );
        assert_eq!(play.rig.table.writes(), writes, "the last run wrote");
    }
}

/// Asserts that each person's access is as predicted.
fn as_foretold(
    prediction: &Prediction,
    before: &BTreeSet<(String, String)>,
    after: &BTreeSet<(String, String)>,
) {
    use crate::reconcile::Change;
    for (project, trainer) in before.symmetric_difference(after) {
        let wanted = if after.contains(&(project.clone(), trainer.clone())) {
            Change::Grant
        } else {
            Change::Remove
        };
        let told = prediction.access.iter().any(|it| {
            it.project.as_str() == project && it.trainer.as_str() == trainer && it.change == wanted
        });
        assert!(
            told,
            "{wanted:?} of {trainer} at {project} was not foretold: {prediction:?}"
        );
    }
}

fn check(cases: u32) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let platform = runtime.block_on(async { nobody() });
    let tried = RefCell::new(0_u32);
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let checked = TestRunner::new(config).run(&story(), |story| {
        *tried.borrow_mut() += 1;
        runtime.block_on(holds(&story, &platform));
        Ok(())
    });
    if let Err(error) = checked {
        panic!("after {} cases: {error}", tried.borrow());
    }
}

// Ten thousand cases, in four threads.

#[test]
fn one_reconcile_heals_any_history_1() {
    check(2_500);
}

#[test]
fn one_reconcile_heals_any_history_2() {
    check(2_500);
}

#[test]
fn one_reconcile_heals_any_history_3() {
    check(2_500);
}

#[test]
fn one_reconcile_heals_any_history_4() {
    check(2_500);
}

/// The histories above found this case. Two hires protect one access. The survey finds that the link of one is gone,
/// and the other ends during the survey. The convergence of that end still found the link.
#[tokio::test]
async fn an_end_during_a_survey_that_finds_a_link_gone_leaves_no_access() {
    let index = |n: usize| {
        let runner = &mut TestRunner::deterministic();
        let any = any::<prop::sample::Index>()
            .prop_filter("that one", move |it| it.index(60) == n * 60 / 10);
        any.new_tree(runner).unwrap().current()
    };
    let link = |job| Act::Link {
        connection: 0,
        job,
        project: 1,
        managed: false,
    };
    let story = Story {
        before: vec![
            (link(0), vec![]),
            (Act::Hire { job: 0, trainer: 2 }, vec![index(9)]),
            (Act::Unlink(index(0)), vec![]),
            (link(1), vec![]),
            (Act::Hire { job: 1, trainer: 2 }, vec![index(9)]),
        ],
        mishaps: vec![],
        meanwhile: vec![(Act::End(index(9)), 0)],
        complete: true,
    };
    holds(&story, &nobody()).await;
}
