//! The health checks. Each answer is computed at most once a second, however often it is requested.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::Response;
use serde_json::{Map, Value, json};
use shared::connection::Connections;
use shared::http::{BaseUrl, observed};
use shared::queue::Queue;
use shared::sqlite::Database;
use tokio::sync::Mutex;

use super::answer::answer;

/// Time for which an answer is reused.
const SHARED_FOR: Duration = Duration::from_secs(1);

/// Time for the database to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the status of each answer depends on.
const HEALTHZ_CHECKS: [&str; 2] = ["the database can be written", "the queue can be read"];
const READYZ_CHECKS: [&str; 2] = [
    "the database can be written",
    "a connection has a webhook secret",
];

/// State of the bridge and its dependencies.
pub(in crate::server) struct Health {
    database: Database,
    queue: Arc<dyn Queue>,
    connections: Connections,
    services: Vec<(&'static str, BaseUrl)>,
    healthz: Latest,
    readyz: Latest,
}

type Latest = Mutex<Option<(Instant, Answer)>>;

#[derive(Clone)]
pub(super) struct Answer {
    status: u16,
    body: Value,
}

impl Answer {
    pub(super) fn response(&self) -> Response<String> {
        answer(self.status, &self.body)
    }

    pub(super) fn is_good(&self) -> bool {
        self.status == 200
    }
}

impl Health {
    /// `/readyz` shows the state of `services` under these names.
    pub(in crate::server) fn new(
        database: Database,
        queue: Arc<dyn Queue>,
        connections: Connections,
        services: Vec<(&'static str, BaseUrl)>,
    ) -> Self {
        Self {
            database,
            queue,
            connections,
            services,
            healthz: Latest::default(),
            readyz: Latest::default(),
        }
    }

    /// 200 with the queue's depth while the database can be read and written, otherwise 503 with the reason.
    pub(super) async fn healthz(&self) -> Answer {
        latest(&self.healthz, self.fails(), async {
            let depth = async {
                self.writable().await?;
                let depth = self.queue.depth().await;
                depth.map_err(|error| format!("the queue can't be read: {error}"))
            };
            match in_time(depth).await {
                Ok(queue) => Answer {
                    status: 200,
                    body: json!({ "status": "ok", "checks": HEALTHZ_CHECKS, "queue": queue }),
                },
                Err(reason) => {
                    tracing::error!(%reason, "the health check fails");
                    Answer {
                        status: 503,
                        body: json!({ "status": "failing", "checks": HEALTHZ_CHECKS, "error": reason }),
                    }
                }
            }
        })
        .await
    }

    /// 200 while deliveries can be verified and stored, otherwise 503 with the reasons. Shows the state of other
    /// services, which does not affect the status: deliveries are stored while they are down. An unreadable connection
    /// is a note, because the others are served.
    pub(super) async fn readyz(&self) -> Answer {
        latest(&self.readyz, self.fails(), async {
            let (verifiable, notes) = self.verifiable().await;
            let reasons = [in_time(self.writable()).await, verifiable];
            let reasons: Vec<_> = reasons.into_iter().filter_map(Result::err).collect();
            let (status, word) = match reasons.is_empty() {
                true => (200, "ready"),
                false => (503, "not-ready"),
            };
            let mut body = json!({
                "status": word,
                "checks": READYZ_CHECKS,
                "services": self.services(),
            });
            if !reasons.is_empty() {
                body["errors"] = reasons.into();
            }
            if !notes.is_empty() {
                body["notes"] = notes.into();
            }
            Answer { status, body }
        })
        .await
    }

    fn fails(&self) -> bool {
        self.database.last_failure().is_some()
    }

    /// Succeeds if the last write did. Otherwise tries a new write, because without traffic nothing else shows that
    /// there is disk space again.
    async fn writable(&self) -> Result<(), String> {
        match self.database.failure().await {
            None => Ok(()),
            Some(error) => Err(format!(
                "the database can't be written: {error}; check the disk's space and health"
            )),
        }
    }

    /// Whether there is a secret for verifying deliveries, and the unreadable connections. While the store fails,
    /// deliveries are verified with the data that was read before.
    async fn verifiable(&self) -> (Result<(), String>, Vec<String>) {
        let (all, faults) = match self.connections.list().await {
            Ok(listed) => (listed.connections, listed.faults),
            Err(error) => (self.connections.remembered(), vec![error.to_string()]),
        };
        let faults: Vec<_> = faults
            .iter()
            .map(|it| format!("connections can't be read: {it}"))
            .collect();
        if all.iter().any(|it| !it.secrets.is_empty()) {
            return (Ok(()), faults);
        }
        let reason = match faults.is_empty() {
            true => "no connection has a webhook secret: run `bridge subscribe`".to_owned(),
            false => faults.join("; "),
        };
        (Err(reason), Vec::new())
    }

    fn services(&self) -> Value {
        let states = self.services.iter().map(|(name, base)| {
            let state = observed(base).map_or_else(
                || json!({ "state": "not called yet" }),
                |seen| {
                    let state = match seen.status {
                        Some(401 | 403) => "refuses the token",
                        Some(429 | 500..) => "fails",
                        Some(_) => "answers",
                        None => "does not answer",
                    };
                    let mut shown = json!(seen);
                    shown["state"] = state.into();
                    if seen.clocks_differ() {
                        shown["clock"] = "its clock and this machine's differ by more than 60 s: correct the one that is wrong".into();
                    }
                    shown
                },
            );
            ((*name).to_owned(), state)
        });
        Value::Object(Map::from_iter(states))
    }
}

async fn in_time<T>(look: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    let seen = tokio::time::timeout(PATIENCE, look).await;
    let late = || {
        format!(
            "the database did not answer within {} s",
            PATIENCE.as_secs()
        )
    };
    seen.unwrap_or_else(|_| Err(late()))
}

/// The latest answer, or a new one if that is over a second old or was good before writes began to fail. Concurrent
/// requests wait for it.
async fn latest(latest: &Latest, fails: bool, look: impl Future<Output = Answer>) -> Answer {
    let mut latest = latest.lock().await;
    if let Some((at, answer)) = &*latest
        && at.elapsed() < SHARED_FOR
        && !(fails && answer.status == 200)
    {
        return answer.clone();
    }
    let answer = look.await;
    *latest = Some((Instant::now(), answer.clone()));
    answer
}
