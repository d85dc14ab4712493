//! Events in any order, with repeats and failures: in the end, the members in the tool are those of a naive model.
//!
//! The model: a contract's newest end counts at all of its links, and a hire is entitled if the newest start at its
//! link is newer. A removed link and a revoked install do not entitle to access, if the policy is so. The model has no
//! queue, no claim, no merge and no plan.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;
use shared::ledger::{OnInstallRevoked, OnLinkRemoved, Policy};
use shared::model::ids::TrainerId;
use shared::queue::{Depth, Queue};

use crate::common::bench::{Bench, Claims, Ground};
use crate::common::events::{
    Link, ended, forgets_emails, install_revoked, link_created, link_removed, started,
};
use crate::common::floor::Mishap;
use crate::common::world::assert_no_claim_in_progress;

const CONNECTIONS: usize = 2;
const PROJECTS: usize = 2;
const TRAINERS: usize = 2;

/// A link of the story.
#[derive(Clone, Debug)]
struct LinkPlan {
    connection: usize,
    project: usize,
    managed: bool,
    announced: bool,
    removed: bool,
}

/// A contract of the story, and its events at each link of its connection, oldest first.
#[derive(Clone, Debug)]
struct ContractPlan {
    /// One of the links that it is on; it is on all links of the same connection.
    on: usize,
    trainer: usize,
    runs: Vec<bool>,
}

/// All events, and the actions in between.
#[derive(Clone, Debug)]
struct Story {
    links: Vec<LinkPlan>,
    contracts: Vec<ContractPlan>,
    revoked: [bool; CONNECTIONS],
    remove_with_link: bool,
    remove_with_install: bool,
    /// Whether all events are repeated in the end.
    repeats: bool,
    /// The order of the events' ids.
    ranks: Vec<u16>,
    actions: Vec<Action>,
}

/// An action of the story.
#[derive(Clone, Debug)]
enum Action {
    Deliver(Index),
    Work,
    CrashAfter(usize),
    ForgetDuplicates,
    Trip(Mishap),
}

/// The content of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fact {
    Contract {
        contract: usize,
        link: usize,
        runs: bool,
    },
    LinkCreated(usize),
    LinkRemoved(usize),
    Revoked(usize),
}

/// An event of the story, with the id that orders it.
struct Told {
    id: u64,
    connection: usize,
    fact: Fact,
}

fn story() -> impl Strategy<Value = Story> {
    let link = (
        0..CONNECTIONS,
        0..PROJECTS,
        prop::bool::weighted(0.15),
        any::<bool>(),
        prop::bool::weighted(0.3),
    );
    let link = link.prop_map(
        |(connection, project, managed, announced, removed)| LinkPlan {
            connection,
            project,
            managed,
            announced,
            removed,
        },
    );
    let contract = (
        0..3_usize,
        0..TRAINERS,
        prop::collection::vec(any::<bool>(), 1..4),
    );
    let contract = contract.prop_map(|(on, trainer, runs)| ContractPlan { on, trainer, runs });
    (
        prop::collection::vec(link, 1..4),
        prop::collection::vec(contract, 1..4),
        [prop::bool::weighted(0.15), prop::bool::weighted(0.15)],
        (any::<bool>(), any::<bool>()),
        prop::bool::weighted(0.25),
        prop::collection::vec(any::<u16>(), 40),
        prop::collection::vec(action(), 0..24),
    )
        .prop_map(
            |(links, contracts, revoked, policy, repeats, ranks, actions)| {
                let (remove_with_link, remove_with_install) = policy;
                Story {
                    links,
                    contracts,
                    revoked,
                    remove_with_link,
                    remove_with_install,
                    repeats,
                    ranks,
                    actions,
                }
            },
        )
}

fn action() -> impl Strategy<Value = Action> {
    let mishap = prop_oneof![
        Just(Mishap::Down),
        Just(Mishap::AnswerLost),
        Just(Mishap::Forbidden)
    ];
    prop_oneof![
        8 => any::<Index>().prop_map(Action::Deliver),
        3 => Just(Action::Work),
        3 => (1_usize..40).prop_map(Action::CrashAfter),
        1 => Just(Action::ForgetDuplicates),
        2 => mishap.prop_map(Action::Trip),
    ]
}

