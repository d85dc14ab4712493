//! Scheduled runs that are split into jobs.

use std::sync::Arc;

use aws_local::Deviations;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use shared::ledger::{DynamoTable, Hire, Ledger};
use shared::model::ConnectionName;
use shared::model::clock::{Clock, SystemClock};
use shared::model::ids::{ContractId, JobId, LinkId, ProjectId, TrainerId};
use shared::opentrain::{NewProjectLink, PlatformClient};
use shared::queue::{Depth, Job, JobKind};
use shared::reconcile::ReconcileJob;
use simulator::{AnnotationPlatform, JobOptions, Work};

use crate::story::faults::until;
use crate::story::world::{PROJECT, STACK, World};

/// Small projects share a job up to this number of people.
const PEOPLE_PER_JOB: usize = 400;

/// Adds this number of people to the roster of a link. The ledger has no documents for them.
async fn enroll(world: &World, link: &str, people: usize) {
    let clients = world.deployment.clients();
    let table = Arc::new(DynamoTable::new(clients, STACK));
    let claims = Arc::new(DynamoTable::claims(clients, &format!("{STACK}-claims")));
    let ledger = Ledger::new(table, claims, Arc::new(SystemClock));
    let hire = |number: usize| Hire {
        connection: ConnectionName::default(),
        contract: ContractId::new(format!("ctr_former_{number}")),
        link: link.into(),
        trainer: TrainerId::new(format!("usr_former_{number}")),
        project: ProjectId::from(PROJECT),
        managed: false,
        start: None,
        started_at: None,
        unconfirmed: false,
        barred: false,
        first_day: None,
    };
    let hires: Vec<_> = (0..people).map(hire).collect();
    // The emulated table accepts one write at a time.
    for some in hires.chunks(20) {
        let some: Vec<_> = some.iter().collect();
        ledger.enroll(&some).await.unwrap();
    }
}

/// Creates another job with a linked project.
async fn second_job(world: &World, platform: &PlatformClient) -> String {
    let job = world.opentrain.create_job(JobOptions::default());
    world.tool.create_project("more-scenes", "More scenes");
    let link = NewProjectLink {
        job_id: Some(JobId::from(job.as_str())),
        ..World::link_to("more-scenes")
    };
    platform.create_link(&link).await.unwrap();
    job
}

fn bo_is_in(tool: &AnnotationPlatform) -> bool {
    tool.member("more-scenes", "usr_bo").is_some()
}

/// Each job is executed by a worker with only the function's role, and each hour is reported once. The next scheduled
/// run finds no work.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-aws"]
async fn a_large_run_is_split_into_jobs_for_workers() {
    let world = World::deploy(Deviations::default()).await;
    let other = second_job(&world, &world.platform()).await;
    let ana = world.hire("usr_ana");
    let bo = world.hire_for(&other, "usr_bo");
    world.until_all_in(&["usr_ana"]).await;
    world.tool.until(bo_is_in).await.unwrap();
    world.until_queue_is(Depth::default()).await;
    let first = &world.opentrain.links()[0];
    assert_eq!(first.external_project_id, PROJECT);
    enroll(&world, &first.id, PEOPLE_PER_JOB).await;
    let today = SystemClock.now().to_zoned(TimeZone::UTC).date();
    for (project, trainer, seconds) in [(PROJECT, "usr_ana", 600), ("more-scenes", "usr_bo", 900)] {
        let work = Work::of_seconds(seconds);
        world
            .tool
            .record_work(project, trainer, today, work)
            .unwrap();
    }

    let planned = world.deployment.run("usage-report").await.unwrap();
    assert_eq!(planned, json!({ "jobs": 2 }));
    let usage = world.deployment.function("usage-report").unwrap();
    until("both are reported", || {
        usage.output().metric("UsageEntries") >= 2
    })
    .await;
    for (contract, seconds) in [(&ana, 600), (&bo, 900)] {
        let rows = world.opentrain.usage(contract).unwrap();
        let rows: Vec<_> = rows.iter().map(|row| row.seconds).collect();
        assert_eq!(rows, [Some(seconds)]);
    }
    world.deployment.run("usage-report").await.unwrap();
    world.until_no_job_is_left("usage-report").await;
    assert_eq!(usage.output().metric("UsageEntries"), 2);
    world.assert_nothing_leaks();
}

/// Differences of each connection are repaired by a separate worker.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-aws"]
async fn a_reconcile_of_several_connections_is_split_into_jobs() {
    let world = World::deploy(Deviations::default()).await;
    let acme = world.connect_another("acme").await;
    let other = second_job(&world, &acme).await;
    world.opentrain.lose_events(2);
    world.hire("usr_ana");
    world.hire_for(&other, "usr_bo");
    let planned = world.deployment.run("reconciler").await.unwrap();
    assert_eq!(planned, json!({ "jobs": 2 }));
    world.until_all_in(&["usr_ana"]).await;
    world.tool.until(bo_is_in).await.unwrap();
    world.until_no_job_is_left("reconciler").await;
    let reconciler = world.deployment.function("reconciler").unwrap();
    let repaired = reconciler.output().metric("Repaired");
    assert!(repaired >= 2, "{repaired}");
    world.assert_nothing_leaks();
}

