//! Terms on which a contract was made.

/// What a contract has from its proposal. Empty for a contract that the Public API did not make.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hire {
    pub(crate) proposal: Option<String>,
    /// Price of a unit of payment.
    pub(crate) rate_usd: Option<f64>,
    /// The job's conversation with the trainer.
    pub(crate) conversation: Option<String>,
}