impl Story {
    fn policy(&self) -> Policy {
        let on_link_removed = if self.remove_with_link {
            OnLinkRemoved::Remove
        } else {
            OnLinkRemoved::Keep
        };
        let remove = self.remove_with_install;
        let on_install_revoked = if remove {
            OnInstallRevoked::Remove
        } else {
            OnInstallRevoked::Keep
        };
        Policy {
            on_link_removed,
            on_install_revoked,
            ..Policy::default()
        }
    }

    /// Every event, with its id: from 95 on, so that there are ids of two and of three digits.
    fn events(&self) -> Vec<Told> {
        let mut facts = self.facts();
        let rank = |n: usize| self.ranks[n % self.ranks.len()];
        let mut order: Vec<_> = (0..facts.len()).collect();
        order.sort_by_key(|n| (rank(*n), *n));
        let ids: BTreeMap<_, _> = order.into_iter().zip(95..).collect();
        let told = facts.drain(..).enumerate();
        told.map(|(n, (connection, fact))| Told {
            id: ids[&n],
            connection,
            fact,
        })
        .collect()
    }

    fn facts(&self) -> Vec<(usize, Fact)> {
        let mut facts = Vec::new();
        for (n, contract) in self.contracts.iter().enumerate() {
            let connection = self.links[contract.on % self.links.len()].connection;
            for (link, _) in self.links_of(connection) {
                let said = |runs: &bool| Fact::Contract {
                    contract: n,
                    link,
                    runs: *runs,
                };
                facts.extend(contract.runs.iter().map(|runs| (connection, said(runs))));
            }
        }
        for (n, link) in self.links.iter().enumerate() {
            facts.extend(
                link.announced
                    .then_some((link.connection, Fact::LinkCreated(n))),
            );
            facts.extend(
                link.removed
                    .then_some((link.connection, Fact::LinkRemoved(n))),
            );
        }
        let revoked = (0..CONNECTIONS).filter(|n| self.revoked[*n]);
        facts.extend(revoked.map(|n| (n, Fact::Revoked(n))));
        facts
    }

    fn links_of(&self, connection: usize) -> impl Iterator<Item = (usize, &LinkPlan)> {
        self.links
            .iter()
            .enumerate()
            .filter(move |(_, link)| link.connection == connection)
    }

    /// Whether a hire at this link entitles to access: yes, no, or only to access that is there already.
    fn entitles(&self, link: &LinkPlan) -> Option<bool> {
        let revoked = self.revoked[link.connection];
        let over = (link.removed && self.remove_with_link) || (revoked && self.remove_with_install);
        match (over, link.removed || revoked || link.managed) {
            (true, _) => Some(false),
            (false, true) => None,
            (false, false) => Some(true),
        }
    }

    /// For each (project, trainer): `true` in, `false` out, nothing where OpenTrain decides or where access depends on
    /// when its link or install went.
    fn expected(&self, events: &[Told]) -> BTreeMap<(usize, usize), Option<bool>> {
        let mut starts: BTreeMap<(usize, usize), u64> = BTreeMap::new();
        let mut ends: BTreeMap<usize, u64> = BTreeMap::new();
        for told in events {
            if let Fact::Contract {
                contract,
                link,
                runs,
            } = told.fact
            {
                let known = match runs {
                    true => starts.entry((contract, link)).or_default(),
                    false => ends.entry(contract).or_default(),
                };
                *known = told.id.max(*known);
            }
        }
        let mut expected: BTreeMap<_, _> = (0..PROJECTS)
            .flat_map(|p| (0..TRAINERS).map(move |t| ((p, t), Some(false))))
            .collect();
        for ((contract, link), start) in starts {
            let runs = ends.get(&contract).is_none_or(|end| *end < start);
            let (link, trainer) = (&self.links[link], self.contracts[contract].trainer);
            let place = expected.entry((link.project, trainer)).or_default();
            match self.entitles(link).filter(|_| runs) {
                Some(true) => *place = Some(true),
                None if runs && *place == Some(false) => *place = None,
                _ => {}
            }
        }
        expected
    }
}

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
