//! A story, and the members in the tool that the naive model expects after it.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::Index;
use shared::ledger::{OnInstallRevoked, OnLinkRemoved, Policy};

use crate::common::floor::Mishap;

pub(super) const CONNECTIONS: usize = 2;
pub(super) const PROJECTS: usize = 2;
pub(super) const TRAINERS: usize = 2;

/// A link of the story.
#[derive(Clone, Debug)]
pub(super) struct LinkPlan {
    pub(super) connection: usize,
    pub(super) project: usize,
    pub(super) managed: bool,
    pub(super) announced: bool,
    pub(super) removed: bool,
}

/// A contract of the story, and its events at each link of its connection, oldest first.
#[derive(Clone, Debug)]
pub(super) struct ContractPlan {
    /// One of the links that it is on; it is on all links of the same connection.
    pub(super) on: usize,
    pub(super) trainer: usize,
    pub(super) runs: Vec<bool>,
}

/// All events, and the actions in between.
#[derive(Clone, Debug)]
pub(super) struct Story {
    pub(super) links: Vec<LinkPlan>,
    pub(super) contracts: Vec<ContractPlan>,
    pub(super) revoked: [bool; CONNECTIONS],
    pub(super) remove_with_link: bool,
    pub(super) remove_with_install: bool,
    /// Whether all events are repeated in the end.
    pub(super) repeats: bool,
    /// The order of the events' ids.
    pub(super) ranks: Vec<u16>,
    pub(super) actions: Vec<Action>,
}

/// An action of the story.
#[derive(Clone, Debug)]
pub(super) enum Action {
    Deliver(Index),
    Work,
    CrashAfter(usize),
    ForgetDuplicates,
    Trip(Mishap),
}

/// The content of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fact {
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
pub(super) struct Told {
    pub(super) id: u64,
    pub(super) connection: usize,
    pub(super) fact: Fact,
}

pub(super) fn story() -> impl Strategy<Value = Story> {
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
    pub(super) fn policy(&self) -> Policy {
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
    pub(super) fn events(&self) -> Vec<Told> {
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

    /// Whether each (project, trainer) has access; `None` where OpenTrain decides, or where access depends on the time
    /// at which its link or install was removed.
    pub(super) fn expected(&self, events: &[Told]) -> BTreeMap<(usize, usize), Option<bool>> {
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
