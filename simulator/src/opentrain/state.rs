//! State that a test reads.

use std::collections::BTreeMap;

use super::OpenTrain;
use crate::{
    http::platform::endpoint::Endpoint,
    market::data::samples::Samples,
    model::{
        budget::Budget,
        contract::ContractView,
        delivery::{Delivery, DeliveryView},
        event::EventView,
        hook::{Hook, WebhookEndpoint},
        job::Job,
        link::ProjectLink,
        misuse::Misuse,
        usage::UsageRow,
    },
};

impl OpenTrain {
    /// Every event so far, oldest first.
    pub fn events(&self) -> Vec<EventView> {
        self.look(|market| {
            market
                .world
                .events
                .iter()
                .map(|own| own.view.clone())
                .collect()
        })
    }

    /// Every link of every install, oldest first.
    pub fn links(&self) -> Vec<ProjectLink> {
        self.look(|market| market.world.links.iter().cloned().collect())
    }

    /// Every delivery to an install's endpoint so far, oldest first.
    pub fn deliveries(&self) -> Vec<DeliveryView> {
        self.look(|market| {
            let deliveries = market.world.post.deliveries.iter();
            deliveries.filter_map(Delivery::view).collect()
        })
    }

    /// Every webhook endpoint of every install, oldest first.
    pub fn endpoints(&self) -> Vec<WebhookEndpoint> {
        self.look(|market| market.world.post.platform_hooks().map(Hook::view).collect())
    }

    /// One webhook endpoint.
    pub fn endpoint(&self, id: &str) -> Result<WebhookEndpoint, Misuse> {
        let view = |hook: Option<&Hook>| hook.map(Hook::view);
        self.look(|market| {
            let mut hooks = market.world.post.platform_hooks();
            view(hooks.find(|hook| hook.id == id)).ok_or(Misuse::Unknown("endpoint"))
        })
    }

    /// The samples, if [`Options::samples`](crate::Options::samples) is set.
    pub fn samples(&self) -> Option<Samples> {
        self.look(|market| market.samples.clone())
    }

    /// Number of requests per endpoint, including faults.
    pub fn requests(&self) -> BTreeMap<Endpoint, u64> {
        self.shared.counts.platform()
    }

    /// Number of reports of usage, including faults.
    pub fn usage_requests(&self) -> u64 {
        self.shared
            .counts
            .platform()
            .get(&Endpoint::Usage)
            .copied()
            .unwrap_or_default()
    }

    /// Number of requests per call of the Public API and of the agents' identity, including faults. The names are
    /// those of the tables, for example `publishJob`.
    pub fn public_requests(&self) -> BTreeMap<&'static str, u64> {
        self.shared.counts.public()
    }

    /// Every contract, oldest first.
    pub fn contracts(&self) -> Vec<ContractView> {
        self.look(|market| {
            market
                .world
                .contracts
                .iter()
                .map(|own| market.world.view(own))
                .collect()
        })
    }

    /// A contract's budget.
    pub fn budget(&self, contract: &str) -> Result<Budget, Misuse> {
        self.look(|market| Ok(market.world.budget(market.world.contract(contract)?)))
    }

    /// A contract's stored day totals, by worker and day.
    pub fn usage(&self, contract: &str) -> Result<Vec<UsageRow>, Misuse> {
        self.look(|market| Ok(market.world.contract(contract)?.usage_rows()))
    }

    /// Every job, oldest first.
    pub fn jobs(&self) -> Vec<Job> {
        self.look(|market| market.world.jobs.iter().cloned().collect())
    }
}
