//! One contract on one project: thresholds, funding, the end.

use shared::ledger::{Install, InstallStatus, OnInstallRevoked, Policy};
use shared::model::ids::{ContractId, ProjectId};
use shared::notice::NoticeSettings;
use simulator::{JobOptions, PaymentType, ToolCall};

use crate::common::world::{Setup, play, play_with};
use crate::notices::scene::{default, exhausted, fund, notices, report, shown, ten_hours, warning};

#[tokio::test]
async fn eighty_percent_warns_and_a_hundred_exhausts() {
    play(async |w| {
        let contract = ten_hours(w, "streets", "maria").await;
        report(w, &contract, 7).await;
        w.idle().await;
        assert_eq!(shown(w, "streets"), None);
        report(w, &contract, 8).await;
        w.idle().await;
        assert_eq!(shown(w, "streets"), warning(&[&contract]));
        report(w, &contract, 10).await;
        w.idle().await;
        assert_eq!(shown(w, "streets"), exhausted(&[&contract]));
        let notice = w.tool.notice("streets").unwrap();
        assert!(
            notice.text.contains(&contract) && notice.text.contains("https://app.opentrain.ai")
        );
        assert_eq!(notice.url, "https://app.opentrain.ai");
    })
    .await;
}

/// The simulator emits both events, and both contain the budget at that time.
#[tokio::test]
async fn crossing_both_thresholds_at_once_shows_the_worse_level() {
    play(async |w| {
        let contract = ten_hours(w, "streets", "maria").await;
        report(w, &contract, 12).await;
        w.idle().await;
        assert_eq!(shown(w, "streets"), exhausted(&[&contract]));
    })
    .await;
}

#[tokio::test]
async fn funding_clears_as_far_as_it_goes() {
    play(async |w| {
        let contract = ten_hours(w, "streets", "maria").await;
        report(w, &contract, 10).await;
        w.idle().await;
        fund(w, &contract, 2.0);
        w.idle().await;
        assert_eq!(shown(w, "streets"), warning(&[&contract]), "10 of 12 h");
        fund(w, &contract, 20.0);
        w.idle().await;
        assert_eq!(shown(w, "streets"), None);
        report(w, &contract, 24).await;
        report(w, &contract, 24).await;
        w.idle().await;
        assert_eq!(shown(w, "streets"), None, "24 of 32 h");
    })
    .await;
}

