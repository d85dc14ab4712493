//! Alarms and the dashboard: each watches something that is there, and somebody is told.

use std::collections::BTreeSet;

use aws_local::template::Template;
use serde_json::{Value, json};
use shared::telemetry::Metric;

use crate::template;

/// The metrics that AWS has: namespace, dimension, names.
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

/// Whether anybody ever writes the metric, with this dimension.
fn exists(namespace: &str, name: &str, dimension: &str) -> bool {
    if namespace == "Bridge" {
        // What was refused has a reason beside the stack.
        let whole = Metric::ALL
            .iter()
            .filter(|metric| **metric != Metric::Rejected);
        return dimension == "Stack" && whole.into_iter().any(|metric| metric.name() == name);
    }
    let mut known = OF_AWS.iter();
    known.any(|(of, by, names)| *of == namespace && *by == dimension && names.contains(&name))
}

/// What is there to be watched: each dimension's values in this stack.
fn is_part(template: &Template, dimension: &str, value: &str) -> bool {
    let named = |kind: &str, reference: &dyn Fn(&str) -> Value| {
        let all = template.resources(kind);
        all.iter()
            .any(|(name, _)| template.text(&reference(name)).unwrap() == value)
    };
    match dimension {
        "Stack" => value == "acme",
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

/// The metrics that an alarm looks at: its own, or those of its expression.
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
fn every_alarm_watches_a_metric_that_somebody_writes_and_tells_the_topic() {
    let template = template();
    let topic = json!(["arn:aws:sns:us-east-1:123456789012:acme-alarms"]);
    for alarm in alarms(&template) {
        let name = alarm["AlarmName"].as_str().unwrap();
        for metric in watched(&alarm) {
            let text = |key: &str| metric[key].as_str().unwrap();
            let [dimension] = metric["Dimensions"].as_array().unwrap().as_slice() else {
                panic!("{name} has one dimension");
            };
            let (by, value) = (
                dimension["Name"].as_str().unwrap(),
                dimension["Value"].as_str().unwrap(),
            );
            assert!(exists(text("Namespace"), text("MetricName"), by), "{name}");
            assert!(is_part(&template, by, value), "{name} watches {value}");
        }
        assert_eq!(alarm["AlarmActions"], topic, "{name}");
        assert_eq!(alarm["OKActions"], topic, "{name}");
        assert!(name.starts_with("acme-"), "{name}");
        let described = alarm["AlarmDescription"].as_str().unwrap();
        assert!(described.ends_with('.'), "{name}");
    }
}

/// A stack that is an hour old has been silent for no six hours. So what is missing is no breach, and a run that is
/// missing counts as none only where the stack's own queue shows that the stack was there.
#[test]
fn silence_is_told_after_its_first_period_and_not_before() {
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
fn what_can_go_wrong_unseen_has_an_alarm() {
    let expected = [
        "dead-letters",
        "door-4xx",
        "door-5xx",
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

/// An alarm at night is of use only with the page that says what to do.
#[test]
fn every_alarm_has_its_cure_in_the_operators_page() {
    let page = include_str!("../../../docs/aws.md");
    for name in names(&template()) {
        assert!(
            page.contains(&format!("`{name}`")),
            "docs/aws.md has no word on {name}"
        );
    }
}

#[test]
fn alarms_go_to_the_address_that_is_given_and_to_nobody_without_one() {
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

/// What is tried every quarter of an hour, or run by a schedule, is counted in pulses: an alarm that looks
/// at less than two of them says OK after each.
#[test]
fn an_alarm_stays_on_between_two_pulses() {
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

/// AWS refuses an alarm that looks further back: a day, with periods of less than an hour.
#[test]
fn no_alarm_looks_back_further_than_a_day() {
    for alarm in alarms(&template()) {
        let period = match alarm["Metrics"][1]["MetricStat"]["Period"].as_u64() {
            Some(period) => period,
            None => seconds(&alarm, "Period"),
        };
        let back = period * seconds(&alarm, "EvaluationPeriods");
        assert!(back <= 86_400, "{}", alarm["AlarmName"]);
    }
}

/// One retry is nothing; an outage goes on.
#[test]
fn what_is_tried_again_raises_an_alarm_when_it_lasts() {
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
fn the_dashboard_shows_every_metric_of_ours_and_none_that_nobody_writes() {
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
