//! The event log, and its export as CSV.

use super::{Cvat, Floor, Kind};

/// An event of a user in a project.
#[derive(Clone, Debug)]
pub struct CvatEvent<'a> {
    /// Type of the event: `send:working_time`, `create:shapes` and others.
    pub scope: &'a str,
    /// Time in ClickHouse's format.
    pub timestamp: &'a str,
    /// The changed object.
    pub obj_name: &'a str,
    /// Its new value.
    pub obj_val: &'a str,
    /// Number of objects.
    pub count: Option<u64>,
    /// The job.
    pub job: u64,
    /// JSON.
    pub payload: &'a str,
    /// Duration in milliseconds, if there is one.
    pub duration: Option<u64>,
}

pub(crate) struct LogEntry {
    project: u64,
    timestamp: String,
    line: Vec<String>,
}

/// The columns, in the order of the table.
const COLUMNS: [&str; 20] = [
    "scope",
    "obj_name",
    "obj_id",
    "obj_val",
    "source",
    "timestamp",
    "count",
    "duration",
    "project_id",
    "task_id",
    "job_id",
    "user_id",
    "user_name",
    "user_email",
    "org_id",
    "org_slug",
    "payload",
    "access_token_id",
    "version",
    "request_id",
];

impl Cvat {
    /// Records an event of a user.
    pub fn record(&self, email: &str, project: u64, event: &CvatEvent<'_>) {
        self.floor(|floor| {
            let user = floor.user_by(email).unwrap_or_default();
            let name = floor
                .users
                .get(&user)
                .map_or("", |it| &it.username)
                .to_owned();
            let value = |column: &str| match column {
                "scope" => event.scope.to_owned(),
                "obj_name" => event.obj_name.to_owned(),
                "obj_val" => event.obj_val.to_owned(),
                "timestamp" => event.timestamp.to_owned(),
                "count" => event.count.map_or_else(String::new, |it| it.to_string()),
                "project_id" => project.to_string(),
                "job_id" => event.job.to_string(),
                "user_id" => user.to_string(),
                "user_name" => name.clone(),
                "user_email" => email.to_owned(),
                "payload" => event.payload.to_owned(),
                "duration" => event.duration.map_or_else(String::new, |it| it.to_string()),
                _ => String::new(),
            };
            let line = COLUMNS.map(value).to_vec();
            let timestamp = event.timestamp.to_owned();
            floor.log.push(LogEntry {
                project,
                timestamp,
                line,
            });
        });
    }
}

impl Floor {
    /// The file of an export.
    pub(crate) fn csv(&self, project: Option<u64>, from: &str, to: &str) -> String {
        // Both are midnights, so the days are sufficient.
        let day = |text: &str| text.get(..10).unwrap_or(text).to_owned();
        let asked = |it: &&LogEntry| {
            project.is_none_or(|own| it.project == own)
                && day(&it.timestamp) >= day(from)
                && day(&it.timestamp) <= day(to)
        };
        // For an empty result ClickHouse returns no columns either.
        if !self.log.iter().any(|it| asked(&it)) {
            return "\r\n".to_owned();
        }
        let mut csv = COLUMNS.join(",") + "\r\n";
        for entry in self.log.iter().filter(asked) {
            let fields: Vec<_> = entry.line.iter().map(|it| quoted(it)).collect();
            csv += &(fields.join(",") + "\r\n");
        }
        csv
    }

    pub(crate) fn has_project(&self, project: u64) -> bool {
        self.things.contains_key(&(Kind::Project, project))
    }
}

/// Quotes only where necessary, like Python's `csv`.
fn quoted(field: &str) -> String {
    match field.contains(['"', ',', '\n', '\r']) {
        true => format!("\"{}\"", field.replace('"', "\"\"")),
        false => field.to_owned(),
    }
}
