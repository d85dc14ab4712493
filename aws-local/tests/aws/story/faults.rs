//! Faults of AWS. No acknowledged delivery may be lost, and no claim may remain locked.

use std::process::Command;
use std::time::Duration;

use aws_local::{Deviations, Fault as AwsFault};
use aws_sdk_sqs::types::MessageSystemAttributeName;
use shared::queue::{Depth, Queue};
use simulator::{Fault, Outcome, ToolCall, What};

use crate::story::world::{PATIENCE, World};

/// Time until a message of a killed function is redelivered.
pub(crate) const VISIBILITY: Duration = Duration::from_secs(4);

/// Shorter than what is left of a claim's lease (60 s) after the kill: a claim that stays locked fails the test.
const SOON: Duration = Duration::from_secs(40);

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-aws"]
async fn a_failing_queue_is_answered_with_503_and_the_delivery_is_redelivered() {
    // The log level of every crate is the most verbose, including the SDK's, because secrets must not appear in any
    // log.
    let world = World::deploy(Deviations {
        environment: [("BRIDGE_LOG", "trace".to_owned())].into(),
        ..Deviations::default()
    })
    .await;
    world
        .deployment
        .emulator()
        .fail(&[AwsFault::no_sends()])
        .await
        .unwrap();
    world.hire("usr_ana");
    world.opentrain.settle().await.unwrap();
    let delivery = world.opentrain.deliveries().pop().unwrap();
    assert_eq!(delivery.attempts[0].outcome, Outcome::Status(503));
    assert!(!world.has("usr_ana"));

    world.deployment.emulator().mend().await.unwrap();
    world.opentrain.skip(Duration::from_secs(60));
    world.until_all_in(&["usr_ana"]).await;
    world.until_queue_is(Depth::default()).await;
    let webhook = world.deployment.function("webhook").unwrap();
    assert_eq!(webhook.output().metric("Accepted"), 1);
    assert_eq!(webhook.output().metric("Rejected"), 1);
    world.assert_nothing_leaks();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-aws"]
async fn a_throttled_table_only_delays_work() {
    let world = World::deploy(Deviations::default()).await;
    world
        .deployment
        .emulator()
        .fail(&[AwsFault::throttling()])
        .await
        .unwrap();
    let provisioner = world.deployment.function("provisioner").unwrap();
    let trainers = ["usr_ana", "usr_bo", "usr_cy"];
    for trainer in trainers {
        world.hire(trainer);
    }
    until("each has failed once", || {
        provisioner.output().metric("Retried") >= 3
    })
    .await;
    assert!(!trainers.iter().any(|it| world.has(it)));

    world.deployment.emulator().mend().await.unwrap();
    world.until_all_in(&trainers).await;
    world.until_queue_is(Depth::default()).await;
    assert_eq!(provisioner.output().metric("Applied"), 3);
    world.assert_nothing_leaks();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-aws"]
async fn a_killed_function_loses_nothing_and_leaves_no_claim_locked() {
    let world = World::deploy(Deviations {
        visibility: Some(VISIBILITY),
        ..Deviations::default()
    })
    .await;
    let provisioner = world.deployment.function("provisioner").unwrap();
    let slow = What::Delay(Duration::from_secs(20));
    world.tool.fault(Fault::lasting(ToolCall::PutMember, slow));
    let trainers = ["usr_ana", "usr_bo", "usr_cy", "usr_di"];
    for trainer in trainers {
        world.hire(trainer);
    }
    world
        .tool
        .until(|tool| tool.requests().get(&ToolCall::PutMember).copied() >= Some(4))
        .await
        .unwrap();
    world.tool.clear_faults();
    for pid in provisioner.busy() {
        let killed = Command::new("kill").args(["-9", &pid.to_string()]).status();
        assert!(killed.unwrap().success());
    }

    until_within(SOON, "all were retried", || {
        provisioner.output().metric("Applied") >= 4
    })
    .await;
    world.until_all_in(&trainers).await;
    world.until_queue_is(Depth::default()).await;
    assert_eq!(provisioner.output().metric("Applied"), 4);
    // A remaining claim would delay each of these.
    for delivery in world.opentrain.deliveries() {
        world.opentrain.replay(&delivery.id).unwrap();
    }
    world.opentrain.settle().await.unwrap();
    world.until_queue_is_within(SOON, Depth::default()).await;
    world.assert_nothing_leaks();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-aws"]
async fn an_unreadable_message_is_a_dead_letter_and_fails_no_other() {
    let world = World::deploy(Deviations::default()).await;
    let queues = world.deployment.queues();
    let sqs = &world.deployment.clients().sqs;
    let poison = sqs
        .send_message()
        .queue_url(&queues.events)
        .message_body(r#"{"v":1,"kind":"odd","secret":"canary"}"#)
        .message_group_id("trainer:usr_ana")
        .message_deduplication_id("poison");
    poison.send().await.unwrap();
    world.hire("usr_ana");
    world.hire("usr_bo");
    world.until_all_in(&["usr_ana", "usr_bo"]).await;
    world
        .until_queue_is(Depth {
            dead: 1,
            ..Depth::default()
        })
        .await;
    let dead = world.queue.dead_letters(10).await.unwrap();
    let reason = &dead[0].reason;
    assert!(reason.contains("not a message"), "{reason}");
    let kept = sqs
        .receive_message()
        .set_queue_url(queues.dead_letters.clone())
        .message_system_attribute_names(MessageSystemAttributeName::All);
    let kept = kept.send().await.unwrap().messages.unwrap();
    assert!(kept[0].body().unwrap().contains("odd"), "its body is kept");
    world.assert_nothing_leaks();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-aws"]
async fn a_scheduled_run_stops_before_its_time_out_and_the_next_one_continues() {
    let world = World::deploy(Deviations {
        timeouts: [("usage-report", Duration::from_secs(13))].into(),
        ..Deviations::default()
    })
    .await;
    world.hire("usr_ana");
    world.until_all_in(&["usr_ana"]).await;
    world.until_queue_is(Depth::default()).await;
    let slow = What::Delay(Duration::from_secs(8));
    world.tool.fault(Fault::lasting(ToolCall::Usage, slow));
    let error = world.deployment.run("usage-report").await.unwrap_err();
    assert!(
        error.to_string().contains("the next run continues"),
        "{error}"
    );

    // The lease of the cancelled run expires after two minutes.
    world.tool.clear_faults();
    let again = async { while world.deployment.run("usage-report").await.is_err() {} };
    let patience = Duration::from_secs(300);
    tokio::time::timeout(patience, again).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-aws"]
async fn unreadable_secrets_refuse_deliveries_until_they_are_readable() {
    let world = World::deploy(Deviations::default()).await;
    world
        .deployment
        .emulator()
        .fail(&[AwsFault::no_secrets()])
        .await
        .unwrap();
    world.hire("usr_ana");
    world.opentrain.settle().await.unwrap();
    let delivery = world.opentrain.deliveries().pop().unwrap();
    assert_eq!(delivery.attempts[0].outcome, Outcome::Status(503));

    world.deployment.emulator().mend().await.unwrap();
    world.deployment.function("webhook").unwrap().cool_down();
    world.opentrain.skip(Duration::from_secs(60));
    world.until_all_in(&["usr_ana"]).await;
    world.until_queue_is(Depth::default()).await;
}

pub(crate) async fn until(what: &str, holds: impl Fn() -> bool) {
    until_within(PATIENCE, what, holds).await;
}

pub(crate) async fn until_within(patience: Duration, what: &str, holds: impl Fn() -> bool) {
    let looked = async {
        let mut look = tokio::time::interval(Duration::from_millis(20));
        while !holds() {
            look.tick().await;
        }
    };
    let came = tokio::time::timeout(patience, looked).await;
    assert!(came.is_ok(), "{what}: it never came to that");
}
