//! Exports the event log: requests the file, waits for it, and reads it as it arrives.

use std::time::Duration;

use reqwest::header::ACCEPT;
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use url::Url;

use super::csv::Csv;
use crate::cvat::Cvat;
use crate::cvat::call::{MEDIA_TYPE, body};
use crate::outcome::{Allowance, no_answer, operator, unreadable};
use shared::http::Fault;
use shared::model::ids::ProjectId;
use shared::model::json::{UnreadableElement, UnreadableElements};
use shared::model::plain;
use shared::tool::ToolError;

/// Maximum time for CVAT to write the file.
const PATIENCE: Duration = Duration::from_secs(120);

/// Period of the requests for the file's state.
const ASK_EVERY: Duration = Duration::from_millis(500);

/// Time limit of reading the file.
const DOWNLOAD: Duration = Duration::from_secs(300);

/// Maximum number of bytes that are read. A few days of a busy project are a hundredth of it.
const MAX_BYTES: u64 = 1024 * 1024 * 1024;

/// The used columns, in the order of [`Record`]. The last one is not in every version's log.
const COLUMNS: [&str; 9] = [
    "scope",
    "timestamp",
    "obj_name",
    "obj_val",
    "count",
    "job_id",
    "user_id",
    "payload",
    "duration",
];

/// Number of required columns.
const NEEDED: usize = 8;

/// An event. Missing fields are empty.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record<'a> {
    pub(super) scope: &'a str,
    pub(super) timestamp: &'a str,
    pub(super) obj_name: &'a str,
    pub(super) obj_val: &'a str,
    pub(super) count: &'a str,
    pub(super) job_id: &'a str,
    pub(super) user_id: &'a str,
    pub(super) payload: &'a str,
    pub(super) duration: &'a str,
}

#[derive(Deserialize)]
struct Asked {
    rq_id: String,
}

#[derive(Deserialize)]
struct Request {
    status: String,
    #[serde(default)]
    result_url: Option<String>,
}

