//! The employer's side, over the world that the Platform API shares: drafts and jobs, proposals, approvals, claims,
//! billing, messages, tokens and the feed of updates.
//!
//! The rules come from OpenTrain's pages. `GET /sandbox/limits` lists the points that these do not define, and how the
//! simulator behaves there.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    kit::refusal::Refusal,
    model::{install::DEFAULT_ORGANIZATION, options::Options, table::Table},
    world::World,
};
use data::{
    account::{Employer, Registration, User},
    ad::{Ad, Change},
    approval::Approval,
    feature::{Feature, Rollout},
    hire::Hire,
    message::Conversation,
    money::{Entry, Invoice, TopUp},
    profile::Profile,
    proposal::Proposal,
    samples::Samples,
    token::Token,
    update::Update,
};

pub(crate) mod accounts;
mod approvals;
pub(crate) mod claims;
pub(crate) mod confirmations;
mod contracts;
mod credits;
pub(crate) mod data;
pub(crate) mod draft;
pub(crate) mod feed;
mod hires;
pub(crate) mod import;
mod in_app;
pub(crate) mod jobs;
mod messages;
mod proposals;
pub(crate) mod samples;
pub(crate) mod team;
mod webhooks;

/// The marketplace: the world, and the state of the employer's side.
pub(crate) struct Market {
    pub(crate) world: World,
    /// Number of the masked name that the first trainer gets.
    pub(crate) seed: u64,
    pub(crate) samples: Option<Samples>,
    /// Whether a claimed account has a card on file.
    pub(crate) card_on_file: bool,
    /// Whether agents may register.
    pub(crate) registration: bool,
    pub(crate) rollouts: BTreeMap<Feature, Rollout>,
    /// By organisation.
    pub(crate) employers: BTreeMap<String, Employer>,
    /// The organisation that was claimed last: the human's calls concern it unless they name another.
    pub(crate) current: String,
    pub(crate) users: Table<User>,
    pub(crate) registrations: Vec<Registration>,
    pub(crate) tokens: Table<Token>,
    /// The token id of each secret.
    pub(crate) secrets: HashMap<String, String>,
    /// By job.
    pub(crate) ads: BTreeMap<String, Ad>,
    pub(crate) changes: Vec<Change>,
    pub(crate) proposals: Table<Proposal>,
    /// By trainer; others have the default.
    pub(crate) profiles: BTreeMap<String, Profile>,
    pub(crate) conversations: Table<Conversation>,
    pub(crate) next_message: u64,
    pub(crate) approvals: Table<Approval>,
    /// By contract.
    pub(crate) hires: BTreeMap<String, Hire>,
    pub(crate) invoices: Table<Invoice>,
    pub(crate) entries: Table<Entry>,
    pub(crate) top_ups: Table<TopUp>,
    /// Oldest first.
    pub(crate) updates: Vec<Update>,
    /// Minute and number of the calls without a token.
    pub(crate) open_calls: (i64, u32),
}

/// Id of the first update.
const FIRST_UPDATE: u64 = 1001;

impl Market {
    /// One human employer, who has claimed an account.
    pub(crate) fn new(options: &Options, now: Timestamp) -> Self {
        let mut market = Self {
            world: World::new(options),
            seed: options.seed.unwrap_or_default(),
            samples: None,
            card_on_file: options.card_on_file,
            registration: true,
            rollouts: BTreeMap::new(),
            employers: BTreeMap::new(),
            current: DEFAULT_ORGANIZATION.to_owned(),
            users: Table::new("acc"),
            registrations: Vec::new(),
            tokens: Table::new("pat"),
            secrets: HashMap::new(),
            ads: BTreeMap::new(),
            changes: Vec::new(),
            proposals: Table::new("prp"),
            profiles: BTreeMap::new(),
            conversations: Table::new("cnv"),
            next_message: 1,
            approvals: Table::new("apr"),
            hires: BTreeMap::new(),
            invoices: Table::new("inv"),
            entries: Table::new("cre"),
            top_ups: Table::new("top"),
            updates: Vec::new(),
            open_calls: (0, 0),
        };
        let owner = market.users.add(|id| User {
            id,
            email: Some("owner@employer.example".to_owned()),
            first_name: Some("Robin".to_owned()),
            last_name: Some("Employer".to_owned()),
        });
        let employer = Employer {
            claimed: Some(now),
            card_on_file: options.card_on_file,
            ..Employer::new(DEFAULT_ORGANIZATION, "Sandbox Employer", &owner, now)
        };
        let organization = employer.organization.clone();
        market.employers.insert(organization, employer);
        if options.samples {
            market.add_samples(now);
        }
        market
    }

    pub(crate) fn has_feature(&self, feature: Feature, organization: &str) -> bool {
        let rollout = self.rollouts.get(&feature);
        rollout.is_none_or(|rollout| rollout.reaches(organization))
    }

    pub(crate) fn rollout(&self, feature: Feature) -> Rollout {
        self.rollouts.get(&feature).cloned().unwrap_or_default()
    }

    pub(crate) fn next_update(&self) -> u64 {
        let last = self.updates.last();
        last.map_or(FIRST_UPDATE, |last| last.id + 1)
    }

    /// The profile of a trainer.
    pub(crate) fn profile(&self, trainer: &str) -> Profile {
        self.profiles.get(trainer).cloned().unwrap_or_default()
    }
}

/// A 409 with its reason.
pub(crate) fn conflict(reason: &str, message: &str) -> Refusal {
    Refusal::conflict(message).with_details(json!({"reason": reason}))
}

/// A 404 that names its object.
fn unknown(what: &str, details: Value) -> Refusal {
    Refusal::not_found(what).with_details(details)
}
