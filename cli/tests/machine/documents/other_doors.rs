//! The samples of the functions' other inputs: API Gateway and the queue.

use bridge::samples;
use bridge::trigger::apigw::{Encoding, invocation};
use bridge::trigger::sign_body;
use jiff::Timestamp;
use serde_json::Value;
use shared::model::ConnectionName;
use shared::model::signature::WebhookSecret;
use shared::queue::{DeduplicationId, GroupId, Message, Outgoing};

use crate::common::world::{Setup, World, play_with};
use crate::documents::root;

/// The files of a folder of `events/`, by name.
fn files(folder: &str) -> Vec<(String, Value)> {
    let folder = std::fs::read_dir(root().join("events").join(folder)).unwrap();
    let mut files: Vec<_> = folder
        .map(|file| {
            let file = file.unwrap();
            let text = std::fs::read_to_string(file.path()).unwrap();
            let name = file.file_name().into_string().unwrap();
            (name, serde_json::from_str(&text).unwrap())
        })
        .collect();
    files.sort_by(|(a, _), (b, _)| a.cmp(b));
    files
}

#[test]
fn every_folder_of_samples_is_known_here() {
    let entries = std::fs::read_dir(root().join("events")).unwrap();
    let mut names: Vec<_> = entries
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    // `webhook` is tested in main.rs, `retry` and `jobs` with the functions, `schedule` with the template that sends
    // it.
    let known = [
        "README.md",
        "apigw",
        "jobs",
        "queue",
        "retry",
        "schedule",
        "webhook",
    ];
    assert_eq!(names, known);
}

/// They are the output of an earlier `bridge trigger --as` with the secret `whsec_sample`. They serve as documentation,
/// and are too old for intake.
#[test]
fn the_apigw_samples_are_what_trigger_prints() {
    let secret = WebhookSecret::new("whsec_sample").unwrap();
    let then: Timestamp = "2026-06-12T10:00:05Z".parse().unwrap();
    let body = samples::find("contract.started").unwrap().body;
    let signed = sign_body(&secret, body.as_bytes().to_vec(), then);
    let printed = |encoding| invocation(&signed, &ConnectionName::default(), then, encoding);
    let expected = [
        ("contract.started-base64.json", Encoding::Base64),
        ("contract.started.json", Encoding::Text),
    ];
    let expected = expected.map(|(name, encoding)| (name.to_owned(), printed(encoding)));
    assert_eq!(files("apigw"), expected);
}

/// Members of the projects after a batch, and the number of its messages that became dead letters.
struct Case {
    file: &'static str,
    streets: &'static [&'static str],
    nights: &'static [&'static str],
    dead: u64,
}

const CASES: [Case; 4] = [
    Case {
        file: "duplicate.json",
        streets: &["usr_maria"],
        nights: &[],
        dead: 0,
    },
    Case {
        file: "good.json",
        streets: &["usr_maria"],
        nights: &["usr_maria"],
        dead: 0,
    },
    Case {
        file: "malformed.json",
        streets: &[],
        nights: &[],
        dead: 2,
    },
    Case {
        file: "mixed.json",
        streets: &["usr_maria"],
        nights: &[],
        dead: 1,
    },
];

#[test]
fn every_batch_has_a_case() {
    let files = files("queue");
    let names: Vec<_> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, CASES.map(|case| case.file));
}

/// The fields of a record of a FIFO queue, as Lambda passes them.
#[test]
fn every_record_has_the_form_that_lambda_gives_it() {
    for (name, batch) in files("queue") {
        for record in batch["Records"].as_array().unwrap() {
            let keys: Vec<_> = record
                .as_object()
                .unwrap()
                .keys()
                .map(String::as_str)
                .collect();
            let expected = "attributes awsRegion body eventSource eventSourceARN md5OfBody messageAttributes messageId receiptHandle";
            assert_eq!(keys.join(" "), expected, "{name}");
            let attributes = record["attributes"].as_object().unwrap();
            let keys: Vec<_> = attributes.keys().map(String::as_str).collect();
            let expected = "ApproximateFirstReceiveTimestamp ApproximateReceiveCount MessageDeduplicationId MessageGroupId SenderId SentTimestamp SequenceNumber";
            assert_eq!(keys.join(" "), expected, "{name}");
            if let Ok(message) = Message::decode(record["body"].as_str().unwrap()) {
                let sent = message.encode();
                assert_eq!(record["body"], sent.body, "{name}: as intake writes it");
                assert_eq!(attributes["MessageGroupId"], sent.group.as_str());
                let id = sent.deduplication.as_str();
                assert_eq!(attributes["MessageDeduplicationId"], id, "{name}");
            }
        }
    }
}

/// Puts a batch's messages into the queue. A message that a batch contains twice is not deduplicated.
async fn receive(w: &World, batch: &Value) {
    for record in batch["Records"].as_array().unwrap() {
        let group = record["attributes"]["MessageGroupId"].as_str().unwrap();
        let message = Outgoing {
            body: record["body"].as_str().unwrap().to_owned(),
            group: GroupId::from_stored(group),
            deduplication: DeduplicationId::of(&[record["messageId"].as_str().unwrap()]),
        };
        w.bridge.queue().send(message).await.unwrap();
    }
}

#[tokio::test]
async fn every_batch_does_what_it_says() {
    for ((_, batch), case) in files("queue").into_iter().zip(CASES) {
        let setup = Setup {
            dead: case.dead,
            ..Setup::default()
        };
        play_with(setup, async |w| {
            for project in ["street-scenes", "night-scenes"] {
                w.project(project);
            }
            receive(w, &batch).await;
            w.idle().await;
            assert_eq!(w.members("street-scenes"), case.streets, "{}", case.file);
            assert_eq!(w.members("night-scenes"), case.nights, "{}", case.file);
        })
        .await;
    }
}
