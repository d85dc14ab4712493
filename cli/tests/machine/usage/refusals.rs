//! Entries that OpenTrain refuses, and work that continues after that.

use std::sync::Arc;
use std::time::Duration;

use shared::ledger::UsageRow;
use shared::opentrain::ProvisioningMode;
use shared::usage::Options;
use simulator::{Endpoint, Fault, On, What, Work};

use crate::common::events;
use crate::common::world::{World, play};
use crate::usage::books::{
    Ahead, PROJECT, began, day, held, hired, link, posts, report, reporter_at, run, worked,
};

/// The hires whose reports OpenTrain refuses.
async fn refused_hires(world: &World) -> Vec<UsageRow> {
    let left = world.bridge.ledger().usage_left().await.unwrap();
    let refused = left.into_iter().filter(|row| row.refused.is_some());
    refused.collect()
}

/// OpenTrain's day ends a day later than the bridge's, so it refuses the newest day.
fn ahead(world: &World) -> shared::usage::Reporter {
    reporter_at(world, Arc::new(Ahead(Duration::from_secs(86_400))))
}

#[tokio::test]
async fn a_refused_batch_is_split_until_the_bad_entry_stands_alone() {
    play(async |world| {
        let (_, contract) = hired(world, "usr_maria").await;
        began(world, 900, &contract, "usr_maria", 300).await;
        for ago in -1..=129 {
            worked(world, "usr_maria", ago, Work::of_seconds(60));
        }
        let mut reporter = ahead(world);
        reporter.settings.look_back_days = 130;
        let report = run(&reporter, &Options::default()).await;
        assert_eq!(
            held(world, &contract).len(),
            130,
            "all the good ones got through"
        );
        assert_eq!(report.entries(), 130);
        assert_eq!(report.refused.len(), 1);
        let bad = &report.refused[0];
        assert_eq!(bad.day, day(-1));
        assert!(
            bad.reason.contains("in the future") && bad.reason.contains("requestId"),
            "{}",
            bad.reason
        );
        assert!(!report.is_whole());
        // 100 in one; 31 are refused, then cut: 15 + 16, 8 + 8, 4 + 4, 2 + 2, 1 + 1.
        assert_eq!(posts(world), 1 + 1 + 2 * 5);
        let again = run(&reporter, &Options::default()).await;
        assert_eq!(
            (again.entries(), again.unchanged, again.refused.len()),
            (0, 130, 1)
        );
    })
    .await;
}

/// A proxy does not know the contract or the entry.
#[tokio::test]
async fn a_proxys_page_refuses_no_entry_and_marks_no_hire() {
    play(async |world| {
        let (_, contract) = hired(world, "usr_maria").await;
        worked(world, "usr_maria", 0, Work::of_seconds(60));
        for status in [400, 404, 409] {
            let page = Fault::lasting(Endpoint::Usage, What::Page(status));
            world.opentrain.fault(page);
            let report = report(world).await;
            assert_eq!((report.refused.len(), report.failed.len()), (0, 1));
            let marked = refused_hires(world).await;
            assert!(marked.is_empty(), "{status}: {marked:?}");
            world.opentrain.clear_faults();
        }
        assert!(report(world).await.is_whole());
        assert_eq!(held(world, &contract), [(day(0), Some(60))]);
    })
    .await;
}

#[tokio::test]
async fn the_worker_is_named() {
    play(async |world| {
        let (_, contract) = hired(world, "usr_maria").await;
        // The event that OpenTrain would send if another trainer were also hired on the contract.
        let link = link(world);
        world
            .deliver(
                "default",
                &events::started(900, &contract, "usr_other", &link),
            )
            .await;
        world.idle().await;
        worked(world, "usr_other", 0, Work::of_seconds(60));
        let report = report(world).await;
        assert!(
            held(world, &contract).is_empty(),
            "it is not put down as the hired trainer's"
        );
        assert!(report.refused[0].reason.contains("not a participant"));
    })
    .await;
}

