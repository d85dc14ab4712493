//! Units of payment.

use serde::Serialize;

/// Unit of payment, which the budget counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PaymentType {
    /// By the hour.
    PayPerHour,
    /// By the label.
    PayPerLabel,
    /// A fixed price: never depletes.
    FixedPrice,
}

impl PaymentType {
    pub(crate) const NAMES: [&'static str; 3] = ["PAY_PER_HOUR", "PAY_PER_LABEL", "FIXED_PRICE"];
}
