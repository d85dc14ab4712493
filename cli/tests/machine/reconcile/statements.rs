//! What an operator states: `bridge end`, `bridge settle`, `bridge disconnect`.

use bridge::control::{Order, ask};
use bridge::exit::CliError;
use serde::de::DeserializeOwned;
use shared::config::Vars;
use shared::ledger::{
    Access, AccessState, Entitlement, OnInstallRevoked, OnLinkRemoved, Policy, Written,
};
use shared::model::ConnectionName;
use shared::model::progress::unwatched;
use shared::opentrain::ProvisioningMode::PartnerWebhook;
use shared::provision::{Disconnected, EndRequest, EndedHire, SettleRequest, Settled};
use simulator::{Fault, ToolCall, What};

use crate::common::world::{Setup, World, play, play_with};
use crate::reconcile::kit::reconcile;

const PROJECT: &str = "streets";

async fn ordered<T: DeserializeOwned>(world: &World, order: Order) -> Result<T, CliError> {
    let vars = Vars::default().with("BRIDGE_DB", world.file().to_str());
    let done = ask(&vars, &order, &unwatched).await;
    world.idle().await;
    done
}

fn end(id: &str, dry_run: bool) -> Order {
    Order::End(EndRequest {
        id: id.into(),
        dry_run,
    })
}

fn settle(trainer: &str, even_if_member: bool) -> Order {
    Order::Settle(SettleRequest {
        trainer: trainer.into(),
        project: PROJECT.into(),
        reason: "seen by hand".into(),
        even_if_member,
        dry_run: false,
    })
}

fn disconnect(connection: &str) -> Order {
    Order::Disconnect {
        connection: ConnectionName::parse(connection).unwrap(),
    }
}

#[tokio::test]
async fn orphaned_access_is_ended_by_the_trainers_id() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let contract = world.working(&job, PROJECT, "usr_maria").await;
        let nothing: Result<Vec<EndedHire>, _> = ordered(world, end("usr_maria", false)).await;
        assert!(
            nothing.unwrap_err().to_string().contains("orphaned"),
            "a contract that OpenTrain states is not ended by the trainer's id"
        );

        let ended = world.working(&job, PROJECT, "usr_ben").await;
        world.end(&ended);
        world.idle().await;
        let done: Disconnected = ordered(world, disconnect("default")).await.unwrap();
        assert_eq!(
            done.kept,
            ["usr_maria".into()].into(),
            "usr_ben keeps nothing"
        );
        assert!(done.recorded);
        assert_eq!(world.members(PROJECT), ["usr_maria"]);
        let shown: Vec<EndedHire> = ordered(world, end("usr_maria", true)).await.unwrap();
        assert_eq!(shown[0].contract.as_str(), contract);
        assert_eq!(shown[0].standing, Entitlement::Orphaned);
        assert!(!shown[0].recorded);
        assert_eq!(world.members(PROJECT), ["usr_maria"], "it was a dry run");
        let _: Vec<EndedHire> = ordered(world, end("usr_maria", false)).await.unwrap();
        assert!(world.members(PROJECT).is_empty());
    })
    .await;
}

/// An end is the contract's, so it would also end the hire by the other link.
#[tokio::test]
async fn a_contract_that_runs_by_another_link_is_not_ended_by_the_trainers_id() {
    let policy = Policy {
        on_link_removed: OnLinkRemoved::Keep,
        ..Policy::default()
    };
    let setup = Setup {
        policy,
        ..Setup::default()
    };
    play_with(setup, async |world| {
        let job = world.unlinked_job();
        let first = world.link("default", &job, PROJECT, PartnerWebhook).await;
        world.link("default", &job, "second", PartnerWebhook).await;
        world.working(&job, PROJECT, "usr_maria").await;
        world.remove_link("default", &first).await;
        world.idle().await;
        let refused: Result<Vec<EndedHire>, _> = ordered(world, end("usr_maria", true)).await;
        assert!(refused.is_err(), "it runs by the second link");
        assert_eq!(world.members(PROJECT), ["usr_maria"]);
    })
    .await;
}

#[tokio::test]
async fn a_contract_is_ended_by_its_id() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let contract = world.working(&job, PROJECT, "usr_maria").await;
        world.working(&job, PROJECT, "usr_ben").await;
        let _: Vec<EndedHire> = ordered(world, end(&contract, false)).await.unwrap();
        assert_eq!(world.members(PROJECT), ["usr_ben"]);
    })
    .await;
}

