//! Pages of the human: to consent, approve, claim, pay, and see jobs and people.

pub(super) mod approval;
pub(super) mod billing;
pub(super) mod checkout;
pub(super) mod claim;
pub(super) mod consent;
pub(super) mod draft;
pub(super) mod freelancer;
pub(super) mod job;
mod payment;
