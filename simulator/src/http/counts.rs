//! Numbers of requests.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::platform::endpoint::Endpoint;

#[derive(Default)]
pub(crate) struct Counts(Mutex<Numbers>);

#[derive(Default)]
struct Numbers {
    platform: BTreeMap<Endpoint, u64>,
    public: BTreeMap<&'static str, u64>,
    refusals: u64,
}

impl Counts {
    pub(crate) fn add(&self, endpoint: Endpoint) {
        *self.lock().platform.entry(endpoint).or_default() += 1;
    }

    /// Counts a call of the Public API or of the agents' identity.
    pub(crate) fn add_public(&self, call: &'static str) {
        *self.lock().public.entry(call).or_default() += 1;
    }

    /// The id of a refused request.
    pub(crate) fn next_request_id(&self) -> String {
        let mut numbers = self.lock();
        numbers.refusals += 1;
        // The first id is `req_2`.
        format!("req_{}", numbers.refusals + 1)
    }

    pub(crate) fn platform(&self) -> BTreeMap<Endpoint, u64> {
        self.lock().platform.clone()
    }

    pub(crate) fn public(&self) -> BTreeMap<&'static str, u64> {
        self.lock().public.clone()
    }

    pub(crate) fn clear(&self) {
        *self.lock() = Numbers::default();
    }

    fn lock(&self) -> MutexGuard<'_, Numbers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
