//! Removals are verified twice.

use bridge::control::{Order, ask};
use jiff::SignedDuration;
use shared::config::Vars;
use shared::ledger::{Access, AccessState, Written};
use shared::model::ConnectionName;
use shared::model::clock::{Clock, SystemClock};
use shared::model::ids::{LinkId, TrainerId};
use shared::model::progress::unwatched;
use shared::provision::{SettleRequest, Settled};
use shared::reconcile::{Outcome, Wish};
use simulator::{Fault, On, What};

use crate::common::command::bridge;
use crate::common::world::{World, play};
use crate::reconcile::kit::{added_by_another, reconcile, reconcile_as};

const PROJECT: &str = "streets";

/// A trainer's contract ended and access was revoked `minutes` ago. The removal has been verified `looks` times.
async fn removed(world: &World, trainer: &str, minutes: i64, looks: u8) {
    let at = SystemClock.now() - SignedDuration::from_mins(minutes);
    let (id, ledger) = (TrainerId::from(trainer), world.bridge.ledger());
    let mut stored = ledger.document(&id).await.unwrap();
    let access = Access {
        looks,
        ..Access::new(&PROJECT.into(), AccessState::Removed, at)
    };
    let known = &mut stored.trainer;
    known.access.insert(access.project.clone(), access);
    for end in known.ends.values_mut() {
        end.stamp.merged_at = at;
    }
    let written = ledger.put_document(&id, &stored.trainer, stored.expect);
    assert!(matches!(written.await.unwrap(), Written::Stored(_)));
}

async fn leaver(world: &World) {
    let job = world.job(PROJECT).await;
    let contract = world.working(&job, PROJECT, "usr_maria").await;
    world.end(&contract);
    world.idle().await;
    assert!(world.members(PROJECT).is_empty());
}

#[tokio::test]
async fn access_that_comes_back_is_removed_again_and_then_reported() {
    play(async |world| {
        leaver(world).await;
        added_by_another(world, PROJECT, "usr_maria").await;
        removed(world, "usr_maria", 14, 0).await;
        reconcile(world).await;
        assert!(world.reads_back(PROJECT, "usr_maria").await, "too early");

        removed(world, "usr_maria", 16, 0).await;
        reconcile(world).await;
        assert!(!world.reads_back(PROJECT, "usr_maria").await);
        let access = world.access("usr_maria", PROJECT).await;
        assert_eq!((access.state, access.looks), (AccessState::Removed, 1));

        added_by_another(world, PROJECT, "usr_maria").await;
        removed(world, "usr_maria", 25 * 60, 1).await;
        let outcome = reconcile_as(world, Wish::default()).await;
        let why = outcome.all_done().unwrap_err();
        assert!(
            why.contains("usr_maria") && why.contains("there again"),
            "{why}"
        );
        assert!(world.reads_back(PROJECT, "usr_maria").await);
        reconcile(world).await;
        let trouble = async || {
            let access = world.access("usr_maria", PROJECT).await;
            access.trouble.map(|it| it.reason)
        };
        let kept = trouble().await.unwrap();
        assert!(kept.contains("is there again"), "{kept}");
        let settle = Order::Settle(SettleRequest {
            trainer: "usr_maria".into(),
            project: PROJECT.into(),
            reason: "a colleague added her".into(),
            even_if_member: true,
            dry_run: false,
        });
        let vars = Vars::default().with("BRIDGE_DB", world.file().to_str());
        let settled: Settled = ask(&vars, &settle, &unwatched).await.unwrap();
        assert!(settled.recorded);
        assert_eq!(trouble().await, None);
        world.idle().await;
    })
    .await;
}

/// Moves the removal back in time by `minutes`.
async fn back(world: &World, trainer: &str, minutes: i64) {
    let (id, ledger) = (TrainerId::from(trainer), world.bridge.ledger());
    let mut stored = ledger.document(&id).await.unwrap();
    let span = SignedDuration::from_mins(minutes);
    let known = &mut stored.trainer;
    known.access.values_mut().for_each(|it| it.at -= span);
    let ends = known.ends.values_mut();
    ends.for_each(|it| it.stamp.merged_at -= span);
    let written = ledger.put_document(&id, &stored.trainer, stored.expect);
    assert!(matches!(written.await.unwrap(), Written::Stored(_)));
}

/// The cause of a removal that a look repeats: no event states it.
#[tokio::test]
async fn a_repeated_removal_is_recorded_with_its_cause() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        world.working(&job, PROJECT, "usr_maria").await;
        let link = LinkId::new(&world.opentrain.links()[0].id);
        world.remove_link("default", &link).await;
        world.until_removed(PROJECT, "usr_maria").await;
        added_by_another(world, PROJECT, "usr_maria").await;
        back(world, "usr_maria", 16).await;
        reconcile(world).await;
        assert!(!world.reads_back(PROJECT, "usr_maria").await);
        let audit = bridge(world, &["audit", "--json"]).await.json();
        let rows = audit["entries"].as_array().unwrap().iter();
        let removals = rows.filter(|it| it["event"] == "access.removal-asked");
        let causes: Vec<_> = removals.map(|it| &it["cause"]).collect();
        assert_eq!(causes, ["link-removed", "link-removed"], "{audit:#}");
    })
    .await;
}