#[tokio::test]
async fn a_hire_that_opentrain_does_not_know_is_marked_and_others_go_on() {
    play(async |world| {
        let (job, lost) = hired(world, "usr_maria").await;
        let other = world.job("fields").await;
        world.trainer("usr_tomas");
        let fine = world.hire(&other, "usr_tomas");
        world.idle().await;
        worked(world, "usr_maria", 0, Work::of_seconds(60));
        world
            .tool
            .correct_work("fields", "usr_tomas", day(0), Work::of_seconds(90))
            .unwrap();
        world.opentrain.lose_events(1);
        let link = world
            .opentrain
            .links()
            .into_iter()
            .find(|it| it.external_project_id == PROJECT);
        world
            .remove_link("default", &link.unwrap().id.as_str().into())
            .await;
        let first = report(world).await;
        assert_eq!(held(world, &fine), [(day(0), Some(90))]);
        assert_eq!((first.failed.len(), first.failed[0].entries), (1, 1));
        assert!(first.failed[0].reason.contains("404") && !first.is_whole());
        let marked = refused_hires(world).await;
        assert_eq!(marked.len(), 1);
        assert_eq!(marked[0].of.contract.as_str(), lost);
        let before = posts(world);
        report(world).await;
        assert_eq!(posts(world), before + 1, "tried again with one request");
        world
            .link("default", &job, PROJECT, ProvisioningMode::PartnerWebhook)
            .await;
        world.idle().await;
        assert!(report(world).await.is_whole());
        assert_eq!(held(world, &lost), [(day(0), Some(60))]);
        assert!(refused_hires(world).await.is_empty(), "the mark is gone");
    })
    .await;
}

#[tokio::test]
async fn a_contract_without_a_hired_trainer_is_marked() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let contract = world.opentrain.contract_without_trainer(&job).unwrap();
        world.idle().await;
        let link = link(world);
        world
            .deliver(
                "default",
                &events::started(900, &contract, "usr_maria", &link),
            )
            .await;
        began(world, 901, &contract, "usr_maria", 0).await;
        worked(world, "usr_maria", 0, Work::of_seconds(60));
        let report = report(world).await;
        assert!(report.failed[0].reason.contains("409"), "{report:?}");
        assert_eq!(refused_hires(world).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn too_many_requests_are_waited_for() {
    play(async |world| {
        let (_, contract) = hired(world, "usr_maria").await;
        worked(world, "usr_maria", 0, Work::of_seconds(60));
        let usage = On::call("POST", "/contracts/*/usage");
        world
            .opentrain
            .fault(Fault::times(2, usage, What::rate_limited(1)));
        assert!(report(world).await.is_whole());
        assert_eq!(posts(world), 3);
        assert_eq!(held(world, &contract), [(day(0), Some(60))]);
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_is_lost_costs_nothing() {
    play(async |world| {
        let (_, contract) = hired(world, "usr_maria").await;
        worked(world, "usr_maria", 0, Work::of_seconds(60));
        let usage = On::call("POST", "/contracts/*/usage");
        world
            .opentrain
            .fault(Fault::times(1, usage, What::DropConnectionAfterWrite));
        assert!(report(world).await.is_whole());
        assert_eq!(held(world, &contract), [(day(0), Some(60))]);
    })
    .await;
}

#[tokio::test]
async fn one_contract_that_fails_does_not_stop_the_others() {
    play(async |world| {
        let (job, bad) = hired(world, "usr_maria").await;
        world.trainer("usr_tomas");
        let fine = world.hire(&job, "usr_tomas");
        world.idle().await;
        for trainer in ["usr_maria", "usr_tomas"] {
            worked(world, trainer, 0, Work::of_seconds(60));
        }
        let usage = On::call("POST", &format!("/contracts/{bad}/usage"));
        world
            .opentrain
            .fault(Fault::lasting(usage, What::status(500)));
        let report = report(world).await;
        assert_eq!(held(world, &fine), [(day(0), Some(60))]);
        assert_eq!(report.failed.len(), 1);
        assert!(refused_hires(world).await.is_empty(), "that is no mark");
    })
    .await;
}

#[tokio::test]
async fn a_dead_token_is_not_tried_for_every_hire() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let hires = 60;
        for number in 0..hires {
            let trainer = world.trainer(&format!("usr_{number}"));
            world.hire(&job, &trainer);
        }
        world.idle().await;
        for number in 0..hires {
            worked(world, &format!("usr_{number}"), 0, Work::of_seconds(60));
        }
        let install = &world.customers["default"].grant.install_id;
        world.opentrain.revoke_token(install).unwrap();
        let report = report(world).await;
        assert!(
            posts(world) <= 16,
            "{} requests with a dead token",
            posts(world)
        );
        assert_eq!(report.stopped.len(), 1);
        assert_eq!(report.stopped[0].hires + report.failed.len() as u64, hires);
        assert!(
            report.stopped[0].reason.contains("401"),
            "{}",
            report.stopped[0].reason
        );
    })
    .await;
}
