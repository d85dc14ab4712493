//! What is sent, and what is not sent again.

use simulator::{JobOptions, PaymentType, Work};

use crate::common::world::play;
use crate::usage::books::{PROJECT, day, held, hired, posts, report, reporter, rows, run, worked};
use shared::usage::Options;

#[tokio::test]
async fn a_day_of_work_is_at_opentrain_and_is_sent_once() {
    play(async |world| {
        let (_, contract) = hired(world, "usr_maria").await;
        let today = day(0);
        world
            .tool
            .record_work(PROJECT, "usr_maria", today, Work::new(3600, 5, 40))
            .unwrap();
        let first = report(world).await;
        assert!(first.is_whole(), "{first:?}");
        assert_eq!((first.entries(), first.unchanged), (1, 0));
        let rows = rows(world, &contract);
        assert_eq!(rows.len(), 1);
        let row = &rows[0];
        assert_eq!((row.worker.as_str(), row.day), ("usr_maria", today));
        assert_eq!(
            (row.seconds, row.tasks, row.labels),
            (Some(3600), Some(5), Some(40))
        );
        let second = report(world).await;
        assert_eq!((second.entries(), second.unchanged), (0, 1));
        assert_eq!(
            posts(world),
            1,
            "a second run with nothing changed sends nothing"
        );
    })
    .await;
}

#[tokio::test]
async fn a_correction_replaces_the_total() {
    play(async |world| {
        let (_, contract) = hired(world, "usr_maria").await;
        for seconds in [3600, 7200, 1800] {
            worked(world, "usr_maria", 0, Work::of_seconds(seconds));
            assert!(report(world).await.is_whole());
            assert_eq!(held(world, &contract), [(day(0), Some(seconds))]);
        }
        let consumed = world.opentrain.budget(&contract).unwrap().consumed;
        assert_eq!(consumed.seconds, 1800, "nothing is counted twice");
    })
    .await;
}

#[tokio::test]
async fn all_sends_what_was_accepted_before() {
    play(async |world| {
        let (_, contract) = hired(world, "usr_maria").await;
        worked(world, "usr_maria", 0, Work::of_seconds(60));
        report(world).await;
        let all = Options {
            all: true,
            ..Options::default()
        };
        let again = run(&reporter(world), &all).await;
        assert_eq!((again.entries(), again.unchanged, posts(world)), (1, 0, 2));
        assert_eq!(held(world, &contract), [(day(0), Some(60))]);
    })
    .await;
}

#[tokio::test]
async fn what_is_not_measured_stays_absent() {
    play(async |world| {
        let (_, contract) = hired(world, "usr_maria").await;
        worked(world, "usr_maria", 0, Work::of_seconds(60));
        report(world).await;
        let row = &rows(world, &contract)[0];
        assert_eq!((row.seconds, row.tasks, row.labels), (Some(60), None, None));
        let labels = Work {
            labels: Some(9),
            ..Work::default()
        };
        worked(world, "usr_maria", 0, labels);
        report(world).await;
        let row = &rows(world, &contract)[0];
        assert_eq!(
            (row.seconds, row.labels),
            (Some(60), Some(9)),
            "left out, it keeps its value"
        );
        assert_eq!(report(world).await.entries(), 0);
    })
    .await;
}

#[tokio::test]
async fn work_on_two_projects_of_one_job_is_one_total() {
    play(async |world| {
        let (job, contract) = hired(world, "usr_maria").await;
        world
            .link(
                "default",
                &job,
                "fields",
                shared::opentrain::ProvisioningMode::PartnerWebhook,
            )
            .await;
        world.idle().await;
        worked(world, "usr_maria", 0, Work::of_seconds(3600));
        world
            .tool
            .correct_work("fields", "usr_maria", day(0), Work::new(600, 2, 7))
            .unwrap();
        assert!(report(world).await.is_whole());
        let row = &rows(world, &contract)[0];
        assert_eq!(
            (row.seconds, row.tasks, row.labels),
            (Some(4200), Some(2), Some(7))
        );
    })
    .await;
}

#[tokio::test]
async fn a_fixed_price_changes_nothing_about_the_report() {
    play(async |world| {
        world.project(PROJECT);
        let job = world.opentrain.create_job(JobOptions {
            payment_type: Some(PaymentType::FixedPrice),
            ..JobOptions::default()
        });
        let mode = shared::opentrain::ProvisioningMode::PartnerWebhook;
        world.link("default", &job, PROJECT, mode).await;
        world.trainer("usr_maria");
        let contract = world.hire(&job, "usr_maria");
        world.idle().await;
        worked(world, "usr_maria", 0, Work::of_seconds(3600));
        assert!(report(world).await.is_whole());
        assert_eq!(held(world, &contract), [(day(0), Some(3600))]);
    })
    .await;
}

#[tokio::test]
async fn people_whom_opentrain_lets_in_are_reported_too() {
    play(async |world| {
        let job = world.unlinked_job();
        let mode = shared::opentrain::ProvisioningMode::ManagedAdapter;
        world.link("default", &job, PROJECT, mode).await;
        world.trainer("usr_maria");
        let contract = world.hire(&job, "usr_maria");
        world.idle().await;
        worked(world, "usr_maria", 0, Work::of_seconds(3600));
        assert!(report(world).await.is_whole());
        assert_eq!(held(world, &contract), [(day(0), Some(3600))]);
    })
    .await;
}

#[tokio::test]
async fn a_dry_run_writes_nothing() {
    play(async |world| {
        let (_, contract) = hired(world, "usr_maria").await;
        worked(world, "usr_maria", 0, Work::of_seconds(3600));
        let before = everything(world).await;
        let dry = Options {
            dry_run: true,
            ..Options::default()
        };
        let report = run(&reporter(world), &dry).await;
        assert_eq!((report.entries(), report.dry_run), (1, true));
        assert_eq!(posts(world), 0);
        assert!(held(world, &contract).is_empty());
        assert_eq!(everything(world).await, before, "the ledger is as it was");
    })
    .await;
}

/// Every row of the ledger, with its version.
async fn everything(world: &crate::common::world::World) -> Vec<(shared::ledger::Key, u64)> {
    use shared::ledger::Table;
    let table = shared::ledger::SqliteTable::new(world.database.clone());
    let rows = table.scan("").await.unwrap();
    rows.into_iter()
        .map(|item| (item.key, item.version))
        .collect()
}
