//! Figures of a budget as texts.

use shared::opentrain::PaymentType;
use shared::tool::NoticeLevel;

use super::report::Row;

/// Rounds down, so that only a fully consumed budget shows 100 %.
pub(crate) fn percent(share: f64) -> String {
    // 0.29 * 100 is slightly below 29.
    format!("{}%", (share * 100.0 + 1e-6).floor())
}

/// A number with at most one decimal.
pub(crate) fn short(number: f64) -> String {
    let text = format!("{number:.1}");
    text.trim_end_matches(".0").to_owned()
}

/// Unit of the funded work; `None` for a fixed price.
pub(crate) fn unit(row: &Row) -> Option<&'static str> {
    match row.payment_type {
        Some(PaymentType::PerHour) => Some("h"),
        Some(PaymentType::PerLabel) => Some("labels"),
        _ => None,
    }
}

/// The consumption that causes a notice of this level.
pub(crate) fn level_name(level: Option<NoticeLevel>) -> &'static str {
    match level {
        None => "ok",
        Some(NoticeLevel::Warning) => "low",
        Some(NoticeLevel::Exhausted) => "exhausted",
    }
}
