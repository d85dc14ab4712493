//! Queries for tasks.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::json;

/// The fields that are read, of tasks and of their annotations. The task's data is not among them.
pub(super) const COUNTED: &str = "id,annotations,completed_by,updated_by,created_at,updated_at,lead_time,\
                                  was_cancelled,ground_truth,parent_prediction,result";

/// The fields of a search for changes.
pub(super) const PROBED: &str = "id,updated_at";

/// The tasks to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// Tasks that were changed.
    Touched,
    /// Tasks that were not changed, but have annotations that were moved from another task: "Remove duplicated tasks"
    /// moves them without changing `updated_at`.
    Moved,
}

/// Tasks from `since` on with an id above `last`, ordered by id. The filters are in the URL, so no view is created in
/// the customer's project.
pub(super) fn tasks_since(which: Which, since: &str, last: u64) -> String {
    let at = |field: &str, operator: &str| {
        json!({
            "filter": format!("filter:tasks:{field}"),
            "operator": operator,
            "type": "Datetime",
            "value": since,
        })
    };
    let behind = json!({ "filter": "filter:tasks:id", "operator": "greater", "type": "Number", "value": last });
    let items = match which {
        Which::Touched => vec![behind, at("updated_at", "greater_or_equal")],
        Which::Moved => vec![
            behind,
            at("updated_at", "less"),
            at("completed_at", "greater_or_equal"),
        ],
    };
    let filters = json!({ "conjunction": "and", "items": items });
    json!({ "filters": filters, "ordering": ["tasks:id"] }).to_string()
}

/// The task that was changed last, at `since` or later.
pub(super) fn newest_since(since: &str) -> String {
    let touched = json!({
        "filter": "filter:tasks:updated_at",
        "operator": "greater_or_equal",
        "type": "Datetime",
        "value": since,
    });
    let filters = json!({ "conjunction": "and", "items": [touched] });
    json!({ "filters": filters, "ordering": ["-tasks:updated_at"] }).to_string()
}

/// A day's first moment in the filter's format. A date without a time causes an error 500.
pub(super) fn first_moment(day: Date) -> String {
    format!("{day}T00:00:00.000000Z")
}

/// A moment in the filter's format.
pub(super) fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_moments_have_six_digits() {
        let at = |text: &str| moment(text.parse().unwrap());
        assert_eq!(at("2026-11-21T01:02:03Z"), "2026-11-21T01:02:03.000000Z");
        assert_eq!(
            at("2026-11-21T01:02:03.123456789Z"),
            "2026-11-21T01:02:03.123456Z"
        );
    }
}
