//! Queues of jobs.

use aws_local::Fault;
use shared::aws::Clients;
use shared::queue::{Job, JobKind, Jobs, QueueError, Record, SqsJobs};

use crate::stores::{assert_tells, emulator, fresh};

async fn queue(clients: &Clients) -> (SqsJobs, String) {
    let made = clients.sqs.create_queue().queue_name(fresh("jobs"));
    let url = made.send().await.unwrap().queue_url.unwrap();
    (SqsJobs::new(clients, &url), url)
}

fn jobs(count: usize) -> Vec<Job> {
    let job = |number| Job::new(JobKind::Usage, &format!("{number} {}", "x".repeat(90_000)));
    (0..count).map(job).collect()
}

/// More jobs than fit into one request, by number and by size. Each is received unchanged.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn all_jobs_of_a_run_are_stored() {
    let (_emulator, clients) = emulator();
    let (queue, url) = queue(&clients).await;
    queue.send_jobs(jobs(25)).await.unwrap();
    queue.send_jobs(Vec::new()).await.unwrap();
    let mut found = Vec::new();
    while found.len() < 25 {
        let receive = clients.sqs.receive_message().queue_url(&url);
        let receive = receive.max_number_of_messages(10).send().await.unwrap();
        for message in receive.messages.unwrap() {
            let record = Record {
                message_id: message.message_id(),
                receipt_handle: message.receipt_handle(),
                body: message.body(),
                sent_at: None,
            };
            let record = record.job(|_| Some("1")).unwrap();
            assert_eq!(Some(record.message_id.as_str()), message.message_id());
            let payload: String = Job::decode(JobKind::Usage, &record.text).unwrap();
            let (number, _) = payload.split_once(' ').unwrap();
            found.push(number.parse::<usize>().unwrap());
        }
    }
    found.sort_unstable();
    assert!(found.into_iter().eq(0..25));
}

/// The error has their positions. The run fails and is planned again.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn jobs_that_are_not_stored_are_named() {
    let (emulator, clients) = emulator();
    let (queue, _) = queue(&clients).await;
    let busy = Fault::partial("AmazonSQS.SendMessageBatch", 1);
    emulator.fail(&[busy]).await.unwrap();
    let error = queue.send_jobs(jobs(3)).await.unwrap_err();
    assert!(matches!(error, QueueError::Unsent { ref failed, of: 3, .. } if *failed == [0]));
    let denial = Fault::denial("AmazonSQS.SendMessageBatch");
    emulator.fail(&[denial]).await.unwrap();
    let text = queue.send_jobs(jobs(2)).await.unwrap_err().to_string();
    assert_tells(&text, &["2 of 2", "does not allow sqs:SendMessage"]);
    drop(emulator);
    let text = queue.send_jobs(jobs(1)).await.unwrap_err().to_string();
    assert_tells(&text, &["1 of 1", "can't be reached"]);
}
