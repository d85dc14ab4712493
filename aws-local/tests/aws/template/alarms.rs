//! Alarms and the dashboard: each watches an existing metric, and each alarm notifies the topic.

use std::collections::BTreeSet;

use aws_local::template::Template;
use serde_json::{Value, json};
use shared::model::signature::SignatureFault;
use shared::telemetry::Metric;
use shared::webhook::Refused;

use crate::template::template;

/// AWS's own metrics: namespace, dimension, names.
const OF_AWS: [(&str, &str, &[&str]); 3] = [
    (
        "AWS/SQS",
        "QueueName",
        &[
            "ApproximateAgeOfOldestMessage",
            "ApproximateNumberOfMessagesDelayed",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesVisible",
        ],
    ),
    ("AWS/ApiGateway", "ApiId", &["4xx", "5xx"]),
    (
        "AWS/Lambda",
        "FunctionName",
        &["Duration", "Errors", "Invocations", "Throttles"],
    ),
];

/// Whether a component writes the metric with this dimension.
fn exists(namespace: &str, name: &str, dimension: &str) -> bool {
    if namespace == "Bridge" {
        // Refusals have a reason in addition to the stack.
        let is_reason = dimension == "Reason" && name == Metric::Rejected.name();
        let mut all = Metric::ALL.iter();
        return is_reason || dimension == "Stack" && all.any(|metric| metric.name() == name);
    }
    let mut known = OF_AWS.iter();
    known.any(|(of, by, names)| *of == namespace && *by == dimension && names.contains(&name))
}

/// Existing values of each dimension in this stack.
fn is_part(template: &Template, dimension: &str, value: &str) -> bool {
    let named = |kind: &str, reference: &dyn Fn(&str) -> Value| {
        let all = template.resources(kind);
        all.iter()
            .any(|(name, _)| template.text(&reference(name)).unwrap() == value)
    };
    match dimension {
        "Stack" => value == "acme",
        "Reason" => [SignatureFault::Mismatch, SignatureFault::NoSecret]
            .map(|fault| Refused::Signature(fault).to_string())
            .contains(&value.to_owned()),
        "QueueName" => named(
            "AWS::SQS::Queue",
            &|it| json!({ "Fn::GetAtt": [it, "QueueName"] }),
        ),
        "FunctionName" => named("AWS::Serverless::Function", &|it| json!({ "Ref": it })),
        "ApiId" => named("AWS::Serverless::HttpApi", &|it| json!({ "Ref": it })),
        _ => false,
    }
}

fn alarms(template: &Template) -> Vec<Value> {
    let alarms = template.resources("AWS::CloudWatch::Alarm");
    let properties = alarms.iter().map(|(_, alarm)| &alarm["Properties"]);
    properties.map(|it| template.resolve(it).unwrap()).collect()
}

/// Metrics of an alarm: its own, or those of its expression.
fn watched(alarm: &Value) -> Vec<&Value> {
    match alarm["Metrics"].as_array() {
        None => vec![alarm],
        Some(metrics) => {
            let metrics = metrics.iter().map(|it| &it["MetricStat"]["Metric"]);
            metrics.filter(|it| !it.is_null()).collect()
        }
    }
}

#[test]
fn every_alarm_watches_an_existing_metric_and_notifies_the_topic() {
    let template = template();
    let topic = json!(["arn:aws:sns:us-east-1:123456789012:acme-alarms"]);
    for alarm in alarms(&template) {
        let name = alarm["AlarmName"].as_str().unwrap();
        for metric in watched(&alarm) {
            let text = |key: &str| metric[key].as_str().unwrap();
            let dimensions = metric["Dimensions"].as_array().unwrap();
            let has_reason = text("MetricName") == Metric::Rejected.name();
            assert_eq!(dimensions.len(), 1 + usize::from(has_reason), "{name}");
            for dimension in dimensions {
                let (by, value) = (
                    dimension["Name"].as_str().unwrap(),
                    dimension["Value"].as_str().unwrap(),
                );
                assert!(exists(text("Namespace"), text("MetricName"), by), "{name}");
                assert!(is_part(&template, by, value), "{name} watches {value}");
            }
        }
        assert_eq!(alarm["AlarmActions"], topic, "{name}");
        assert_eq!(alarm["OKActions"], topic, "{name}");
        assert!(name.starts_with("acme-"), "{name}");
        let described = alarm["AlarmDescription"].as_str().unwrap();
        assert!(described.ends_with('.'), "{name}");
    }
}

/// A new stack has no data for the six hours before it. So missing data is not a breach, and a missing run only counts
/// as none if the stack's own queue has data.
#[test]
fn missing_runs_raise_an_alarm_after_the_first_period() {
    let alarms = alarms(&template());
    let silent = |alarm: &&Value| alarm["AlarmName"].as_str().unwrap().ends_with("-silent");
    let silent: Vec<_> = alarms.iter().filter(silent).collect();
    assert_eq!(silent.len(), 2);
    for alarm in silent {
        assert_eq!(alarm["TreatMissingData"], "notBreaching");
        assert_eq!(
            (&alarm["EvaluationPeriods"], &alarm["DatapointsToAlarm"]),
            (&json!(6), &json!(6))
        );
        let metrics = alarm["Metrics"].as_array().unwrap();
        let expression = &metrics[0]["Expression"];
        assert_eq!(*expression, "SUM([FILL(runs, 0), exists * 0])");
        let returned = metrics.iter().filter(|it| it["ReturnData"] != false);
        assert_eq!(returned.count(), 1);
        let own = |id: &str| metrics.iter().find(|it| it["Id"] == id).unwrap();
        for id in ["runs", "exists"] {
            assert_eq!(own(id)["MetricStat"]["Period"], 3600);
        }
        let queue = &own("exists")["MetricStat"]["Metric"]["Dimensions"][0]["Value"];
        assert_eq!(*queue, "acme.fifo");
    }
}

