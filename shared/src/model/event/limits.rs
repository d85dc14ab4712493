//! Length limits for the parts of an event that are used in keys, logs and tables.

use serde_json::Value;

use super::Event;

/// Maximum characters of an id. OpenTrain's own limit for `externalProjectId` is 200.
const ID: usize = 256;

/// Maximum characters of an event's type.
const TYPE: usize = 100;

/// Describes the part of the event that is too long, without quoting it.
pub(crate) fn exceeded(event: &Event) -> Option<String> {
    let too_long = |text: &str, most: usize| text.chars().nth(most).is_some();
    let resource = event.resource_id.as_deref().unwrap_or_default();
    let job = event.job_id.as_ref().map_or("", |job| job.as_str());
    let members = [
        ("id", event.id.as_str(), ID),
        ("type", event.kind.as_str(), TYPE),
        ("resourceId", resource, ID),
        ("jobId", job, ID),
    ];
    for (name, text, most) in members {
        if too_long(text, most) {
            return Some(format!("`{name}` has more than {most} characters"));
        }
    }
    let values = event.unknown.values().chain([&event.data]);
    values
        .into_iter()
        .any(has_long_id)
        .then(|| format!("an id in `data` has more than {ID} characters"))
}

/// Whether any id in a value is too long. [`read`](super::read()) has bounded the depth.
fn has_long_id(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.iter().any(|(name, value)| match value {
            Value::String(text) if name == "id" || name.ends_with("Id") => {
                text.chars().nth(ID).is_some()
            }
            value => has_long_id(value),
        }),
        Value::Array(items) => items.iter().any(has_long_id),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fault(event: Value) -> Option<String> {
        exceeded(&serde_json::from_value(event).unwrap())
    }

    fn with_data(data: Value) -> Value {
        json!({ "id": "1", "type": "contract.started", "data": data })
    }

    #[test]
    fn each_part_may_be_as_long_as_its_limit() {
        let id = "é".repeat(ID);
        let event = json!({
            "id": id, "type": "t".repeat(TYPE), "resourceId": id, "jobId": id,
            "data": { "projectLink": { "externalProjectId": id }, "text": "x".repeat(9_000) },
        });
        assert_eq!(fault(event), None);
    }

    #[test]
    fn one_more_is_named_and_not_quoted() {
        let long = "x".repeat(ID + 1);
        for (event, names) in [
            (json!({ "id": long, "type": "t" }), "`id` has more than 256"),
            (json!({ "id": "9".repeat(ID + 1), "type": "t" }), "`id`"),
            (
                json!({ "id": "1", "type": "x".repeat(TYPE + 1) }),
                "`type` has more than 100",
            ),
            (
                json!({ "id": "1", "type": "t", "resourceId": long }),
                "`resourceId`",
            ),
            (json!({ "id": "1", "type": "t", "jobId": long }), "`jobId`"),
            (
                with_data(json!({ "freelancer": { "opentrainUserId": long } })),
                "an id in `data`",
            ),
            (
                with_data(json!({ "list": [{ "id": long }] })),
                "an id in `data`",
            ),
        ] {
            let fault = fault(event).unwrap();
            assert!(fault.contains(names) && fault.len() < 60, "{fault}");
        }
    }
}
