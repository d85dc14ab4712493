//! Jobs: the parts of a scheduled run that workers of a stack carry out side by side.
//!
//! A schedule plans a run and sends its jobs; a standard queue delivers them to workers. A job may be delivered more
//! than once and in any order. So a usage job takes a lease, and a reconcile job does nothing if its connection has
//! been reconciled since. A lost job is planned again by the next run. On one machine a run carries out its jobs by
//! itself, and there is no queue of them.

use std::time::Duration;

use async_trait::async_trait;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Handle, QueueError, Undecodable};

/// The version of the form that jobs are written in.
const VERSION: u32 = 1;

/// Kind of run that a job is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum JobKind {
    /// A usage report.
    Usage,
    /// A reconcile.
    Reconcile,
}

/// A part of a scheduled run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Kind of run that it is part of.
    pub kind: JobKind,
    payload: Value,
}

/// Why a job can't be carried out by this version.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// It can't be read.
    #[error(transparent)]
    Undecodable(#[from] Undecodable),
    /// It belongs to another function.
    #[error(
        "it is a job of kind {found:?}, and this function takes those of kind {own:?}: check which queue it is mapped to"
    )]
    Foreign {
        /// The job's kind.
        found: JobKind,
        /// The function's.
        own: JobKind,
    },
}

/// Queue for the jobs of a run.
#[async_trait]
pub trait Jobs: Send + Sync {
    /// Stores all of these jobs for good.
    ///
    /// # Errors
    /// [`QueueError::Unsent`] names those that were not stored; after any other error, none is known to be.
    async fn send_jobs(&self, jobs: Vec<Job>) -> Result<(), QueueError>;

    /// Stores a job for good. Workers receive it after `delay`, which is at most
    /// [`LONGEST_DELAY`](super::LONGEST_DELAY).
    async fn send_job_later(&self, job: Job, delay: Duration) -> Result<(), QueueError>;

    /// Deletes a job from the queue: it was carried out, or the next run plans again what it left.
    async fn finish(&self, job: &JobRecord) -> Result<(), QueueError>;
}

/// Sends a run's jobs to its workers. Returns the function's answer.
///
/// # Errors
/// Not all jobs were stored.
pub async fn hand_out<T: Serialize>(
    workers: &dyn Jobs,
    kind: JobKind,
    jobs: &[T],
) -> Result<Value, String> {
    let sent = jobs.iter().map(|job| Job::new(kind, job));
    let sent = workers.send_jobs(sent.collect()).await;
    sent.map_err(|error| format!("not all jobs of the run could be sent: {error}"))?;
    tracing::info!(jobs = jobs.len(), "the run was split into jobs");
    Ok(json!({ "jobs": jobs.len() }))
}

/// Carries out received jobs and returns the function's answer. The next run plans again what a job leaves undone, so
/// that job is not redelivered. A job that ends the process is redelivered, and becomes a dead letter.
///
/// # Errors
/// Work that the jobs have not done.
pub async fn carry_out<T: DeserializeOwned>(
    workers: &dyn Jobs,
    kind: JobKind,
    records: &[JobRecord],
    work: impl AsyncFn(&T) -> Result<Value, String>,
) -> Result<Value, String> {
    let mut left = Vec::new();
    for record in records {
        match Job::decode(kind, &record.text) {
            Ok(job) => left.extend(work(&job).await.err()),
            Err(error) => {
                left.push(format!("the job {} is left: {error}", record.message_id));
                continue;
            }
        }
        if let Err(error) = workers.finish(record).await {
            tracing::warn!(message.id = %record.message_id, %error, "a job could not be deleted and will be redelivered");
        }
    }
    match left.is_empty() {
        true => Ok(json!({ "batchItemFailures": [] })),
        false => Err(left.join("; ")),
    }
}

/// A received message of a queue of jobs.
#[derive(Debug, Clone)]
pub struct JobRecord {
    /// The queue's id of the message.
    pub message_id: String,
    /// Identifies this receive.
    pub handle: Handle,
    /// The text of the job.
    pub text: String,
    /// Receive count, including this receive.
    pub receive_count: u32,
}

impl Job {
    /// A job with the payload for its worker.
    pub fn new(kind: JobKind, payload: &impl Serialize) -> Self {
        #[allow(
            clippy::expect_used,
            reason = "ids, dates and lists of them always serialise"
        )]
        let payload = serde_json::to_value(payload).expect("a job serialises");
        Self { kind, payload }
    }

    /// The text of its message.
    pub fn encode(&self) -> String {
        #[allow(clippy::expect_used, reason = "JSON values always serialise")]
        serde_json::to_string(&Versioned {
            v: VERSION,
            job: self,
        })
        .expect("a job serialises")
    }

    /// The payload for a worker of this kind, from a message's text.
    ///
    /// # Errors
    /// A text that this version can't read, or a job of another kind.
    pub fn decode<T: DeserializeOwned>(kind: JobKind, text: &str) -> Result<T, JobError> {
        #[derive(Deserialize)]
        struct Version {
            v: u32,
        }
        let Version { v } = serde_json::from_str(text).map_err(Undecodable::from)?;
        if v != VERSION {
            return Err(Undecodable::of_version(v, VERSION).into());
        }
        let Versioned { job, .. } =
            serde_json::from_str::<Versioned<Self>>(text).map_err(Undecodable::from)?;
        if job.kind != kind {
            let (found, own) = (job.kind, kind);
            return Err(JobError::Foreign { found, own });
        }
        Ok(serde_json::from_value(job.payload).map_err(Undecodable::from)?)
    }
}

#[derive(Serialize, Deserialize)]
struct Versioned<T> {
    v: u32,
    #[serde(flatten)]
    job: T,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_read_as_it_was_sent() {
        let job = Job::new(JobKind::Usage, &vec!["plink_1", "plink_2"]);
        let text = job.encode();
        assert_eq!(
            text,
            r#"{"v":1,"kind":"usage","payload":["plink_1","plink_2"]}"#
        );
        let read: Vec<String> = Job::decode(JobKind::Usage, &text).unwrap();
        assert_eq!(read, ["plink_1", "plink_2"]);
    }

    /// The error does not quote the text.
    #[test]
    fn what_is_no_job_of_ours_says_why() {
        let cases = [
            ("canary", "not JSON"),
            (r#"{"v":2,"canary":1}"#, "version 2, not 1"),
            (r#"{"v":1,"kind":"canary"}"#, "not a message"),
            (
                r#"{"v":1,"kind":"reconcile","payload":["canary"]}"#,
                "kind Reconcile",
            ),
            (
                r#"{"v":1,"kind":"usage","payload":{"canary":1}}"#,
                "not a message",
            ),
        ];
        for (text, why) in cases {
            let read = Job::decode::<Vec<String>>(JobKind::Usage, text);
            let told = read.unwrap_err().to_string();
            assert!(told.contains(why) && !told.contains("canary"), "{told}");
        }
    }
}
