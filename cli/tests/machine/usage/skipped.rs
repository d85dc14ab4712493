//! Work that is not reported, and the notes about it.

use shared::usage::{Skip, WhyLost};
use simulator::{Fault, On, ToolCall, What, Work};

use crate::common::command::bridge;
use crate::common::world::{Setup, play, play_with};
use crate::usage::books::{PROJECT, day, held, hired, posts, report, worked};

#[tokio::test]
async fn people_who_were_never_hired_are_counted_and_not_reported() {
    play(async |world| {
        let (_, contract) = hired(world, "usr_maria").await;
        worked(world, "usr_maria", 0, Work::of_seconds(60));
        worked(world, "usr_employee", 0, Work::of_seconds(90));
        let report = report(world).await;
        assert_eq!(report.skipped.get(&Skip::Stranger), Some(&1));
        assert!(report.is_whole(), "{report:?}");
        assert_eq!(held(world, &contract), [(day(0), Some(60))]);
    })
    .await;
}

#[tokio::test]
async fn a_total_without_a_measure_is_not_sent() {
    play(async |world| {
        hired(world, "usr_maria").await;
        worked(world, "usr_maria", 0, Work::default());
        let report = report(world).await;
        assert_eq!(report.skipped.get(&Skip::NothingMeasured), Some(&1));
        assert_eq!((posts(world), report.is_whole()), (0, true));
    })
    .await;
}

#[tokio::test]
async fn a_tool_that_keeps_no_totals_is_no_fault() {
    play(async |world| {
        hired(world, "usr_maria").await;
        world.tool.set_supported(ToolCall::Usage, false);
        let report = report(world).await;
        assert_eq!(report.skipped.get(&Skip::NoTotals), Some(&1));
        assert!(report.is_whole());
    })
    .await;
}

#[tokio::test]
async fn reporting_stops_when_the_install_is_revoked() {
    play(async |world| {
        hired(world, "usr_maria").await;
        worked(world, "usr_maria", 0, Work::of_seconds(60));
        world
            .opentrain
            .revoke_install(&world.customers["default"].grant.install_id)
            .unwrap();
        world.idle().await;
        let report = report(world).await;
        assert_eq!(report.skipped.get(&Skip::InstallRevoked), Some(&1));
        assert_eq!((posts(world), report.is_whole()), (0, true));
    })
    .await;
}

#[tokio::test]
async fn a_project_that_can_not_be_read_does_not_stop_the_others() {
    play(async |world| {
        let (_, here) = hired(world, "usr_maria").await;
        let job = world.job("fields").await;
        world.trainer("usr_tomas");
        let there = world.hire(&job, "usr_tomas");
        world.idle().await;
        worked(world, "usr_maria", 0, Work::of_seconds(60));
        world
            .tool
            .correct_work("fields", "usr_tomas", day(0), Work::of_seconds(90))
            .unwrap();
        let broken = On::call("GET", &format!("/projects/{PROJECT}/usage"));
        world.tool.fault(Fault::lasting(broken, What::status(503)));
        let report_ = report(world).await;
        assert_eq!(held(world, &there), [(day(0), Some(90))]);
        assert!(held(world, &here).is_empty() && !report_.is_whole());
        let unread = &report_.unread[0];
        assert_eq!((unread.project.as_str(), unread.hires), (PROJECT, 1));
        assert!(unread.reason.contains("503"), "{}", unread.reason);
        world.tool.clear_faults();
        assert!(report(world).await.is_whole());
        assert_eq!(
            held(world, &here),
            [(day(0), Some(60))],
            "the next run goes on"
        );
    })
    .await;
}

#[tokio::test]
async fn a_project_that_was_deleted_in_the_tool_is_named_with_what_ends_it() {
    play(async |world| {
        let (_, gone) = hired(world, "usr_maria").await;
        let job = world.job("fields").await;
        world.trainer("usr_tomas");
        let there = world.hire(&job, "usr_tomas");
        world.idle().await;
        world
            .tool
            .correct_work("fields", "usr_tomas", day(0), Work::of_seconds(90))
            .unwrap();
        world.tool.delete_project(PROJECT).unwrap();
        let run = bridge(world, &["usage"]).await;
        assert_eq!(run.code, Some(1), "{}{}", run.out, run.err);
        let named = run.out.matches("bridge unlink LINK --force").count();
        assert_eq!(named, 1, "{}", run.out);
        assert_eq!(held(world, &there), [(day(0), Some(90))]);
        let links = world.opentrain.links();
        let link = links.iter().find(|it| it.external_project_id == PROJECT);
        let link = link.unwrap().id.clone();
        let unlink = ["unlink", &link, "--force", "--yes"];
        bridge(world, &unlink).await.done();
        world.idle().await;
        let run = bridge(world, &["usage"]).await;
        assert_eq!(run.code, Some(1), "{}{}", run.out, run.err);
        assert!(
            run.out
                .contains("the link was removed at OpenTrain before they were reported"),
            "Maria may have worked: {}",
            run.out
        );
        bridge(world, &["usage"]).await.done();
        assert!(held(world, &gone).is_empty());
        assert!(world.status().await["usage"].as_array().unwrap().is_empty());
    })
    .await;
}

