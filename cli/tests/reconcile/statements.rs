//! What an operator states: `bridge end`, `bridge settle`, `bridge disconnect`.

use bridge::exit::Failed;
use bridge::operator::{Order, ask};
use serde::de::DeserializeOwned;
use shared::config::Vars;
use shared::connection::ConnectionName;
use shared::ledger::{Access, AccessState};
use shared::progress::unwatched;
use shared::provision::{Disconnected, EndRequest, EndedHire, SettleRequest, Standing};
use simulator::{Fault, ToolCall, What};

use crate::common::world::{World, play};
use crate::kit::{database, working};

const PROJECT: &str = "streets";

async fn ordered<T: DeserializeOwned>(world: &World, order: Order) -> Result<T, Failed> {
    let vars = Vars::default().with("BRIDGE_DB", database(world).to_str());
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

fn settle(trainer: &str) -> Order {
    Order::Settle(SettleRequest {
        trainer: trainer.into(),
        project: PROJECT.into(),
        reason: "seen by hand".into(),
    })
}

#[tokio::test]
async fn orphaned_access_is_ended_by_the_trainers_id() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let contract = working(world, &job, PROJECT, "usr_maria").await;
        let nothing: Result<Vec<EndedHire>, _> = ordered(world, end("usr_maria", false)).await;
        assert!(
            nothing.unwrap_err().to_string().contains("orphaned"),
            "a contract that OpenTrain states is not ended by the trainer's id"
        );

        let disconnected = Order::Disconnect {
            connection: ConnectionName::single(),
        };
        let done: Disconnected = ordered(world, disconnected).await.unwrap();
        assert_eq!((done.kept, done.recorded), (1, true));
        assert_eq!(world.members(PROJECT), ["usr_maria"]);
        let shown: Vec<EndedHire> = ordered(world, end("usr_maria", true)).await.unwrap();
        assert_eq!(shown[0].contract.as_str(), contract);
        assert_eq!(shown[0].standing, Standing::Orphaned);
        assert!(!shown[0].recorded);
        assert_eq!(world.members(PROJECT), ["usr_maria"], "it was a dry run");
        let _: Vec<EndedHire> = ordered(world, end("usr_maria", false)).await.unwrap();
        assert!(world.members(PROJECT).is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_contract_is_ended_by_its_id() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let contract = working(world, &job, PROJECT, "usr_maria").await;
        working(world, &job, PROJECT, "usr_ben").await;
        let _: Vec<EndedHire> = ordered(world, end(&contract, false)).await.unwrap();
        assert_eq!(world.members(PROJECT), ["usr_ben"]);
    })
    .await;
}

#[tokio::test]
async fn only_an_open_removal_is_settled() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let contract = working(world, &job, PROJECT, "usr_maria").await;
        let due: Result<bool, _> = ordered(world, settle("usr_maria")).await;
        assert!(due.unwrap_err().to_string().contains("bridge end"));

        world
            .tool
            .fault(Fault::lasting(ToolCall::DeleteMember, What::status(409)));
        world.end(&contract);
        let failed =
            |access: &Access| access.state == AccessState::Removing && access.trouble.is_some();
        world.until_access("usr_maria", PROJECT, failed).await;
        let mut settled: Result<bool, Failed> = Err(Failed::Misused(String::new()));
        while settled.is_err() {
            let vars = Vars::default().with("BRIDGE_DB", database(world).to_str());
            settled = ask(&vars, &settle("usr_maria"), &unwatched).await;
            if let Err(error) = &settled {
                assert!(error.to_string().contains("call this again"), "{error}");
            }
        }
        world.idle().await;
        let access = world.access("usr_maria", PROJECT).await;
        assert_eq!(access.state, AccessState::Removed);
        assert!(world.known("usr_maria").await.member.emails.is_empty());
        assert_eq!(world.known("usr_maria").await.due, None);
        world.tool.clear_faults();
    })
    .await;
}
