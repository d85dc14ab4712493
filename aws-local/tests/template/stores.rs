//! The queues, the table and the secrets.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::time::Duration;

use serde_json::{Value, json};
use shared::clock::{Clock, SystemClock};
use shared::connection::{ConnectionName, FileStore};
use shared::delivery::{Event, MAX_BODY};
use shared::queue::{EventMessage, Limits, Message};

use crate::{samples, template};

const FOURTEEN_DAYS: &str = "1209600";

#[test]
fn names_derive_from_the_stack() {
    let template = template();
    assert_eq!(template.queue().unwrap().name, "acme.fifo");
    let dead = template.dead_letter_queue().unwrap();
    assert_eq!(dead.name, "acme-dead-letters.fifo");
    assert_eq!(template.table().unwrap().name, "acme");
    let connections = template.connections_secret().unwrap();
    assert_eq!(connections.name, "acme/connections");
    let settings = template.property("SettingsSecret", "Name").unwrap();
    assert_eq!(template.text(settings).unwrap(), "acme/settings");
}

/// A visibility that ends before the function does shows the message to a second one.
#[test]
fn a_message_is_hidden_for_six_times_as_long_as_a_call_may_take() {
    let template = template();
    let visibility = &template.queue().unwrap().attributes["VisibilityTimeout"];
    let visibility = Duration::from_secs(visibility.parse().unwrap());
    assert!(visibility >= 6 * template.function("provisioner").unwrap().timeout);
}

#[test]
fn a_queue_is_fifo_and_its_name_says_so() {
    let template = template();
    for queue in [
        template.queue().unwrap(),
        template.dead_letter_queue().unwrap(),
    ] {
        assert!(queue.name.ends_with(".fifo"), "{}", queue.name);
        for (attribute, value) in [
            ("FifoQueue", "true"),
            ("DeduplicationScope", "messageGroup"),
            ("FifoThroughputLimit", "perMessageGroupId"),
            ("ContentBasedDeduplication", "false"),
            ("SqsManagedSseEnabled", "true"),
            ("MessageRetentionPeriod", FOURTEEN_DAYS),
        ] {
            assert_eq!(
                queue.attributes[attribute], value,
                "{}: {attribute}",
                queue.name
            );
        }
    }
}

#[test]
fn messages_are_given_up_as_the_code_expects_and_nobody_elses_are_taken() {
    let template = template();
    let redrive = &template.queue().unwrap().attributes["RedrivePolicy"];
    let redrive: Value = serde_json::from_str(redrive).unwrap();
    let limit = Limits::default().max_receives;
    assert!(limit >= 5, "Lambda asks for five or more");
    let dead = "arn:aws:sqs:us-east-1:123456789012:acme-dead-letters.fifo";
    assert_eq!(
        redrive,
        json!({ "deadLetterTargetArn": dead, "maxReceiveCount": limit })
    );
    let allow = &template.dead_letter_queue().unwrap().attributes["RedriveAllowPolicy"];
    let allow: Value = serde_json::from_str(allow).unwrap();
    let own = "arn:aws:sqs:us-east-1:123456789012:acme.fifo";
    assert_eq!(
        allow,
        json!({ "redrivePermission": "byQueue", "sourceQueueArns": [own] })
    );
}

/// What the door takes goes into a message whole, beside what the door knows of it. JSON writes a quote as
/// two characters. What SQS would take by default is as large as the body alone.
#[test]
fn the_largest_body_that_is_taken_in_fits_into_a_message() {
    let template = template();
    for queue in [
        template.queue().unwrap(),
        template.dead_letter_queue().unwrap(),
    ] {
        let most: usize = queue.attributes["MaximumMessageSize"].parse().unwrap();
        assert!(most >= 2 * MAX_BODY, "{}: {most}", queue.name);
        assert!(most <= 1024 * 1024, "SQS takes no more: {}", queue.name);
    }
}

/// Ids are compared within a group, so a repeat has to come in the group of the first.
#[test]
fn a_repeat_has_the_group_and_the_id_of_the_first() {
    for (name, body) in samples("webhook") {
        let event: Event = serde_json::from_str(&body).unwrap();
        let sent = |delivery: &str| {
            let message = Message::Event(EventMessage {
                connection: ConnectionName::single(),
                delivery: Some(delivery.into()),
                received_at: SystemClock.now(),
                event: event.clone(),
            });
            let sent = message.encode();
            (sent.group, sent.deduplication)
        };
        assert_eq!(sent("dlv_1"), sent("dlv_2"), "{name}");
    }
}

#[test]
fn the_table_has_the_keys_that_the_ledger_uses_and_outlives_the_stack() {
    let template = template();
    let table = template.table().unwrap();
    assert_eq!(
        (table.partition_key, table.sort_key),
        ("pk".into(), "sk".into())
    );
    assert_eq!(table.expiry, "expires_at");
    let is = |property: &str, value: Value| {
        assert_eq!(
            *template.property("Table", property).unwrap(),
            value,
            "{property}"
        );
    };
    is("BillingMode", json!("PAY_PER_REQUEST"));
    is(
        "AttributeDefinitions",
        json!([
            { "AttributeName": "pk", "AttributeType": "S" },
            { "AttributeName": "sk", "AttributeType": "S" },
        ]),
    );
    is(
        "TimeToLiveSpecification",
        json!({ "AttributeName": "expires_at", "Enabled": true }),
    );
    is(
        "PointInTimeRecoverySpecification",
        json!({ "PointInTimeRecoveryEnabled": true }),
    );
    is("SSESpecification", json!({ "SSEEnabled": true }));
    is("DeletionProtectionEnabled", json!(true));
}

#[test]
fn what_can_not_be_made_again_outlives_the_stack() {
    let template = template();
    for resource in ["Table", "ConnectionsSecret", "SettingsSecret"] {
        let described = &template.document()["Resources"][resource];
        assert_eq!(described["DeletionPolicy"], "Retain", "{resource}");
        assert_eq!(described["UpdateReplacePolicy"], "Retain", "{resource}");
    }
}

/// CloudFormation writes the value again when its text changes, over what `bridge connect` has stored
/// since. So the text stays what it was in the first release, and is one that a bridge reads.
#[test]
fn the_connections_start_empty_and_an_update_never_touches_them() {
    let template = template();
    let first = r#"{"version":1,"connections":{}}"#;
    assert_eq!(
        *template
            .property("ConnectionsSecret", "SecretString")
            .unwrap(),
        first
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("connections.json");
    let mut options = std::fs::OpenOptions::new();
    let mut opened = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&file)
        .unwrap();
    opened
        .write_all(template.connections_secret().unwrap().value.as_bytes())
        .unwrap();
    assert!(FileStore::new(file).read().unwrap().is_empty());
}