impl Cvat {
    /// Passes every event of the project between two times to `take`. Returns the unreadable events.
    pub(super) async fn export(
        &self,
        project: &ProjectId,
        (from, to): (&str, &str),
        most_bytes: u64,
        take: impl FnMut(&Record<'_>) -> Result<(), Odd> + Send,
    ) -> Result<UnreadableElements, ToolError> {
        let organization = self.organization_id().await?.to_string();
        let query = [
            ("org_id", organization.as_str()),
            ("project_id", project.as_str()),
            ("from", from),
            ("to", to),
        ];
        self.export_where(&query, most_bytes, take).await
    }

    /// Checks that the events of a query can be exported.
    pub(in crate::cvat) async fn try_export(
        &self,
        query: &[(&str, &str)],
    ) -> Result<(), ToolError> {
        let read = self.export_where(query, MAX_BYTES, |_| Ok(()));
        read.await.map(drop)
    }

    async fn export_where(
        &self,
        query: &[(&str, &str)],
        most_bytes: u64,
        take: impl FnMut(&Record<'_>) -> Result<(), Odd> + Send,
    ) -> Result<UnreadableElements, ToolError> {
        let answer = self
            .call(Method::POST, &["events", "export"], query, None)
            .await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Err(operator(
                "this CVAT has no event log to export: start it with its analytics (Vector and ClickHouse), or look \
                 whether its edition has them",
            ));
        }
        if !answer.status.is_success() {
            return Err(self.refused(&answer, &[]));
        }
        let asked: Asked = body(&answer)?;
        let waited = tokio::time::timeout(PATIENCE, self.result(&asked.rq_id)).await;
        let result = waited.unwrap_or_else(|_| {
            Err(ToolError::Transient {
                reason: "CVAT did not export its event log within two minutes".to_owned(),
                after: None,
            })
        })?;
        self.download(result, most_bytes.min(MAX_BYTES), take).await
    }

    /// Waits until the file is ready, and returns its URL.
    async fn result(&self, id: &str) -> Result<Url, ToolError> {
        loop {
            let found = self.get(&["requests", id], &[]).await?;
            let found: Request = found.ok_or_else(|| unreadable("it forgot the export"))?;
            match (found.status.as_str(), found.result_url) {
                ("finished", Some(url)) => return self.own(&url),
                ("finished" | "failed", _) => {
                    return Err(ToolError::Transient {
                        reason: "CVAT could not export its event log: check that its analytics (Vector and ClickHouse) run"
                            .to_owned(),
                        after: None,
                    });
                }
                _ => tokio::time::sleep(ASK_EVERY).await,
            }
        }
    }

    /// The result's path and query at our own base URL: the token is sent to no other host, and behind a proxy CVAT may
    /// write http in place of https.
    fn own(&self, result: &str) -> Result<Url, ToolError> {
        let mut own = self
            .http
            .url(&[])
            .map_err(|_| unreadable("it has no address"))?;
        let told = own
            .join(result)
            .map_err(|_| unreadable("the result's address can't be used"))?;
        if told.host() != own.host() {
            return Err(operator(
                "CVAT's event log is on another host, and our token is not sent to other hosts: set TOOL_BASE_URL \
                to the host that CVAT itself uses (CVAT_HOST)",
            ));
        }
        own.set_path(told.path());
        own.set_query(told.query());
        Ok(own)
    }

    async fn download(
        &self,
        from: Url,
        most_bytes: u64,
        mut take: impl FnMut(&Record<'_>) -> Result<(), Odd> + Send,
    ) -> Result<UnreadableElements, ToolError> {
        let request = self.http.request(Method::GET, from).timeout(DOWNLOAD);
        // CVAT accepts only its own media type here: it answers `application/json` with 406. The file is CSV.
        let request = request.header(ACCEPT, MEDIA_TYPE);
        let mut response = self.http.open(request).await.map_err(no_answer)?;
        if response.status() != StatusCode::OK {
            let status = response.status();
            return Err(self.denied(status).unwrap_or_else(|| {
                unreadable(format!("the event log is answered with {status}"))
            }));
        }
        let (mut csv, mut reading) = (Csv::default(), Reading::default());
        let mut allowance = Allowance::of(most_bytes);
        while let Some(piece) = response
            .chunk()
            .await
            .map_err(|it| no_answer(Fault::from(it)))?
        {
            allowance.take(piece.len() as u64)?;
            csv.push(&piece, &mut |line| reading.line(&line, &mut take));
            if let Some(fault) = reading.fault {
                return Err(unreadable(format!("in the event log {fault}")));
            }
        }
        match csv.is_whole() && (reading.columns.is_some() || reading.is_blank) {
            true => Ok(reading.unreadable),
            false => Err(unreadable("the event log is cut off")),
        }
    }
}

/// Positions of the columns, and the faults of events.
#[derive(Default)]
struct Reading {
    columns: Option<[Option<usize>; COLUMNS.len()]>,
    /// Whether the first line is empty. Without events, CVAT gets no columns from ClickHouse.
    is_blank: bool,
    /// Number of events that were read.
    events: usize,
    unreadable: UnreadableElements,
    fault: Option<&'static str>,
}

/// Reason why an event was not counted.
#[derive(Debug)]
pub(super) enum Odd {
    /// The event can't be read; the others count.
    Event(&'static str),
    /// The whole log is invalid.
    Log(&'static str),
}

impl Reading {
    fn line(&mut self, line: &[Vec<u8>], take: &mut impl FnMut(&Record<'_>) -> Result<(), Odd>) {
        if self.fault.is_some() {
            return;
        }
        let Some(columns) = self.columns else {
            self.columns = columns(line);
            let is_empty = line.iter().all(Vec::is_empty);
            let is_missing = self.columns.is_none() && (self.is_blank || !is_empty);
            self.fault = is_missing.then_some("a column is missing");
            self.is_blank = is_empty;
            return;
        };
        let field = |at: usize| {
            let bytes = columns[at].and_then(|at| line.get(at));
            let bytes = bytes.map_or(&[][..], Vec::as_slice);
            // A field that was cut within a character is too long to be one that matters.
            let text = std::str::from_utf8(bytes).unwrap_or_default();
            if text == "None" { "" } else { text }
        };
        let record = Record {
            scope: field(0),
            timestamp: field(1),
            obj_name: field(2),
            obj_val: field(3),
            count: field(4),
            job_id: field(5),
            user_id: field(6),
            payload: field(7),
            duration: field(8),
        };
        self.events += 1;
        match take(&record) {
            Ok(()) => {}
            Err(Odd::Log(fault)) => self.fault = Some(fault),
            Err(Odd::Event(reason)) => self.unreadable.add(UnreadableElement::of(
                plain(
                    &format!("event {} of user {}", self.events, record.user_id),
                    &[],
                ),
                reason,
            )),
        }
    }
}

fn columns(head: &[Vec<u8>]) -> Option<[Option<usize>; COLUMNS.len()]> {
    let place = |name: &str| head.iter().position(|own| own == name.as_bytes());
    let columns = COLUMNS.map(place);
    let needed = columns.iter().take(NEEDED);
    needed.copied().all(|it| it.is_some()).then_some(columns)
}
