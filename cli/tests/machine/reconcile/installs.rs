//! Installs that refuse the bridge, and tokens of other installs.

use std::sync::Arc;

use shared::connection::Connection;
use shared::http::TIMEOUT;
use shared::ledger::{InstallStatus, Policy};
use shared::model::ConnectionName;
use shared::model::clock::{Clock, SystemClock};
use shared::model::ids::JobId;
use shared::model::progress::unwatched;
use shared::notice::{NoticeSettings, Notices};
use shared::opentrain::NewProjectLink;
use shared::opentrain::ProvisioningMode::PartnerWebhook;
use shared::provision::{Delays, Provisioner};
use shared::reconcile::{Guard, Note, Reconciler, Wish};
use shared::tool::AnnotationTool;
use shared::usage::LastUsage;
use simulator::{ConsentOptions, Fault, On, Scope, What};
use tools::RestTool;

use crate::common::customer::platform;
use crate::common::world::{Setup, TOOL_TOKEN, World, play_with};
use crate::reconcile::kit::{drift, reconcile, reconcile_as};

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
            world.working(&job, "roads", "usr_maria").await;
            world.opentrain.lose_events(3);
            world
                .opentrain
                .revoke_install(&world.customers["acme"].grant.install_id)
                .unwrap();
            world.hire(&job, &world.trainer("usr_ben"));
            let outcome = reconcile_as(world, Wish::default()).await;
            let why = outcome.all_done().unwrap_err();
            assert!(
                why.contains("acme: install") && why.contains("`bridge disconnect acme`"),
                "{why}"
            );
            assert_eq!(drift(&outcome), ["usr_ben hired"]);
            assert!(world.reads_back("signs", "usr_ben").await);
            // OpenTrain gives the same answer to an invalid token and to a revoked install, so access does not depend
            // on that answer.
            assert!(world.reads_back("roads", "usr_maria").await);
            let acme = ConnectionName::parse("acme").unwrap();
            let known = world.bridge.ledger().install(&acme).await.unwrap();
            assert!(known.is_none_or(|install| install.status == InstallStatus::Active));
        },
    )
    .await;
}

/// What is no refusal of OpenTrain's does not make an operator disconnect a customer.
#[tokio::test]
async fn a_proxys_page_is_no_reason_to_disconnect() {
    play_with(Setup::default(), async |world| {
        for what in [What::Page(401), What::Page(403), What::Garbage] {
            let install = On::call("GET", "/installs/current");
            world.opentrain.fault(Fault::lasting(install, what));
            let outcome = reconcile_as(world, Wish::default()).await;
            let why = outcome.all_done().unwrap_err();
            assert!(why.contains("default: install"), "{why}");
            assert!(!why.contains("bridge disconnect"), "{why}");
            world.opentrain.clear_faults();
        }
    })
    .await;
}

/// A run of one connection covers no other: their problems stay, and their age counts.
#[tokio::test]
async fn a_run_of_one_connection_hides_no_other() {
    let setup = Setup {
        connections: TWO,
        ..Setup::default()
    };
    play_with(setup, async |world| {
        reconcile(world).await;
        world.opentrain.lose_events(1);
        world
            .opentrain
            .revoke_install(&world.customers["acme"].grant.install_id)
            .unwrap();
        reconcile_as(world, Wish::default()).await;
        let before = world.status().await["lastReconcile"].clone();
        let alone = Wish {
            connection: ConnectionName::parse("zeta").ok(),
            ..Wish::default()
        };
        reconcile_as(world, alone).await;
        let after = world.status().await["lastReconcile"].clone();
        assert_eq!(after["startedAt"], before["startedAt"]);
        let problem = after["problems"][0].as_str().unwrap_or_default();
        assert!(problem.contains("acme: install"), "{after}");
    })
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
            .install(&ConnectionName::default())
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

/// The world's reconciler with another install's token, as after `bridge connect`.
fn reconnected(world: &World, grant: &simulator::Grant) -> Reconciler {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let token = TOOL_TOKEN.into();
    let tool = RestTool::new(&world.tool.base_url(), &token, TIMEOUT, Arc::clone(&clock));
    let tool: Arc<dyn AnnotationTool> = Arc::new(tool.unwrap());
    let ledger = world.bridge.ledger().clone();
    let connection = Connection {
        name: ConnectionName::default(),
        secrets: Vec::new(),
        platform: platform(&world.opentrain.base_url(), &grant.token),
        projects: None,
    };
    let notices = Notices::new(
        ledger.clone(),
        Arc::clone(&tool),
        Arc::clone(&clock),
        Policy::default(),
        NoticeSettings::default(),
    );
    let provisioner = Provisioner {
        ledger,
        queue: Arc::clone(world.bridge.queue()),
        tool,
        connections: [connection].into_iter().collect(),
        clock,
        policy: Policy::default(),
        notices,
        delays: Delays::default(),
        mail: None,
        usage: LastUsage::default(),
    };
    Reconciler {
        provisioner,
        guard: Guard::default(),
    }
}

/// A new install does not list the links of the previous one. That does not mean that they were removed.
#[tokio::test]
async fn a_reconnect_revokes_no_access_until_the_contract_is_over() {
    play_with(Setup::default(), async |world| {
        let job = world.job("roads").await;
        let contract = world.working(&job, "roads", "usr_maria").await;
        reconcile(world).await;
        world.opentrain.lose_events(1);
        world
            .opentrain
            .revoke_install(&world.customers["default"].grant.install_id)
            .unwrap();
        let grant = world.opentrain.consent(ConsentOptions::default());
        let reconciler = reconnected(world, &grant);
        let run = async || {
            let outcome = reconciler.run(&Wish::default(), &unwatched).await.unwrap();
            world.idle().await;
            outcome
        };
        let outcome = run().await;
        let noted = |note: &Note| note.text.contains("it belongs to an earlier install");
        assert!(outcome.notes.iter().any(noted), "{:?}", outcome.notes);
        assert!(world.reads_back("roads", "usr_maria").await);
        let standing = async || {
            let status = world.status().await;
            status["access"][0]["because"][0]["standing"].clone()
        };
        assert_eq!(standing().await, "orphaned");
        assert!(run().await.drift.is_empty());
        // After a new link, OpenTrain reports the contract again. Its end ends both hires.
        let again = NewProjectLink {
            external_project_id: "roads".into(),
            external_project_name: None,
            external_project_url: None,
            job_id: Some(JobId::from(job.as_str())),
            provisioning_mode: PartnerWebhook,
        };
        let platform = platform(&world.opentrain.base_url(), &grant.token);
        platform.create_link(&again).await.unwrap();
        assert_eq!(drift(&run().await), ["link found", "usr_maria hired"]);
        world.end(&contract);
        assert_eq!(drift(&run().await), ["usr_maria ended", "usr_maria ended"]);
        assert!(!world.reads_back("roads", "usr_maria").await);
    })
    .await;
}
