//! Batches that a provisioner cannot finish.

use std::process::Command;
use std::time::Duration;

use aws_local::{Deviations, Fault as AwsFault};
use shared::queue::{Depth, Queue};
use simulator::{AnnotationPlatform, Fault, On, What};

use crate::story::faults::{VISIBILITY, until};
use crate::story::world::{PROJECT, World, hire};

/// One message ends the process at each attempt. The nine others are processed and deleted by the third attempt.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-aws"]
async fn a_message_that_ends_the_process_does_not_stop_others() {
    let mut world = World::deploy(Deviations {
        visibility: Some(VISIBILITY),
        ..Deviations::default()
    })
    .await;
    world.deployment.stop().await;
    let trainers: Vec<String> = (0..10).map(|it| format!("usr_{it}")).collect();
    let hires = (1..).zip(&trainers).map(|(id, trainer)| hire(id, trainer));
    world.queue.send_all(hires.collect()).await.unwrap();
    let (killer, others) = (&trainers[4], [&trainers[..4], &trainers[5..]].concat());
    let call = On::call("PUT", &format!("/projects/*/members/{killer}"));
    let slow = What::Delay(Duration::from_secs(60));
    world.tool.fault(Fault::lasting(call, slow));
    world.deployment.serve().await.unwrap();

    let provisioner = world.deployment.function("provisioner").unwrap().clone();
    for death in 1..=3 {
        let reached = |tool: &AnnotationPlatform| tool.writes_of(PROJECT, killer).puts >= death;
        world.tool.until(reached).await.unwrap();
        for pid in provisioner.busy() {
            let killed = Command::new("kill").args(["-9", &pid.to_string()]).status();
            assert!(killed.unwrap().success());
        }
    }
    assert!(others.iter().all(|it| world.has(it)));
    let left = world.queue.depth().await.unwrap();
    assert_eq!(left.waiting + left.in_flight, 1, "{left:?}");
    world.tool.clear_faults();
    world.until_queue_is(Depth::default()).await;
    assert!(world.has(killer));
    world.assert_nothing_leaks();
}

/// A provisioner that starts while its settings are unreadable releases its messages within seconds, and processes them
/// later. The visibility time-out is the template's twelve minutes.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-aws"]
async fn unreadable_settings_delay_messages_by_seconds() {
    let world = World::deploy(Deviations::default()).await;
    let failure = AwsFault::no_secrets();
    world.deployment.emulator().fail(&[failure]).await.unwrap();
    world.queue.send(hire(1, "usr_ana")).await.unwrap();
    let provisioner = world.deployment.function("provisioner").unwrap();
    until("the message is given back", || {
        provisioner.output().metric("Retried") >= 1
    })
    .await;
    assert!(!world.has("usr_ana"));
    world.deployment.emulator().mend().await.unwrap();
    world.until_all_in(&["usr_ana"]).await;
    world.until_queue_is(Depth::default()).await;
    assert_eq!(provisioner.output().metric("OperatorNeeded"), 0);
    let told = |line: &String| line.contains("the settings can't be used");
    assert!(provisioner.output().lines().iter().any(told));
    world.assert_nothing_leaks();
}

/// Invalid settings need an operator. The messages wait and do not become dead letters.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-aws"]
async fn invalid_settings_need_an_operator() {
    let world = World::deploy(Deviations::default()).await;
    let name = world.deployment.template().settings_secret().unwrap().name;
    let secrets = &world.deployment.clients().secrets;
    let right = secrets.get_secret_value().secret_id(&name).send().await;
    let right = right.unwrap().secret_string.unwrap();
    let wrong = secrets.put_secret_value().secret_id(&name);
    wrong.secret_string("canary").send().await.unwrap();
    world.queue.send(hire(1, "usr_ana")).await.unwrap();
    let provisioner = world.deployment.function("provisioner").unwrap();
    until("an operator is needed", || {
        provisioner.output().metric("OperatorNeeded") >= 1
    })
    .await;
    let fixed = secrets.put_secret_value().secret_id(&name);
    fixed.secret_string(right).send().await.unwrap();
    world.until_all_in(&["usr_ana"]).await;
    world.until_queue_is(Depth::default()).await;
    world.assert_nothing_leaks();
}
