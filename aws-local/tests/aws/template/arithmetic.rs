//! Evaluation of alarms with an expression, as CloudWatch does it.
//!
//! A metric has a value in the periods in which it was written, and none in others. `FILL` gives those others a value, but
//! leaves a metric without any value as it is.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::template::template;

/// The hours in which a metric has a value.
type Series = BTreeMap<i64, f64>;

/// The hours that an alarm evaluates.
const LAST: [i64; 6] = [0, 1, 2, 3, 4, 5];

fn every_hour(value: f64) -> Series {
    LAST.map(|hour| (hour, value)).into()
}

struct Metrics<'a>(&'a [(&'a str, Series)]);

impl Metrics<'_> {
    fn evaluate(&self, expression: &str) -> Series {
        let expression = expression.trim();
        let inner = |name: &str, end: char| {
            let rest = expression.strip_prefix(name)?;
            rest.strip_suffix(end)
        };
        if let Some(list) = inner("SUM([", ')').and_then(|it| it.strip_suffix(']')) {
            return sum(divide(list, ',').into_iter().map(|it| self.evaluate(it)));
        }
        if let Some(arguments) = inner("FILL(", ')') {
            let [series, with] = divide(arguments, ',')[..] else {
                panic!("{expression}");
            };
            return fill(self.evaluate(series), with.trim().parse().unwrap());
        }
        if let [series, factor] = divide(expression, '*')[..] {
            let factor: f64 = factor.trim().parse().unwrap();
            let values = self.evaluate(series).into_iter();
            return values.map(|(hour, value)| (hour, value * factor)).collect();
        }
        let mut all = self.0.iter();
        let found = all.find(|(id, _)| *id == expression);
        let found = found.unwrap_or_else(|| panic!("no metric {expression}"));
        found.1.clone()
    }
}

fn fill(mut series: Series, with: f64) -> Series {
    if !series.is_empty() {
        for hour in LAST {
            series.entry(hour).or_insert(with);
        }
    }
    series
}

/// The parts of a text between separators that are in no brackets.
fn divide(text: &str, separator: char) -> Vec<&str> {
    let mut depth = 0;
    text.split(|c: char| {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            _ => {}
        }
        depth == 0 && c == separator
    })
    .collect()
}

/// A period has a sum if one of the series has a value in it.
fn sum(all: impl Iterator<Item = Series>) -> Series {
    let mut sums = Series::new();
    for (hour, value) in all.flatten() {
        *sums.entry(hour).or_default() += value;
    }
    sums
}

fn alarm(name: &str) -> Value {
    let template = template();
    let alarms = template.resources("AWS::CloudWatch::Alarm");
    let mut alarms = alarms
        .iter()
        .map(|(_, it)| template.resolve(&it["Properties"]).unwrap());
    let is_it = |it: &Value| it["AlarmName"] == format!("acme-{name}");
    alarms.find(is_it).unwrap()
}

/// Whether the alarm goes off at the end of the last hour.
fn goes_off(alarm: &Value, series: &[(&str, Series)]) -> bool {
    let expression = alarm["Metrics"][0]["Expression"].as_str().unwrap();
    breaches(alarm, &Metrics(series).evaluate(expression))
}

fn breaches(alarm: &Value, values: &Series) -> bool {
    assert_eq!(alarm["TreatMissingData"], "notBreaching");
    let threshold = alarm["Threshold"].as_f64().unwrap();
    let breaches = |value: &f64| match alarm["ComparisonOperator"].as_str().unwrap() {
        "LessThanThreshold" => *value < threshold,
        "GreaterThanThreshold" => *value > threshold,
        other => panic!("{other}"),
    };
    let periods = alarm["EvaluationPeriods"].as_u64().unwrap();
    let needed = alarm["DatapointsToAlarm"].as_u64().unwrap_or(periods);
    let looked_at = LAST.iter().rev().take(usize::try_from(periods).unwrap());
    let breaching = looked_at.filter(|hour| values.get(hour).is_some_and(breaches));
    breaching.count() >= usize::try_from(needed).unwrap()
}

#[test]
fn a_function_is_silent_after_six_hours_of_a_stack_without_a_run() {
    for name in ["usage-report-silent", "reconciler-silent"] {
        let alarm = alarm(name);
        let off =
            |runs: Series, exists: Series| goes_off(&alarm, &[("runs", runs), ("exists", exists)]);
        let (none, there) = (Series::new, || every_hour(3.0));
        assert!(off(none(), there()), "{name}: six hours without a run");
        assert!(!off(every_hour(1.0), there()), "{name}: it runs");
        assert!(!off([(2, 1.0)].into(), there()), "{name}: it ran once");
        assert!(!off(none(), [(5, 0.0)].into()), "{name}: the stack is new");
        assert!(!off(none(), none()), "{name}: there is no stack");
    }
}

#[test]
fn three_deliveries_with_wrong_signatures_in_an_hour_raise_an_alarm() {
    let alarm = alarm("door-signatures");
    let off = |mismatch: Series, absent: Series| {
        goes_off(&alarm, &[("mismatch", mismatch), ("absent", absent)])
    };
    let hour = |value: f64| Series::from([(5, value)]);
    // Each of the two has no value while none is refused for that reason.
    assert!(off(hour(3.0), Series::new()) && off(Series::new(), hour(3.0)));
    assert!(off(hour(2.0), hour(1.0)), "both reasons count");
    assert!(!off(hour(2.0), Series::new()) && !off(Series::new(), Series::new()));
    assert!(!off([(4, 9.0)].into(), hour(1.0)), "it was an hour ago");
}