/// The link names a project that never existed in the tool, and the contract also has a link to one that does.
#[tokio::test]
async fn a_removed_link_to_a_project_that_never_existed_leaves_no_trace() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let mode = shared::opentrain::ProvisioningMode::PartnerWebhook;
        world.link("default", &job, "streats", mode).await;
        world.tool.delete_project("streats").unwrap();
        world.trainer("usr_maria");
        let contract = world.hire(&job, "usr_maria");
        world
            .until_access("usr_maria", "streats", |it| it.trouble.is_some())
            .await;
        worked(world, "usr_maria", 0, Work::of_seconds(60));
        // From the fourth run on, the project is read less often.
        for _ in 0..4 {
            assert!(!report(world).await.is_whole());
        }
        let left = world.status().await["lastUsage"]["left"].clone();
        assert!(
            left["streats"].is_string() && left[PROJECT].is_null(),
            "{left}"
        );

        let links = world.opentrain.links();
        let link = links.iter().find(|it| it.external_project_id == "streats");
        let link = link.unwrap().id.clone();
        bridge(world, &["unlink", &link, "--force", "--yes"])
            .await
            .done();
        world.idle().await;
        let first = report(world).await;
        assert!(first.is_whole(), "{}", first.shortfall());
        assert_eq!(first.lost, [], "no trainer had access");
        assert_eq!(held(world, &contract), [(day(0), Some(60))]);
        bridge(world, &["status", "--exit-code"]).await.done();
        let read = || world.tool.requests()[&ToolCall::Usage];
        let before = read();
        assert!(report(world).await.is_whole());
        assert_eq!(read() - before, 1, "only the project that is there");
    })
    .await;
}

#[tokio::test]
async fn half_a_contract_is_not_reported_as_the_whole() {
    play(async |world| {
        let (job, contract) = hired(world, "usr_maria").await;
        let mode = shared::opentrain::ProvisioningMode::PartnerWebhook;
        world.link("default", &job, "fields", mode).await;
        world.idle().await;
        worked(world, "usr_maria", 0, Work::of_seconds(60));
        world
            .tool
            .correct_work("fields", "usr_maria", day(0), Work::of_seconds(90))
            .unwrap();
        let broken = On::call("GET", "/projects/fields/usage");
        world.tool.fault(Fault::lasting(broken, What::status(503)));
        report(world).await;
        assert!(held(world, &contract).is_empty(), "the other half waits");
        world.tool.clear_faults();
        report(world).await;
        assert_eq!(held(world, &contract), [(day(0), Some(150))]);
    })
    .await;
}

#[tokio::test]
async fn people_whom_opentrain_lets_into_another_tool_are_no_fault() {
    play(async |world| {
        let job = world.unlinked_job();
        let mode = shared::opentrain::ProvisioningMode::ManagedAdapter;
        world.link("default", &job, "elsewhere", mode).await;
        world.tool.delete_project("elsewhere").unwrap();
        world.trainer("usr_maria");
        world.hire(&job, "usr_maria");
        world.idle().await;
        let report = report(world).await;
        assert_eq!(report.skipped.get(&Skip::NotInThisTool), Some(&1));
        assert!(report.is_whole(), "{report:?}");
    })
    .await;
}

#[tokio::test]
async fn what_a_removed_link_leaves_unreported_is_named_once() {
    play(async |world| {
        let (_, contract) = hired(world, "usr_maria").await;
        worked(world, "usr_maria", 0, Work::of_seconds(50));
        assert!(report(world).await.is_whole());
        let link = world.opentrain.links()[0].id.clone();
        world.remove_link("default", &link.as_str().into()).await;
        world.idle().await;
        worked(world, "usr_maria", 0, Work::of_seconds(60));
        let first = report(world).await;
        assert_eq!(first.skipped.get(&Skip::LinkRemoved), Some(&1));
        assert_eq!((posts(world), first.is_whole()), (1, false));
        let lost = &first.lost[0];
        assert_eq!(
            (lost.of.contract.as_str(), lost.why),
            (&*contract, WhyLost::LinkRemoved)
        );
        assert_eq!(lost.days[&day(0)].seconds, Some(60), "as the tool shows it");
        let again = report(world).await;
        assert!(again.is_whole(), "{}", again.shortfall());
        assert_eq!(held(world, &contract), [(day(0), Some(50))]);
    })
    .await;
}

#[tokio::test]
async fn a_contract_that_is_known_by_another_name_is_reported_there() {
    // A customer who moved to another connection: the contracts are the same, the old install is gone.
    let setup = Setup {
        connections: &["old", "zeta"],
        ..Setup::default()
    };
    play_with(setup, async |world| {
        let job = world.unlinked_job();
        let mode = shared::opentrain::ProvisioningMode::PartnerWebhook;
        for name in ["old", "zeta"] {
            world.link(name, &job, PROJECT, mode.clone()).await;
        }
        world.trainer("usr_maria");
        let contract = world.hire(&job, "usr_maria");
        world.idle().await;
        worked(world, "usr_maria", 0, Work::of_seconds(60));
        world
            .opentrain
            .revoke_install(&world.customers["old"].grant.install_id)
            .unwrap();
        world.idle().await;
        let report = report(world).await;
        assert!(report.is_whole() && report.skipped.is_empty(), "{report:?}");
        assert_eq!(held(world, &contract), [(day(0), Some(60))]);
        assert_eq!(posts(world), 1);
    })
    .await;
}
