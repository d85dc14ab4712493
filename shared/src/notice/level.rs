//! How bad a budget is. Pure.

use crate::opentrain::{Budget, BudgetState, PaymentType};
use crate::tool::NoticeLevel;

/// From which fraction on funded work runs low, and from which it is used up.
const LOW: f64 = 0.8;
const DEPLETED: f64 = 1.0;

/// The level of a budget; nothing when all is fine.
///
/// OpenTrain's word for the state decides: it is computed from the exact fraction, and the one that we
/// see is rounded (0.99996 shows as 1 and is not depleted). The fraction decides only where the state is
/// a word that we don't know. A fixed price never depletes, whatever else is said.
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
