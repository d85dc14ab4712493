//! The state machine behind the Platform API: installs, links, contracts, budgets, usage, events and the attempts of
//! their deliveries.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::{
    kit::draw::Draw,
    model::{
        app::{App, DEFAULT_APP},
        contract::Contract,
        event::Event,
        install::Install,
        job::Job,
        link::ProjectLink,
        options::Options,
        table::Table,
        trainer::Trainer,
    },
};
use post::Post;

mod budgets;
mod contracts;
mod events;
mod installs;
mod jobs;
mod links;
mod milestones;
pub(crate) mod post;
mod trainers;
mod usage;

pub(crate) struct World {
    /// `http://127.0.0.1:PORT`, for the pages of humans. Empty until the server listens.
    pub(crate) origin: String,
    pub(crate) app_active: bool,
    /// By slug.
    pub(crate) apps: BTreeMap<String, App>,
    pub(crate) disabled_features: HashSet<String>,
    pub(crate) installs: Table<Install>,
    /// The install of each token, including revoked tokens.
    pub(crate) tokens: HashMap<String, String>,
    pub(crate) trainers: HashMap<String, Trainer>,
    pub(crate) jobs: Table<Job>,
    pub(crate) links: Table<ProjectLink>,
    /// The (install, external project id) pairs in use.
    pub(crate) link_names: HashSet<(String, String)>,
    pub(crate) link_counts: HashMap<String, usize>,
    pub(crate) link_limit: usize,
    pub(crate) contracts: Table<Contract>,
    pub(crate) milestones: u64,
    pub(crate) email_in_events: bool,
    pub(crate) events: Vec<Event>,
    pub(crate) next_event: u64,
    pub(crate) events_to_lose: u32,
    pub(crate) post: Post,
    /// Tokens and codes.
    pub(crate) draw: Draw,
}

impl World {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            origin: String::new(),
            app_active: true,
            apps: BTreeMap::from([(DEFAULT_APP.to_owned(), App::simulated())]),
            disabled_features: HashSet::new(),
            installs: Table::new("ins"),
            tokens: HashMap::new(),
            trainers: HashMap::new(),
            jobs: Table::new("job"),
            links: Table::new("plk"),
            link_names: HashSet::new(),
            link_counts: HashMap::new(),
            link_limit: options.link_limit,
            contracts: Table::new("ctr"),
            milestones: 1,
            email_in_events: true,
            events: Vec::new(),
            next_event: options.first_event_id,
            events_to_lose: 0,
            post: Post::new(options),
            draw: Draw::new("tokens", options.seed),
        }
    }
}
