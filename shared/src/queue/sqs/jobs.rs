//! [`SqsJobs`]: a standard queue of jobs.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_sqs::Client;

use super::batch::{Entry, send_batches};
use super::limits::delay_seconds;
use super::place::{JOBS, Place};
use crate::aws::Clients;
use crate::queue::{Job, JobRecord, Jobs, LONGEST_DELAY, QueueError};

/// The queue that the workers of one kind of job receive from.
#[derive(Clone)]
pub struct SqsJobs {
    client: Client,
    place: Place,
}

impl SqsJobs {
    /// The queue at this address; makes no call.
    pub fn new(clients: &Clients, url: &str) -> Self {
        Self {
            client: clients.sqs.clone(),
            place: Place::new(url, JOBS),
        }
    }
}

#[async_trait]
impl Jobs for SqsJobs {
    async fn send_jobs(&self, jobs: Vec<Job>) -> Result<(), QueueError> {
        let entries = jobs.iter().map(|job| Entry {
            body: job.encode(),
            group: None,
        });
        send_batches(&self.client, &self.place, entries.collect()).await
    }

    async fn send_job_later(&self, job: Job, delay: Duration) -> Result<(), QueueError> {
        let sent = self
            .client
            .send_message()
            .queue_url(&self.place.url)
            .message_body(job.encode())
            .delay_seconds(delay_seconds(delay.min(LONGEST_DELAY)))
            .send()
            .await;
        sent.map(drop)
            .map_err(|error| self.place.fault("sqs:SendMessage", &error).into())
    }

    async fn finish(&self, job: &JobRecord) -> Result<(), QueueError> {
        let deleted = self
            .client
            .delete_message()
            .queue_url(&self.place.url)
            .receipt_handle(&job.handle.0)
            .send()
            .await;
        deleted
            .map(drop)
            .map_err(|error| self.place.fault("sqs:DeleteMessage", &error).into())
    }
}
