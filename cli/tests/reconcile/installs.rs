//! Installs that don't let us in, and those that ask for more than they give.

use shared::connection::ConnectionName;
use shared::ledger::InstallStatus;
use shared::reconcile::Wish;
use simulator::{ConsentOptions, Scope};

use crate::common::world::{Setup, play_with};
use crate::kit::{drift, reconcile, reconcile_as, working};
use shared::opentrain::ProvisioningMode::PartnerWebhook;

const TWO: &[&str] = &["acme", "zeta"];

#[tokio::test]
async fn a_connection_that_fails_stops_no_other() {
    play_with(
        Setup {
            connections: TWO,
            ..Setup::default()
        },
        async |world| {
            let job = world.unlinked_job();
            world.link("acme", &job, "roads", PartnerWebhook).await;
            world.link("zeta", &job, "signs", PartnerWebhook).await;
            working(world, &job, "roads", "usr_maria").await;
            world.opentrain.lose_events(3);
            world
                .opentrain
                .revoke_install(&world.customers["acme"].grant.install_id)
                .unwrap();
            world.hire(&job, &world.trainer("usr_ben"));
            let outcome = reconcile_as(world, Wish::default()).await;
            let why = outcome.all_done().unwrap_err();
            assert!(
                why.contains("acme: install") && why.contains("bridge connect"),
                "{why}"
            );
            assert_eq!(drift(&outcome), ["usr_ben hired"]);
            assert!(world.reads_back("signs", "usr_ben").await);
            // A dead token and a revoked install are answered alike: nobody's access hangs on that.
            assert!(world.reads_back("roads", "usr_maria").await);
            let acme = ConnectionName::parse("acme").unwrap();
            let known = world.bridge.ledger().install(&acme).await.unwrap();
            assert!(known.is_none_or(|install| install.status == InstallStatus::Active));
        },
    )
    .await;
}

#[tokio::test]
async fn one_connection_can_be_asked_alone() {
    play_with(
        Setup {
            connections: TWO,
            ..Setup::default()
        },
        async |world| {
            let job = world.unlinked_job();
            world.link("acme", &job, "roads", PartnerWebhook).await;
            world.link("zeta", &job, "signs", PartnerWebhook).await;
            world.idle().await;
            world.opentrain.lose_events(2);
            world.hire(&job, &world.trainer("usr_ben"));
            let zeta = ConnectionName::parse("zeta").ok();
            let outcome = reconcile_as(
                world,
                Wish {
                    connection: zeta,
                    ..Wish::default()
                },
            )
            .await;
            assert_eq!(
                (outcome.checked.connections, drift(&outcome)),
                (1, vec!["usr_ben hired".into()])
            );
            assert!(world.members("roads").is_empty());
            reconcile(world).await;
            assert_eq!(
                (world.members("roads"), world.members("signs")),
                (vec!["usr_ben".into()], vec!["usr_ben".into()])
            );
        },
    )
    .await;
}

#[tokio::test]
async fn the_install_is_noted_as_it_stands() {
    play_with(Setup::default(), async |world| {
        let outcome = reconcile(world).await;
        let known = world
            .bridge
            .ledger()
            .install(&ConnectionName::single())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            known.id.unwrap().as_str(),
            world.customers["default"].grant.install_id
        );
        assert_eq!(
            outcome.drift.len(),
            1,
            "the install is new to the ledger: {:?}",
            outcome.drift
        );
        assert!(reconcile(world).await.drift.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_scope_that_is_missing_is_told_with_the_cure() {
    let scopes = vec![Scope::ProjectLinksRead, Scope::WebhooksManage];
    let consent = ConsentOptions {
        scopes,
        ..ConsentOptions::default()
    };
    play_with(
        Setup {
            consent,
            ..Setup::default()
        },
        async |world| {
            let outcome = reconcile_as(world, Wish::default()).await;
            let why = outcome.all_done().unwrap_err();
            assert!(
                why.contains("contracts:read") && why.contains("connect again"),
                "{why}"
            );
        },
    )
    .await;
}
