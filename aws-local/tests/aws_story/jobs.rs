//! Scheduled runs that are cut into jobs.

use std::sync::Arc;

use aws_local::Deviations;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use shared::clock::{Clock, SystemClock};
use shared::connection::ConnectionName;
use shared::ids::{ContractId, JobId, ProjectId, TrainerId};
use shared::ledger::{DynamoTable, Hire, Ledger};
use shared::opentrain::NewProjectLink;
use shared::queue::Depth;
use simulator::{JobOptions, TrainerOptions, Work};

use crate::faults::until;
use crate::world::{PROJECT, STACK, World};

/// Small sets of projects share a job up to so many people.
const PEOPLE_PER_JOB: usize = 400;

/// Puts so many people on the roster of a link. The ledger knows nothing else of them.
async fn enroll(world: &World, link: &str, people: usize) {
    let clients = world.deployment.clients();
    let table = Arc::new(DynamoTable::new(clients, STACK));
    let claims = Arc::new(DynamoTable::claims(clients, &format!("{STACK}-claims")));
    let ledger = Ledger::new(table, claims, Arc::new(SystemClock));
    let hire = |number: usize| Hire {
        connection: ConnectionName::single(),
        contract: ContractId::new(format!("ctr_former_{number}")),
        link: link.into(),
        trainer: TrainerId::new(format!("usr_former_{number}")),
        project: ProjectId::from(PROJECT),
        managed: false,
        start: None,
        started_at: None,
        unconfirmed: false,
        first_day: None,
    };
    let hires: Vec<_> = (0..people).map(hire).collect();
    ledger
        .enroll(&hires.iter().collect::<Vec<_>>())
        .await
        .unwrap();
}

/// Each job is carried out by a worker that has nothing but the function's role, and each hour is reported once. The
/// schedule's next run finds nothing to do.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-aws"]
async fn a_large_run_is_cut_into_jobs_that_workers_carry_out() {
    let world = World::deploy(Deviations::default()).await;
    let other = world.opentrain.create_job(JobOptions::default());
    world.tool.create_project("more-scenes", "More scenes");
    let link = NewProjectLink {
        job_id: Some(JobId::from(other.as_str())),
        ..World::link_to("more-scenes")
    };
    world.platform().create_link(&link).await.unwrap();
    let ana = world.hire("usr_ana");
    let options = TrainerOptions {
        id: Some("usr_bo".into()),
        work_email: Some("bo-canary@opentrain.work".into()),
        ..TrainerOptions::default()
    };
    let trainer = world.opentrain.create_trainer(options).unwrap();
    let bo = world.opentrain.hire(&other, &trainer).unwrap();
    world.until_all_in(&["usr_ana"]).await;
    let is_in =
        |tool: &simulator::AnnotationPlatform| tool.member("more-scenes", "usr_bo").is_some();
    world.tool.until(is_in).await.unwrap();
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

/// What this version can't read is left to one that can; what it can is off the queue, and a run that could not
/// report all of it has failed.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-aws"]
async fn a_worker_says_what_it_left() {
    let world = World::deploy(Deviations::default()).await;
    let usage = world.deployment.function("usage-report").unwrap();
    let sample = include_str!("../../../events/jobs/usage.json");
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
    let bare = json!({ "Records": [{ "messageId": "m1" }] });
    let error = usage.invoke(&bare).await.unwrap_err().to_string();
    assert!(error.contains("ApproximateReceiveCount"), "{error}");
}