fn names(template: &Template) -> BTreeSet<String> {
    let alarms = alarms(template);
    let names = alarms
        .iter()
        .map(|alarm| alarm["AlarmName"].as_str().unwrap());
    names
        .map(|name| name.trim_start_matches("acme-").to_owned())
        .collect()
}

#[test]
fn every_silent_failure_has_an_alarm() {
    let expected = [
        "dead-letters",
        "door-4xx",
        "door-5xx",
        "door-signatures",
        "jobs-dead-letters",
        "missed-schedules",
        "oldest-message",
        "operator-needed",
        "orphaned-access",
        "provisioner-errors",
        "provisioner-throttles",
        "reconcile-jobs-age",
        "reconciler-errors",
        "reconciler-silent",
        "reconciler-throttles",
        "removals-held",
        "retried",
        "retry-age",
        "retry-dead-letters",
        "token-refused",
        "usage-jobs-age",
        "usage-lost",
        "usage-report-errors",
        "usage-report-silent",
        "usage-report-throttles",
        "webhook-errors",
        "webhook-throttles",
    ];
    assert_eq!(names(&template()), expected.map(str::to_owned).into());
}

/// Every alarm needs a documented fix.
#[test]
fn every_alarm_is_documented_in_the_operations_page() {
    let page = include_str!("../../../../docs/aws.md");
    for name in names(&template()) {
        assert!(
            page.contains(&format!("`{name}`")),
            "docs/aws.md does not contain {name}"
        );
    }
}

#[test]
fn alarms_are_mailed_only_if_an_address_is_given() {
    let template = template();
    let subscription = &template.document()["Resources"]["AlarmSubscription"];
    assert_eq!(subscription["Condition"], "HasAlarmEmail");
    assert_eq!(
        subscription["Properties"]["Endpoint"],
        json!({ "Ref": "AlarmEmail" })
    );
    let condition = &template.document()["Conditions"]["HasAlarmEmail"];
    let blank = json!({ "Fn::Not": [{ "Fn::Equals": [{ "Ref": "AlarmEmail" }, ""] }] });
    assert_eq!(*condition, blank);
}

fn seconds(alarm: &Value, property: &str) -> u64 {
    let periods = alarm[property].as_u64();
    periods.unwrap_or_else(|| panic!("{} has no {property}", alarm["AlarmName"]))
}

/// Failures that are retried every quarter of an hour, or by a schedule, produce one data point per attempt. An alarm
/// over less than two of them would return to OK after each.
#[test]
fn an_alarm_stays_on_between_two_attempts() {
    const MINUTES: u64 = 60;
    let pulses = [
        ("operator-needed", 15 * MINUTES),
        ("reconciler-errors", 15 * MINUTES),
        ("retried", 15 * MINUTES),
        ("usage-report-errors", 60 * MINUTES),
    ];
    let alarms = alarms(&template());
    for (name, every) in pulses {
        let is_it = |alarm: &&Value| alarm["AlarmName"] == format!("acme-{name}");
        let alarm = alarms.iter().find(is_it).unwrap();
        assert!(seconds(alarm, "Period") >= 2 * every, "{name}");
    }
}

/// AWS refuses an alarm with a longer evaluation: a day, with periods of less than an hour.
#[test]
fn no_alarm_evaluates_more_than_a_day() {
    for alarm in alarms(&template()) {
        let period = match alarm["Metrics"][1]["MetricStat"]["Period"].as_u64() {
            Some(period) => period,
            None => seconds(&alarm, "Period"),
        };
        let back = period * seconds(&alarm, "EvaluationPeriods");
        assert!(back <= 86_400, "{}", alarm["AlarmName"]);
    }
}

/// One retry is normal; an outage lasts.
#[test]
fn lasting_retries_raise_an_alarm() {
    let alarms = alarms(&template());
    let retried = alarms.iter().find(|it| it["MetricName"] == "Retried");
    let retried = retried.unwrap();
    assert_eq!(retried["Namespace"], "Bridge");
    assert_eq!(retried["EvaluationPeriods"], 2);
    let all_of_them = retried.get("DatapointsToAlarm");
    assert!(all_of_them.is_none_or(|it| *it == 2));
    assert_eq!(retried["Threshold"], 0);
    assert_eq!(retried["ComparisonOperator"], "GreaterThanThreshold");
}

#[test]
fn the_dashboard_shows_all_of_our_metrics_and_no_missing_ones() {
    let template = template();
    let body = template.property("Dashboard", "DashboardBody").unwrap();
    let body: Value = serde_json::from_str(&template.text(body).unwrap()).unwrap();
    let mut ours = BTreeSet::new();
    for widget in body["widgets"].as_array().unwrap() {
        for metric in widget["properties"]["metrics"].as_array().unwrap() {
            if let Some(search) = metric[0]["expression"].as_str() {
                assert!(
                    search.contains(r#"MetricName="Rejected" Stack="acme""#),
                    "{search}"
                );
                ours.insert("Rejected".to_owned());
                continue;
            }
            let text = |at: usize| metric[at].as_str().unwrap();
            assert!(exists(text(0), text(1), text(2)), "{metric}");
            assert!(is_part(&template, text(2), text(3)), "{metric}");
            if text(0) == "Bridge" {
                ours.insert(text(1).to_owned());
            }
        }
    }
    let all = Metric::ALL.iter().map(|metric| metric.name().to_owned());
    assert_eq!(ours, all.collect());
}
