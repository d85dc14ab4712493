//! [`Call`]: the event of a scheduled function.

use serde_json::Value;

use crate::queue::{JobRecord, Record, RecordError};

/// An invocation of a scheduled function.
#[derive(Debug)]
pub enum Call {
    /// A run is due.
    Schedule,
    /// Jobs of a run to execute.
    Jobs(Vec<JobRecord>),
}

impl Call {
    /// Reads Lambda's event: a batch of a queue has records, and an event of a schedule has none.
    ///
    /// # Errors
    /// If a record is not a message of a queue.
    pub fn read(event: &Value) -> Result<Self, RecordError> {
        match event["Records"].as_array() {
            None => Ok(Self::Schedule),
            Some(records) => records
                .iter()
                .map(job)
                .collect::<Result<_, _>>()
                .map(Self::Jobs),
        }
    }
}

fn job(record: &Value) -> Result<JobRecord, RecordError> {
    let parts = Record {
        message_id: record["messageId"].as_str(),
        receipt_handle: record["receiptHandle"].as_str(),
        body: record["body"].as_str(),
        sent_at: None,
    };
    parts.job(|name| record["attributes"][name].as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ConnectionName;
    use crate::queue::{Job, JobKind};
    use crate::reconcile::ReconcileJob;

    fn read(text: &str) -> Result<Call, RecordError> {
        Call::read(&serde_json::from_str(text).unwrap())
    }

    fn records(text: &str) -> Vec<JobRecord> {
        let Ok(Call::Jobs(jobs)) = read(text) else {
            panic!("no jobs");
        };
        assert_eq!(jobs.len(), 1);
        jobs
    }

    #[test]
    fn the_samples_are_what_they_are() {
        let schedule = include_str!("../../../../../events/schedule/usage.json");
        assert!(matches!(read(schedule), Ok(Call::Schedule)));
        let jobs = include_str!("../../../../../events/jobs/usage.json");
        assert_eq!(records(jobs)[0].receive_count, 1);
        let jobs = include_str!("../../../../../events/jobs/reconcile.json");
        let job = Job::decode(JobKind::Reconcile, &records(jobs)[0].text);
        let job: ReconcileJob = job.unwrap();
        assert_eq!(job.connection, Some(ConnectionName::default()));
    }

    #[test]
    fn a_record_that_lacks_something_is_an_error() {
        let bare = r#"{"Records":[{"messageId":"m1","body":"{}","attributes":{}}]}"#;
        assert!(matches!(read(bare), Err(RecordError::Missing(_))));
    }
}
