//! CVAT's event log.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use http::{Request, Response, header};
use serde_json::Value;
use shared::http::{Fault, Transport, carried_by};
use shared::model::ids::ProjectId;
use shared::tool::Ask;

use crate::run::on;
use crate::tool::{Kind, fit_the_days, make, window};

/// The longest day, in milliseconds.
const DAY: i64 = 86_400_000;

/// Totals never exceed the sum that another, plain reader of the log computes, and belong to users of the log.
pub(crate) fn cvat_log(input: &[u8]) -> bool {
    let tool = make(Kind::Cvat, false).expect("the adapter is made");
    let wire = Arc::new(Log(input.to_vec()));
    let (project, ask) = (ProjectId::from("5"), Ask::of(window()));
    let totals = on(carried_by(wire, tool.totals(&project, &ask)));
    let Ok(Some(totals)) = totals else {
        return false;
    };
    fit_the_days(Kind::Cvat, &totals);
    let Some(rows) = rows(input) else {
        return true;
    };
    assert!(totals.days.unreadable().len() <= rows.len());
    let days = totals.days.readable();
    let seconds: i64 = days.iter().filter_map(|it| it.total_seconds).sum();
    let most: i64 = rows.iter().map(most_milliseconds).sum();
    assert!(seconds * 1_000 <= most, "{seconds} s of {most} ms");
    let tasks: i64 = days.iter().filter_map(|it| it.tasks_completed).sum();
    let completed = rows.iter().filter(|it| of(it, "obj_val") == "completed");
    assert!(usize::try_from(tasks).is_ok_and(|it| it <= completed.count()));
    let users: BTreeSet<_> = rows.iter().map(|it| of(it, "user_id")).collect();
    let workers: BTreeSet<_> = days.iter().map(|it| &it.worker).collect();
    assert!(workers.len() <= users.len(), "{workers:?} of {users:?}");
    true
}

type Row = BTreeMap<String, String>;

fn of<'a>(row: &'a Row, name: &str) -> &'a str {
    row.get(name).map_or("", String::as_str)
}

/// Most milliseconds that an event can add; a day if its numbers are invalid.
fn most_milliseconds(row: &Row) -> i64 {
    if of(row, "scope") != "send:working_time" {
        return 0;
    }
    let payload: Option<Value> = serde_json::from_str(of(row, "payload")).ok();
    let payload = payload.and_then(|it| it.get("working_time")?.as_f64());
    let column: Option<f64> = of(row, "duration").trim().parse().ok();
    let told = column.filter(|it| *it > 0.0).or(payload);
    #[allow(clippy::cast_possible_truncation, reason = "it is within a day")]
    told.filter(|it| it.is_finite())
        .map_or(DAY, |it| it.clamp(0.0, 86_400_000.0).ceil() as i64)
}

/// The file's rows by column name; `None` if text follows a closing quote, which no writer makes.
fn rows(file: &[u8]) -> Option<Vec<Row>> {
    let text = String::from_utf8_lossy(file);
    let (mut table, mut line, mut field) = (Vec::new(), Vec::new(), String::new());
    let (mut is_quoted, mut was_quoted) = (false, false);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if is_quoted && letters.next_if_eq(&'"').is_some() => field.push('"'),
            '"' if is_quoted => (is_quoted, was_quoted) = (false, true),
            letter if is_quoted => field.push(letter),
            '\r' => {}
            ',' | '\n' => {
                line.push(std::mem::take(&mut field));
                was_quoted = false;
                if letter == '\n' {
                    table.push(std::mem::take(&mut line));
                }
            }
            _ if was_quoted => return None,
            '"' if field.is_empty() => is_quoted = true,
            letter => field.push(letter),
        }
    }
    let mut table = table.into_iter();
    let head: Vec<String> = table.next()?;
    let row = |fields: Vec<String>| {
        let mut row = Row::new();
        for (name, value) in head.iter().zip(fields) {
            row.entry(name.clone()).or_insert(value);
        }
        row
    };
    Some(table.map(row).collect())
}

/// A CVAT whose event log is this file.
struct Log(Vec<u8>);

#[async_trait]
impl Transport for Log {
    async fn carry(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Fault> {
        let json = "application/json";
        let (kind, body) = match request.uri().path() {
            "/api/organizations" => (
                json,
                br#"{"next":null,"results":[{"id":1,"slug":"acme"}]}"#.to_vec(),
            ),
            "/api/projects/5" => (json, br#"{"id":5,"name":"p","organization":1}"#.to_vec()),
            "/api/events/export" => (json, br#"{"rq_id":"r"}"#.to_vec()),
            "/api/requests/r" => (
                json,
                br#"{"status":"finished","result_url":"http://127.0.0.1:1/log"}"#.to_vec(),
            ),
            "/log" => ("text/csv", self.0.clone()),
            path => panic!("{path} is not known"),
        };
        let mut response = Response::new(body);
        let kind = header::HeaderValue::from_static(kind);
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        Ok(response)
    }
}