/// The second check does not wait for the schedule: a missing contract is checked again as soon as the second check
/// counts.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-aws"]
async fn a_second_check_is_scheduled() {
    let deviations = Deviations {
        parameters: [("ConfirmAfter", "2s".to_owned())].into(),
        ..Deviations::default()
    };
    let world = World::deploy(deviations).await;
    second_job(&world, &world.platform()).await;
    world.hire("usr_ana");
    world.until_all_in(&["usr_ana"]).await;
    world.until_queue_is(Depth::default()).await;
    world.opentrain.lose_events(1);
    let link = world.opentrain.links()[0].id.clone();
    let link = LinkId::from(link.as_str());
    world.platform().delete_link(&link).await.unwrap();
    world.deployment.run("reconciler").await.unwrap();
    assert!(world.has("usr_ana"), "one look proves nothing");
    let is_out = |tool: &AnnotationPlatform| tool.member(PROJECT, "usr_ana").is_none();
    world.tool.until(is_out).await.unwrap();
    world.until_no_job_is_left("reconciler").await;
}

/// A batch of the queue of reconcile jobs with this job.
fn reconcile_job(due: &str) -> Value {
    let sample = include_str!("../../../../events/jobs/reconcile.json");
    let mut batch: Value = serde_json::from_str(sample).unwrap();
    let job = ReconcileJob {
        connection: None,
        due: due.parse().unwrap(),
    };
    batch["Records"][0]["body"] = Job::new(JobKind::Reconcile, &job).encode().into();
    batch
}

/// A job that another run has finished is dropped, and one that is not due is sent again.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-aws"]
async fn a_reconcile_job_repeats_nothing() {
    let world = World::deploy(Deviations::default()).await;
    let reconciler = world.deployment.function("reconciler").unwrap();
    let runs = || {
        let lines = reconciler.output().lines().into_iter();
        lines
            .filter(|it| it.contains("reconciled with OpenTrain"))
            .count()
    };
    for (due, expected) in [
        ("2026-06-12T10:00:00Z", 1),
        ("2026-06-12T10:00:00Z", 1),
        ("2999-01-01T00:00:00Z", 1),
    ] {
        let answer = reconciler.invoke(&reconcile_job(due)).await.unwrap();
        assert_eq!(answer, json!({ "batchItemFailures": [] }));
        assert_eq!(runs(), expected, "{due}");
    }
    let sqs = &world.deployment.clients().sqs;
    let url = world.deployment.jobs_of("reconciler").unwrap();
    let delayed = sqs.get_queue_attributes().queue_url(url);
    let name = aws_sdk_sqs::types::QueueAttributeName::ApproximateNumberOfMessagesDelayed;
    let delayed = delayed.attribute_names(name.clone()).send().await.unwrap();
    assert_eq!(delayed.attributes.unwrap()[&name], "1");
}

/// Jobs that this version can't read are left for a newer one. Readable jobs are deleted, and a run that could not
/// report everything has failed.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-aws"]
async fn a_worker_names_the_jobs_that_it_left() {
    let world = World::deploy(Deviations::default()).await;
    let usage = world.deployment.function("usage-report").unwrap();
    let sample = include_str!("../../../../events/jobs/usage.json");
    let batch: Value = serde_json::from_str(sample).unwrap();
    let answer = usage.invoke(&batch).await.unwrap();
    assert_eq!(answer, json!({ "batchItemFailures": [] }));
    let mut newer = batch.clone();
    newer["Records"][0]["body"] = r#"{"v":2,"canary":1}"#.into();
    let mut foreign = batch;
    foreign["Records"][0]["body"] = r#"{"v":1,"kind":"reconcile","payload":{}}"#.into();
    for (batch, why) in [(newer, "version 2, not 1"), (foreign, "kind Reconcile")] {
        let error = usage.invoke(&batch).await.unwrap_err().to_string();
        assert!(error.contains(why) && !error.contains("canary"), "{error}");
    }
    let sample = include_str!("../../../../events/jobs/reconcile.json");
    let sample: Value = serde_json::from_str(sample).unwrap();
    let error = usage.invoke(&sample).await.unwrap_err().to_string();
    assert!(error.contains("kind Reconcile"), "{error}");
    let bare = json!({ "Records": [{ "messageId": "m1" }] });
    let error = usage.invoke(&bare).await.unwrap_err().to_string();
    assert!(error.contains("ApproximateReceiveCount"), "{error}");
}