#[tokio::test]
async fn the_tool_is_written_to_only_when_something_changes() {
    play(async |w| {
        let contract = ten_hours(w, "streets", "maria").await;
        assert_eq!(
            w.tool.notice_writes(),
            0,
            "nothing to show, nothing to clear"
        );
        for hours in [8, 9] {
            report(w, &contract, hours).await;
            w.idle().await;
        }
        w.replay_all();
        w.idle().await;
        assert_eq!(w.tool.notice_writes(), 1);
        fund(w, &contract, 90.0);
        w.idle().await;
        w.replay_all();
        w.idle().await;
        assert_eq!(w.tool.notice_writes(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_fixed_price_never_warns() {
    play(async |w| {
        w.project("streets");
        let job = w.opentrain.create_job(JobOptions {
            payment_type: Some(PaymentType::FixedPrice),
            ..JobOptions::default()
        });
        w.link(
            "default",
            &job,
            "streets",
            shared::opentrain::ProvisioningMode::PartnerWebhook,
        )
        .await;
        let contract = w.hire(&job, &w.trainer("maria"));
        fund(w, &contract, 1.0);
        report(w, &contract, 20).await;
        w.idle().await;
        let ledger = w.bridge.ledger();
        let row = ledger
            .budget(&default(), &ContractId::new(&contract))
            .await
            .unwrap();
        assert!(row.is_some(), "the funding was recorded");
        assert_eq!(shown(w, "streets"), None);
        assert_eq!(w.tool.notice_writes(), 0);
    })
    .await;
}

#[tokio::test]
async fn the_end_of_the_contract_removes_it_from_the_notice() {
    play(async |w| {
        let contract = ten_hours(w, "streets", "maria").await;
        report(w, &contract, 10).await;
        w.idle().await;
        assert!(shown(w, "streets").is_some());
        w.end(&contract);
        w.idle().await;
        assert_eq!(shown(w, "streets"), None);
        // The last report of an ended contract shows nothing either.
        fund(w, &contract, 5.0);
        report(w, &contract, 20).await;
        w.idle().await;
        assert_eq!(shown(w, "streets"), None);
    })
    .await;
}

#[tokio::test]
async fn the_removal_of_the_link_removes_the_contract_from_the_notice() {
    play(async |w| {
        let job = w.unlinked_job();
        let link = w.link(
            "default",
            &job,
            "streets",
            shared::opentrain::ProvisioningMode::PartnerWebhook,
        );
        let link = link.await;
        let contract = w.hire(&job, &w.trainer("maria"));
        fund(w, &contract, 10.0);
        report(w, &contract, 10).await;
        w.idle().await;
        assert!(shown(w, "streets").is_some());
        w.remove_link("default", &link).await;
        w.idle().await;
        assert_eq!(shown(w, "streets"), None);
    })
    .await;
}

#[tokio::test]
async fn the_revocation_of_the_install_removes_the_contract_from_the_notice() {
    let policy = Policy {
        on_install_revoked: OnInstallRevoked::Remove,
        ..Policy::default()
    };
    play_with(
        Setup {
            policy,
            ..Setup::default()
        },
        async |w| {
            let contract = ten_hours(w, "streets", "maria").await;
            report(w, &contract, 10).await;
            w.idle().await;
            assert!(shown(w, "streets").is_some());
            w.opentrain
                .revoke_install(&w.customers["default"].grant.install_id)
                .unwrap();
            w.idle().await;
            assert_eq!(shown(w, "streets"), None);
        },
    )
    .await;
}

/// By default access outlives the install, but its contracts get no further updates.
#[tokio::test]
async fn an_orphan_leaves_the_notice_and_returns_with_a_reconnect() {
    play(async |w| {
        let contract = ten_hours(w, "streets", "maria").await;
        report(w, &contract, 10).await;
        w.idle().await;
        let notices = notices(w, NoticeSettings::default());
        w.opentrain
            .revoke_install(&w.customers["default"].grant.install_id)
            .unwrap();
        w.idle().await;
        notices.catch_up(&default()).await.unwrap();
        assert_eq!(shown(w, "streets"), None);
        assert_eq!(w.members("streets"), ["maria"]);
        let back = |old: Option<Install>| {
            Some(Install {
                status: InstallStatus::Active,
                ..old?
            })
        };
        w.bridge
            .ledger()
            .update_install(&default(), back)
            .await
            .unwrap();
        notices.catch_up(&default()).await.unwrap();
        assert_eq!(shown(w, "streets"), exhausted(&[&contract]));
    })
    .await;
}

/// The bridge does not change access that OpenTrain provisions itself.
#[tokio::test]
async fn a_managed_link_gets_no_notice() {
    play(async |w| {
        let job = w.unlinked_job();
        w.link(
            "default",
            &job,
            "streets",
            shared::opentrain::ProvisioningMode::ManagedAdapter,
        )
        .await;
        let contract = w.hire(&job, &w.trainer("maria"));
        fund(w, &contract, 10.0);
        report(w, &contract, 10).await;
        w.idle().await;
        assert_eq!(w.tool.notice_writes(), 0);
    })
    .await;
}

/// The tool answers 501: that is remembered, and does not block processing.
#[tokio::test]
async fn a_tool_without_notices_is_asked_once() {
    play(async |w| {
        w.tool.set_supported(ToolCall::PutNotice, false);
        w.tool.set_supported(ToolCall::DeleteNotice, false);
        let contract = ten_hours(w, "streets", "maria").await;
        for hours in [8, 10] {
            report(w, &contract, hours).await;
            w.idle().await;
        }
        fund(w, &contract, 90.0);
        w.idle().await;
        assert_eq!(w.tool.requests().get(&ToolCall::PutNotice), Some(&1));
        assert_eq!(w.tool.requests().get(&ToolCall::DeleteNotice), None);
        let row = w
            .bridge
            .ledger()
            .notice(&ProjectId::from("streets"))
            .await
            .unwrap()
            .0
            .unwrap();
        assert!(!row.placed && row.shown.is_none() && row.trouble.is_none());
    })
    .await;
}