/// A gateway answers "not found" in JSON to every call, for longer than `CONFIRM_AFTER` and the first look.
#[tokio::test]
async fn a_gateways_not_found_is_no_look() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let contract = world.working(&job, PROJECT, "usr_maria").await;
        world
            .tool
            .fault(Fault::lasting(On::any(), What::status(404)));
        world.end(&contract);
        let removed = |access: &Access| access.state == AccessState::Removed;
        world.until_access("usr_maria", PROJECT, removed).await;
        world.idle().await;
        back(world, "usr_maria", 16).await;
        reconcile(world).await;
        let access = world.access("usr_maria", PROJECT).await;
        assert_eq!(access.looks, 0, "the tool showed nothing");
        world.tool.clear_faults();
        assert_eq!(world.members(PROJECT), ["usr_maria"]);
        back(world, "usr_maria", 24 * 60).await;
        reconcile(world).await;
        assert!(world.members(PROJECT).is_empty());
    })
    .await;
}

/// The tool itself answers that the project is gone, at the removal and at the first look; then it is there again, with
/// its members.
#[tokio::test]
async fn a_member_of_a_project_that_comes_back_is_removed_at_any_look() {
    play(async |world| {
        let roads = world.job("roads").await;
        let job = world.job(PROJECT).await;
        world.working(&roads, "roads", "usr_ben").await;
        let contract = world.working(&job, PROJECT, "usr_maria").await;
        for path in ["/projects/streets", "/projects/streets/members/*"] {
            for method in ["GET", "DELETE"] {
                let gone = On::call(method, path);
                world.tool.fault(Fault::lasting(gone, What::status(404)));
            }
        }
        world.end(&contract);
        let removed = |access: &Access| access.state == AccessState::Removed;
        world.until_access("usr_maria", PROJECT, removed).await;
        world.idle().await;
        back(world, "usr_maria", 16).await;
        reconcile(world).await;
        let access = world.access("usr_maria", PROJECT).await;
        assert_eq!(access.looks, 1, "a deleted project has no members");
        world.tool.clear_faults();
        assert_eq!(world.members(PROJECT), ["usr_maria"]);
        back(world, "usr_maria", 24 * 60).await;
        reconcile(world).await;
        assert!(world.members(PROJECT).is_empty());
    })
    .await;
}

#[tokio::test]
async fn an_address_is_erased_after_the_second_look() {
    play(async |world| {
        leaver(world).await;
        let emails = async || world.known("usr_maria").await.member.emails.len();
        assert_eq!(emails().await, 1);
        removed(world, "usr_maria", 16, 0).await;
        reconcile(world).await;
        assert_eq!(emails().await, 1);
        removed(world, "usr_maria", 25 * 60, 1).await;
        reconcile(world).await;
        assert_eq!(emails().await, 0);
    })
    .await;
}

/// The tool was restored from a backup, or a person removed members there.
#[tokio::test]
async fn access_that_the_tool_has_lost_is_granted_again() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let all = ["usr_a", "usr_b", "usr_c", "usr_d", "usr_e"];
        for trainer in all {
            world.working(&job, PROJECT, trainer).await;
        }
        reconcile(world).await;
        let lose = |some: &[&str]| {
            for trainer in some {
                world.tool.remove_member(PROJECT, trainer).unwrap();
            }
        };
        lose(&all[..2]);
        let outcome = reconcile(world).await;
        assert!(says(
            &outcome,
            "2 trainers who were granted access are not in the tool"
        ));
        assert_eq!(world.members(PROJECT), all);

        lose(&all);
        let outcome = reconcile(world).await;
        assert!(says(
            &outcome,
            "5 of 5 trainers who were granted access are not in the tool"
        ));
        assert!(
            world.members(PROJECT).is_empty(),
            "that many are for the operator"
        );

        let forced = Wish {
            force: true,
            connection: Some(ConnectionName::default()),
            ..Wish::default()
        };
        reconcile_as(world, forced).await;
        assert_eq!(world.members(PROJECT), all);
    })
    .await;
}

fn says(outcome: &Outcome, text: &str) -> bool {
    outcome.notes.iter().any(|note| note.text.starts_with(text))
}

/// The tool does not answer for weeks. The address is still deleted in time.
#[tokio::test]
async fn an_address_is_erased_after_35_days() {
    play(async |world| {
        leaver(world).await;
        world
            .tool
            .fault(Fault::lasting(On::any(), What::status(503)));
        removed(world, "usr_maria", 34 * 24 * 60, 0).await;
        reconcile(world).await;
        assert_eq!(world.known("usr_maria").await.member.emails.len(), 1);
        removed(world, "usr_maria", 36 * 24 * 60, 0).await;
        reconcile(world).await;
        assert!(world.known("usr_maria").await.member.emails.is_empty());
        world.tool.clear_faults();
    })
    .await;
}

/// After 400 days a reconcile deletes the contract and the person's data. The ids of accounts stay.
#[tokio::test]
async fn a_contract_is_deleted_400_days_after_it_was_closed() {
    play(async |world| {
        leaver(world).await;
        removed(world, "usr_maria", 399 * 24 * 60, 2).await;
        reconcile(world).await;
        let known = world.known("usr_maria").await;
        assert_eq!((known.hires.len(), known.ends.len()), (1, 1));
        assert!(known.member.display_name.is_some());
        removed(world, "usr_maria", 401 * 24 * 60, 2).await;
        reconcile(world).await;
        let known = world.known("usr_maria").await;
        assert_eq!((known.hires.len(), known.ends.len()), (0, 0));
        assert_eq!(known.member.display_name, None);
    })
    .await;
}
