//! Level of a budget. Pure.

use crate::opentrain::{Budget, BudgetState, PaymentType};
use crate::tool::NoticeLevel;

/// Fractions from which funded work is low and exhausted.
const LOW: f64 = 0.8;
const DEPLETED: f64 = 1.0;

/// The level of a budget; `None` if it is fine.
///
/// OpenTrain's state decides: it is computed from the exact fraction, and the fraction in the answer is rounded
/// (0.99996 is shown as 1 and is not depleted). The fraction only decides if the state is unknown. A fixed price is
/// never depleted.
pub fn level(budget: &Budget) -> Option<NoticeLevel> {
    if budget.payment_type == Some(PaymentType::FixedPrice) {
        return None;
    }
    match &budget.state {
        BudgetState::Ok => None,
        BudgetState::Low => Some(NoticeLevel::Warning),
        BudgetState::Depleted => Some(NoticeLevel::Exhausted),
        BudgetState::Other(_) => match budget.consumed_fraction {
            Some(fraction) if fraction >= DEPLETED => Some(NoticeLevel::Exhausted),
            Some(fraction) if fraction >= LOW => Some(NoticeLevel::Warning),
            _ => None,
        },
    }
}