#[tokio::test]
async fn only_an_open_removal_is_settled() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let contract = world.working(&job, PROJECT, "usr_maria").await;
        let due: Result<Settled, _> = ordered(world, settle("usr_maria", true)).await;
        let due = due.unwrap_err().to_string();
        assert!(due.contains(&format!("bridge end {contract}")), "{due}");

        world
            .tool
            .fault(Fault::lasting(ToolCall::DeleteMember, What::status(409)));
        world.end(&contract);
        let failed =
            |access: &Access| access.state == AccessState::Removing && access.trouble.is_some();
        world.until_access("usr_maria", PROJECT, failed).await;
        let vars = Vars::default().with("BRIDGE_DB", world.file().to_str());
        let asked: Settled = ask(&vars, &settle("usr_maria", false), &unwatched)
            .await
            .unwrap();
        assert!(
            asked.is_member && !asked.recorded,
            "the tool shows the trainer"
        );
        let mut settled: Result<Settled, CliError> = Err(CliError::Usage(String::new()));
        while settled.is_err() {
            settled = ask(&vars, &settle("usr_maria", true), &unwatched).await;
            if let Err(error) = &settled {
                assert!(error.to_string().contains("repeat this after"), "{error}");
            }
        }
        world.idle().await;
        let access = world.access("usr_maria", PROJECT).await;
        assert_eq!(access.state, AccessState::Removed);
        assert_eq!(world.known("usr_maria").await.due, None);
        let status = world.status().await;
        let row = &status["access"][0];
        assert_eq!(row["settled"], "seen by hand", "it is not proven: {row}");

        // The later look finds the trainer, and the removal continues.
        world.tool.clear_faults();
        let at = access.at - jiff::SignedDuration::from_mins(16);
        let (id, ledger) = ("usr_maria".into(), world.bridge.ledger());
        let mut stored = ledger.document(&id).await.unwrap();
        let known = &mut stored.trainer;
        let earlier = Access { at, ..access };
        known.access.insert(earlier.project.clone(), earlier);
        let ends = known.ends.values_mut();
        ends.for_each(|end| end.stamp.merged_at = at);
        let put = ledger.put_document(&id, &stored.trainer, stored.expect);
        assert!(matches!(put.await.unwrap(), Written::Stored(_)));
        reconcile(world).await;
        assert!(world.members(PROJECT).is_empty());
        let access = world.access("usr_maria", PROJECT).await;
        assert_eq!((access.state, access.settled), (AccessState::Removed, None));
    })
    .await;
}

/// The token of the install still works: nothing but `bridge connect` undoes what the operator has stated.
#[tokio::test]
async fn a_disconnected_connection_stays_so_until_it_is_connected_again() {
    let remove = Policy {
        on_install_revoked: OnInstallRevoked::Remove,
        ..Policy::default()
    };
    let setup = Setup {
        policy: remove,
        ..Setup::default()
    };
    play_with(setup, async |world| {
        let job = world.job(PROJECT).await;
        world.working(&job, PROJECT, "usr_maria").await;
        let _: Disconnected = ordered(world, disconnect("default")).await.unwrap();
        assert!(world.members(PROJECT).is_empty());
        let outcome = reconcile(world).await;
        assert!(world.members(PROJECT).is_empty());
        assert_eq!(outcome.checked.connections, 0, "it is not asked");
        let status = world.status().await;
        let install = &status["connections"][0]["install"];
        assert_eq!(install["disconnected"], true, "{install}");

        let connection = ConnectionName::default();
        let install = world.customers["default"].grant.install_id.as_str().into();
        let order = Order::Reconnect {
            connection,
            install,
            organization: None,
        };
        let recorded: bool = ordered(world, order).await.unwrap();
        assert!(recorded);
        reconcile(world).await;
        assert_eq!(world.members(PROJECT), ["usr_maria"]);
    })
    .await;
}

#[tokio::test]
async fn a_connection_that_is_not_there_is_not_disconnected() {
    play(async |world| {
        world.job(PROJECT).await;
        let refused: Result<Disconnected, _> = ordered(world, disconnect("nope")).await;
        let Err(error @ CliError::Refused(_)) = refused else {
            panic!("{refused:?}")
        };
        assert_eq!(
            error.to_string(),
            "Unknown connection nope. Known: default."
        );
        let known = world.bridge.ledger().connections().await.unwrap();
        assert_eq!(known, [ConnectionName::default()].into());
    })
    .await;
}
