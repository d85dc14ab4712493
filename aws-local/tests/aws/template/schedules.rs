//! Schedules.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::template::{property_of, samples, template};

/// An account with ten executions can reserve none. Runs and jobs may overlap, because each write is conditional and
/// reports take leases.
#[test]
fn no_function_needs_reserved_executions_and_runs_have_all_the_time_there_is() {
    let template = template();
    for binary in crate::template::FUNCTIONS {
        assert!(property_of(&template, binary, "ReservedConcurrentExecutions").is_null());
    }
    for binary in ["usage-report", "reconciler"] {
        assert_eq!(template.function(binary).unwrap().timeout.as_secs(), 900);
    }
}

/// AWS refuses `rate(1 minutes)` and `rate(15 minute)`, and no linter detects them.
fn is_rate(expression: &str) -> bool {
    let inner = expression
        .strip_prefix("rate(")
        .and_then(|rest| rest.strip_suffix(')'));
    let Some((count, unit)) = inner.and_then(|inner| inner.split_once(' ')) else {
        return false;
    };
    let units = ["minute", "hour", "day"];
    match count.parse::<u32>() {
        Ok(1) => units.contains(&unit),
        Ok(2..) => unit
            .strip_suffix('s')
            .is_some_and(|unit| units.contains(&unit)),
        _ => false,
    }
}

#[test]
fn schedules_are_valid_rates_and_missed_runs_are_stored() {
    let template = template();
    for (binary, every) in [
        ("usage-report", "rate(1 hour)"),
        ("reconciler", "rate(15 minutes)"),
    ] {
        let schedule = &property_of(&template, binary, "Events")["Schedule"];
        assert_eq!(schedule["Type"], "ScheduleV2");
        let properties = template.resolve(&schedule["Properties"]).unwrap();
        assert_eq!(
            properties["Name"],
            format!("acme-{binary}"),
            "or two stacks have one name"
        );
        assert_eq!(properties["ScheduleExpression"], every);
        assert!(is_rate(every));
        assert!(properties["RetryPolicy"]["MaximumRetryAttempts"].as_u64() > Some(0));
        let missed = "arn:aws:sqs:us-east-1:123456789012:acme-missed-schedules";
        assert_eq!(properties["DeadLetterConfig"]["Arn"], missed);
        assert_eq!(
            schedule["Properties"]["RoleArn"],
            json!({ "Fn::GetAtt": ["ScheduleRole", "Arn"] })
        );
        assert!(
            properties["Input"].is_null(),
            "the samples in events/schedule have no input"
        );
    }
    for wrong in [
        "rate(1 minutes)",
        "rate(15 minute)",
        "rate(0 minutes)",
        "rate(15minutes)",
    ] {
        assert!(!is_rate(wrong), "{wrong}");
    }
}

/// The samples match the events that EventBridge Scheduler sends from this template. Without `Input` it sends its own
/// envelope, whose detail is a text.
#[test]
fn the_samples_match_the_events_of_the_schedules() {
    let template = template();
    let samples: BTreeMap<_, _> = samples("schedule").into_iter().collect();
    assert_eq!(samples.len(), 2);
    for (binary, file) in [
        ("usage-report", "usage.json"),
        ("reconciler", "reconcile.json"),
    ] {
        let sample: Value = serde_json::from_str(&samples[file]).unwrap();
        let schedule = &property_of(&template, binary, "Events")["Schedule"]["Properties"];
        let name = template
            .text(&schedule["Name"])
            .unwrap()
            .replace("acme", "opentrain-bridge");
        let arn = format!("arn:aws:scheduler:eu-central-1:123456789012:schedule/default/{name}");
        let expected = json!({
            "version": "0",
            "id": sample["id"],
            "detail-type": "Scheduled Event",
            "source": "aws.scheduler",
            "account": "123456789012",
            "time": "2026-06-12T10:00:00Z",
            "region": "eu-central-1",
            "resources": [arn],
            "detail": "{}",
        });
        assert_eq!(sample, expected);
    }
}
