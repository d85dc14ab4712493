//! What is asked for.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::json;

/// The fields that are counted, of the task and of its annotations alike. The task's data is not among them.
pub(super) const COUNTED: &str =
    "id,annotations,completed_by,updated_by,created_at,lead_time,was_cancelled,ground_truth,result";

/// The fields of a look for changes.
pub(super) const PROBED: &str = "id";

/// Tasks that were touched at `since` or later, behind the one with the id `last`, by their ids. The filters
/// stand in the address: no view is made in the customer's project.
pub(super) fn touched_since(since: &str, last: u64) -> String {
    let query = json!({
        "filters": {
            "conjunction": "and",
            "items": [
                { "filter": "filter:tasks:id", "operator": "greater", "type": "Number", "value": last },
                {
                    "filter": "filter:tasks:updated_at",
                    "operator": "greater_or_equal",
                    "type": "Datetime",
                    "value": since,
                },
            ],
        },
        "ordering": ["tasks:id"],
    });
    query.to_string()
}

/// A day's first moment, as the filter wants it: a bare date is an error 500.
pub(super) fn first_moment(day: Date) -> String {
    format!("{day}T00:00:00.000000Z")
}

/// A moment, as the filter wants it.
pub(super) fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_have_six_digits_whatever_they_are() {
        let at = |text: &str| moment(text.parse().unwrap());
        assert_eq!(at("2026-11-21T01:02:03Z"), "2026-11-21T01:02:03.000000Z");
        assert_eq!(
            at("2026-11-21T01:02:03.123456789Z"),
            "2026-11-21T01:02:03.123456Z"
        );
    }
}
