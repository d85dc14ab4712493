//! The retry queue, with the real provisioner on both of its queues.

use std::time::Duration;

use aws_local::{Deviations, Fault as AwsFault};
use shared::model::clock::{Clock, SystemClock, after};
use shared::queue::{Depth, Outgoing, Queue};

use crate::story::world::{World, hire};

async fn send_later(world: &World, message: Outgoing, delay: Duration) {
    let due = after(SystemClock.now(), delay);
    world.queue.send_later(message, due).await.unwrap();
}

fn depth(retrying: u64) -> Depth {
    Depth {
        retrying,
        ..Depth::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-aws"]
async fn a_message_is_processed_when_it_is_due() {
    let world = World::deploy(Deviations::default()).await;
    send_later(&world, hire(1, "usr_late"), Duration::from_secs(3)).await;
    send_later(&world, hire(2, "usr_later"), Duration::from_secs(600)).await;
    assert_eq!(world.queue.depth().await.unwrap(), depth(2));
    assert!(!world.has("usr_late"));
    world.until_all_in(&["usr_late"]).await;
    world.until_queue_is(depth(1)).await;
    assert!(!world.has("usr_later"));
    world.assert_nothing_leaks();
}

/// It is moved unread, put back for the maximum time of a deployment, and then becomes a dead letter with its body.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-aws"]
async fn a_message_of_a_newer_version_passes_unread() {
    let world = World::deploy(Deviations::default()).await;
    let body = r#"{"v":99,"kind":"newer","canary":"ünread"}"#;
    let newer = Outgoing {
        body: body.to_owned(),
        ..hire(1, "usr_ana")
    };
    world.queue.send(newer.clone()).await.unwrap();
    world.until_queue_is(depth(1)).await;

    // The same message as it is received after more than an hour.
    let queues = world.deployment.queues();
    let header = r#"{"v":1,"due":"2026-06-12T11:00:00Z","group":"trainer:usr_bo","sentAt":"2026-06-12T09:00:00Z"}"#;
    let old = world.deployment.clients().sqs.send_message();
    let old = old.set_queue_url(queues.retry.clone());
    old.message_body(format!("{header}\n{body}"))
        .send()
        .await
        .unwrap();
    let dead = Depth {
        dead: 1,
        ..depth(1)
    };
    world.until_queue_is(dead).await;
    let letters = world.queue.dead_letters(10).await.unwrap();
    assert!(letters[0].reason.contains("version 99, not "));
    let kept = world.deployment.clients().sqs.receive_message();
    let kept = kept.set_queue_url(queues.dead_letters.clone());
    let kept = kept.message_attribute_names("All").send().await.unwrap();
    let kept = kept.messages.unwrap().remove(0);
    assert_eq!(kept.body(), Some(body));
    let first = &kept.message_attributes.unwrap()["sentAt"];
    assert_eq!(first.string_value(), Some("1781254800000"));
    world.assert_nothing_leaks();
}

/// A message that can't be moved is retried on its own, and so is one that this version can't read. They do not delay
/// the others.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-aws"]
async fn a_message_that_can_not_be_moved_stays_in_the_retry_queue() {
    let world = World::deploy(Deviations::default()).await;
    let retry = world.deployment.queues().retry.clone();
    let newer = world.deployment.clients().sqs.send_message();
    let newer = newer.set_queue_url(retry);
    let newer = newer.message_body("{\"v\":2,\"canary\":1}\n{}");
    newer.send().await.unwrap();
    send_later(&world, hire(1, "usr_ana"), Duration::from_secs(2)).await;
    // All attempts of one call.
    let refusal = AwsFault::no_sends().times(3);
    world.deployment.emulator().fail(&[refusal]).await.unwrap();
    world.until_all_in(&["usr_ana"]).await;
    world.until_queue_is(depth(1)).await;
    let provisioner = world.deployment.function("provisioner").unwrap();
    let lines = provisioner.output().lines();
    for reason in ["version 2, not 1", "ServiceUnavailable"] {
        let told = |line: &String| line.contains(reason) && line.contains("retry queue");
        assert!(lines.iter().any(told), "{reason}");
    }
    world.assert_nothing_leaks();
}
