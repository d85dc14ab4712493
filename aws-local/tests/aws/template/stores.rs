//! Queues, tables and secrets.

use std::time::Duration;

use serde_json::{Value, json};
use shared::model::ConnectionName;
use shared::model::clock::{Clock, SystemClock};
use shared::model::event::Event;
use shared::queue::{EventMessage, Limits, Message};
use shared::webhook::MAX_BODY;

use crate::template::{FUNCTIONS, samples, template};

const FOURTEEN_DAYS: &str = "1209600";

/// Queues of jobs and their dead-letter queues.
const JOBS: [(&str, &str); 3] = [
    ("UsageJobsQueue", "acme-usage-jobs"),
    ("ReconcileJobsQueue", "acme-reconcile-jobs"),
    ("JobsDeadLetterQueue", "acme-jobs-dead-letters"),
];

#[test]
fn names_derive_from_the_stack() {
    let template = template();
    assert_eq!(template.queue().unwrap().name, "acme.fifo");
    let dead = template.dead_letter_queue().unwrap();
    assert_eq!(dead.name, "acme-dead-letters.fifo");
    assert_eq!(template.queue_of("RetryQueue").unwrap().name, "acme-retry");
    let dead = template.queue_of("RetryDeadLetterQueue").unwrap();
    assert_eq!(dead.name, "acme-retry-dead-letters");
    for (resource, name) in JOBS {
        assert_eq!(template.queue_of(resource).unwrap().name, name);
    }
    assert_eq!(template.table().unwrap().name, "acme");
    let claims = template.table_of("ClaimsTable").unwrap();
    assert_eq!(claims.name, "acme-claims");
    let connections = template.connections_secret().unwrap();
    assert_eq!(connections.name, "acme/connections");
    let settings = template.property("SettingsSecret", "Name").unwrap();
    assert_eq!(template.text(settings).unwrap(), "acme/settings");
}

/// If the visibility ended before the function does, a second function would receive the message.
#[test]
fn a_message_is_hidden_for_six_times_as_long_as_a_call_may_take() {
    let template = template();
    for binary in FUNCTIONS {
        for source in template.event_sources(binary).unwrap() {
            let queue = template.queue_of(&source.queue).unwrap();
            let visibility = &queue.attributes["VisibilityTimeout"];
            let visibility = Duration::from_secs(visibility.parse().unwrap());
            assert!(visibility >= 6 * template.function(binary).unwrap().timeout);
        }
    }
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

/// Only a standard queue can delay each message by its own time. It has no FIFO properties.
#[test]
fn the_retry_queue_is_a_standard_queue() {
    let template = template();
    for resource in ["RetryQueue", "RetryDeadLetterQueue"] {
        let queue = template.queue_of(resource).unwrap();
        assert_eq!(queue.attributes["SqsManagedSseEnabled"], "true");
        assert_eq!(queue.attributes["MessageRetentionPeriod"], FOURTEEN_DAYS);
        let names: Vec<_> = queue.attributes.keys().map(String::as_str).collect();
        for fifo in ["FifoQueue", "DeduplicationScope", "DelaySeconds"] {
            assert!(!names.contains(&fifo), "{resource} has {fifo}");
        }
    }
}

/// Standard queues: a job has no group, and each run has new jobs. A job that ends its worker becomes a dead letter
/// before its queue deletes it.
#[test]
fn jobs_are_in_standard_queues_that_are_deleted_with_the_stack() {
    let template = template();
    for (resource, _) in JOBS {
        let queue = template.queue_of(resource).unwrap();
        assert!(!queue.attributes.contains_key("FifoQueue"), "{resource}");
        assert_eq!(queue.attributes["SqsManagedSseEnabled"], "true");
        let described = &template.document()["Resources"][resource];
        assert_eq!(described["DeletionPolicy"], "Delete");
        assert_eq!(described["UpdateReplacePolicy"], "Delete");
    }
    let dead = template.queue_of("JobsDeadLetterQueue").unwrap();
    assert_eq!(dead.attributes["MessageRetentionPeriod"], FOURTEEN_DAYS);
    let allowed: Value = serde_json::from_str(&dead.attributes["RedriveAllowPolicy"]).unwrap();
    let arn = |name: &str| format!("arn:aws:sqs:us-east-1:123456789012:{name}");
    let sources = [arn("acme-usage-jobs"), arn("acme-reconcile-jobs")];
    assert_eq!(allowed["sourceQueueArns"], json!(sources));
    for (resource, binary) in [
        ("UsageJobsQueue", "usage-report"),
        ("ReconcileJobsQueue", "reconciler"),
    ] {
        let queue = template.queue_of(resource).unwrap();
        let policy: Value = serde_json::from_str(&queue.attributes["RedrivePolicy"]).unwrap();
        assert_eq!(policy["deadLetterTargetArn"], arn("acme-jobs-dead-letters"));
        let number = |name: &str| queue.attributes[name].parse::<u64>().unwrap();
        let hidden = number("VisibilityTimeout");
        let timeout = template.function(binary).unwrap().timeout;
        assert!(hidden >= 6 * timeout.as_secs());
        let tries = policy["maxReceiveCount"].as_u64().unwrap();
        assert!(tries * hidden < number("MessageRetentionPeriod"));
    }
}

#[test]
fn dead_letter_limits_match_the_code_and_redrive_is_restricted() {
    let template = template();
    let limit = Limits::default().max_receives;
    assert!(limit >= 5, "Lambda asks for five or more");
    let policy = |resource: &str, name: &str| -> Value {
        let queue = template.queue_of(resource).unwrap();
        serde_json::from_str(&queue.attributes[name]).unwrap()
    };
    let arn = |name: &str| format!("arn:aws:sqs:us-east-1:123456789012:acme{name}");
    for (queue, dead, own, its_dead) in [
        ("Queue", "DeadLetterQueue", ".fifo", "-dead-letters.fifo"),
        (
            "RetryQueue",
            "RetryDeadLetterQueue",
            "-retry",
            "-retry-dead-letters",
        ),
    ] {
        assert_eq!(
            policy(queue, "RedrivePolicy"),
            json!({ "deadLetterTargetArn": arn(its_dead), "maxReceiveCount": limit })
        );
        assert_eq!(
            policy(dead, "RedriveAllowPolicy"),
            json!({ "redrivePermission": "byQueue", "sourceQueueArns": [arn(own)] })
        );
    }
}

/// An accepted body is stored in one message, together with intake's own data. JSON encodes a quote as two characters.
/// SQS's default limit is as large as the body alone.
#[test]
fn the_largest_accepted_body_fits_into_a_message() {
    let template = template();
    let resources = template.resources("AWS::SQS::Queue").into_iter();
    let of_messages = resources.filter(|(resource, _)| *resource != "MissedSchedulesQueue");
    let queues: Vec<_> = of_messages
        .map(|(resource, _)| template.queue_of(resource).unwrap())
        .collect();
    assert_eq!(queues.len(), 7);
    for queue in queues {
        let most: usize = queue.attributes["MaximumMessageSize"].parse().unwrap();
        assert!(most >= 2 * MAX_BODY, "{}: {most}", queue.name);
        assert!(most <= 1024 * 1024, "SQS takes no more: {}", queue.name);
    }
}

/// Ids are compared within a group, so a repeated message must have the group of the first.
#[test]
fn a_repeat_has_the_group_and_the_id_of_the_first() {
    for (name, body) in samples("webhook") {
        let event: Event = serde_json::from_str(&body).unwrap();
        let sent = |delivery: &str| {
            let message = Message::Event(EventMessage {
                handed_on: None,
                connection: ConnectionName::default(),
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
fn the_tables_have_the_keys_that_the_ledger_uses() {
    let template = template();
    for resource in ["Table", "ClaimsTable"] {
        let table = template.table_of(resource).unwrap();
        assert_eq!(
            (table.partition_key, table.sort_key),
            ("pk".into(), "sk".into())
        );
        assert_eq!(table.expiry, "expires_at");
        let is = |property: &str, value: Value| {
            let found = template.property(resource, property).unwrap();
            assert_eq!(*found, value, "{resource}: {property}");
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
        // DynamoDB's own key is free; any other is billed per call.
        assert!(template.property(resource, "SSESpecification").is_err());
    }
}

/// The ledger has deletion protection, and can be restored to any moment of the last 35 days. Claims need neither.
#[test]
fn the_ledger_is_protected_and_claims_are_deleted_with_the_stack() {
    let template = template();
    let recovery = template.property("Table", "PointInTimeRecoverySpecification");
    assert_eq!(
        *recovery.unwrap(),
        json!({ "PointInTimeRecoveryEnabled": true })
    );
    let protection = template.property("Table", "DeletionProtectionEnabled");
    assert_eq!(*protection.unwrap(), json!(true));
    let claims = &template.document()["Resources"]["ClaimsTable"];
    assert_eq!(claims["DeletionPolicy"], "Delete");
    assert_eq!(claims["UpdateReplacePolicy"], "Delete");
}

/// The table has deletion protection and is always retained. The others are retained unless the first deployment fails,
/// because the next one could not create them again.
#[test]
fn resources_with_data_outlive_the_stack() {
    let template = template();
    for (resource, policy) in [
        ("ConnectionsSecret", "RetainExceptOnCreate"),
        ("DeadLetterQueue", "RetainExceptOnCreate"),
        ("Queue", "RetainExceptOnCreate"),
        ("RetryDeadLetterQueue", "RetainExceptOnCreate"),
        ("RetryQueue", "RetainExceptOnCreate"),
        ("SettingsSecret", "RetainExceptOnCreate"),
        ("Table", "Retain"),
    ] {
        let described = &template.document()["Resources"][resource];
        assert_eq!(described["DeletionPolicy"], policy, "{resource}");
        assert_eq!(described["UpdateReplacePolicy"], "Retain", "{resource}");
    }
}

/// CloudFormation would overwrite stored connections with a value in the template. Without a value it can't write any.
#[test]
fn no_deployment_can_overwrite_the_connections() {
    let template = template();
    let resource = &template.document()["Resources"]["ConnectionsSecret"];
    let properties = resource["Properties"].as_object().unwrap().keys();
    let properties: Vec<_> = properties.map(String::as_str).collect();
    assert_eq!(properties, ["Description", "Name"]);
    assert_eq!(template.connections_secret().unwrap().value, None);
}
