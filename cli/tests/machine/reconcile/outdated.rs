//! Access that is due but missing, or present but not due: the work is tried again.

use shared::ledger::{Access, AccessState, Due};
use shared::model::clock::{Clock, SystemClock};
use shared::model::failure::Cause;
use shared::reconcile::{Change, Wish};
use simulator::{Fault, ToolCall, What};

use crate::common::events::email;
use crate::common::world::play;
use crate::reconcile::kit::{changes, note, order, reconcile, reconcile_as, state};

const PROJECT: &str = "streets";

#[tokio::test]
async fn a_trainer_without_an_email_gets_access_when_there_is_one() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        world.hire(&job, &world.trainer_with("usr_maria", None));
        world.idle().await;
        assert_eq!(
            state(world, "usr_maria", PROJECT).await,
            AccessState::AwaitingEmail
        );
        reconcile(world).await;
        assert!(world.members(PROJECT).is_empty());
        world
            .opentrain
            .set_work_email("usr_maria", Some(&email("usr_maria")))
            .unwrap();
        assert_eq!(
            changes(&reconcile(world).await),
            [(Change::Grant, "usr_maria".to_owned())]
        );
        assert!(world.reads_back(PROJECT, "usr_maria").await);
    })
    .await;
}

#[tokio::test]
async fn what_the_tool_refused_for_good_is_tried_again() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        world.tool.refuse("usr_maria", "no seat left");
        world.hire(&job, &world.trainer("usr_maria"));
        world
            .until_access("usr_maria", PROJECT, |it| it.trouble.is_some())
            .await;
        world.idle().await;
        world.tool.stop_refusing("usr_maria");
        reconcile(world).await;
        assert!(world.reads_back(PROJECT, "usr_maria").await);
        assert!(world.access("usr_maria", PROJECT).await.trouble.is_none());
    })
    .await;
}

/// A wake-up that is lost loses nothing: the work that is due is in the trainer's document.
#[tokio::test]
async fn work_whose_wake_up_was_lost_is_done_by_the_next_scheduled_run() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        world.working(&job, PROJECT, "usr_ben").await;
        world.tool.remove_member(PROJECT, "usr_ben").unwrap();
        let left = Access::new(&PROJECT.into(), AccessState::Granting, SystemClock.now());
        let due = |minutes: i64| Due {
            at: SystemClock.now() - jiff::SignedDuration::from_mins(minutes),
            since: SystemClock.now(),
            tries: 1,
            token: 7,
            by: 0,
        };
        note(world, "usr_ben", left.clone(), Some(due(19))).await;
        assert!(order(world, Wish::scheduled()).await.access.is_empty());
        note(world, "usr_ben", left, Some(due(21))).await;
        let outcome = reconcile_as(world, Wish::scheduled()).await;
        assert_eq!(changes(&outcome), [(Change::Grant, "usr_ben".to_owned())]);
        assert_eq!(world.members(PROJECT), ["usr_ben"]);
        assert_eq!(world.known("usr_ben").await.due, None);
    })
    .await;
}

/// Work that failed has a wake-up: a schedule must not add a message each time.
#[tokio::test]
async fn a_schedule_leaves_alone_what_has_a_wake_up() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        world
            .tool
            .fault(Fault::lasting(ToolCall::PutMember, What::status(503)));
        world.hire(&job, &world.trainer("usr_maria"));
        let troubled = |it: &Access| {
            it.trouble
                .as_ref()
                .is_some_and(|it| it.cause == Cause::Transient)
        };
        world.until_access("usr_maria", PROJECT, troubled).await;
        assert!(order(world, Wish::scheduled()).await.access.is_empty());
        assert_eq!(
            order(world, Wish::default()).await.access.len(),
            1,
            "an operator is in a hurry"
        );
        world.tool.clear_faults();
        world.idle().await;
        assert!(world.reads_back(PROJECT, "usr_maria").await);
    })
    .await;
}

#[tokio::test]
async fn an_intent_that_a_crash_left_behind_is_carried_out() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let contract = world.working(&job, PROJECT, "usr_maria").await;
        world.working(&job, PROJECT, "usr_ben").await;
        let left = |state| Access::new(&PROJECT.into(), state, SystemClock.now());
        note(world, "usr_ben", left(AccessState::Granting), None).await;
        world.end(&contract);
        world.idle().await;
        note(world, "usr_maria", left(AccessState::Removing), None).await;
        reconcile(world).await;
        assert_eq!(state(world, "usr_ben", PROJECT).await, AccessState::Granted);
        assert_eq!(
            state(world, "usr_maria", PROJECT).await,
            AccessState::Removed
        );
        assert_eq!(world.members(PROJECT), ["usr_ben"]);
    })
    .await;
}

#[tokio::test]
async fn an_invitation_is_followed_up() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        world.tool.set_invites(true);
        for trainer in ["usr_accepts", "usr_waits", "usr_lost"] {
            world.hire(&job, &world.trainer(trainer));
        }
        world.idle().await;
        assert_eq!(
            state(world, "usr_accepts", PROJECT).await,
            AccessState::Invited
        );
        world.tool.accept_invite(PROJECT, "usr_accepts").unwrap();
        world.tool.remove_member(PROJECT, "usr_lost").unwrap();
        let since = world.access("usr_waits", PROJECT).await;
        let outcome = reconcile(world).await;
        assert!(changes(&outcome).iter().all(|it| it.0 == Change::Check));
        assert_eq!(
            state(world, "usr_accepts", PROJECT).await,
            AccessState::Granted
        );
        assert_eq!(
            world.access("usr_waits", PROJECT).await,
            since,
            "nothing has changed there"
        );
        assert!(world.reads_back(PROJECT, "usr_lost").await, "invited anew");
        let puts = |trainer| world.tool.writes_of(PROJECT, trainer).puts;
        assert_eq!(
            (puts("usr_accepts"), puts("usr_waits"), puts("usr_lost")),
            (1, 1, 2)
        );
        assert_eq!(reconcile(world).await.access.len(), 2, "two still wait");
    })
    .await;
}

#[tokio::test]
async fn an_invitation_that_cannot_be_looked_at_is_looked_at_again() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        world.tool.set_invites(true);
        world.hire(&job, &world.trainer("usr_maria"));
        world.idle().await;
        world.tool.accept_invite(PROJECT, "usr_maria").unwrap();
        world
            .tool
            .fault(Fault::lasting(ToolCall::ReadMember, What::status(503)));
        order(world, Wish::default()).await;
        world
            .until_access("usr_maria", PROJECT, |it| it.trouble.is_some())
            .await;
        assert_eq!(
            state(world, "usr_maria", PROJECT).await,
            AccessState::Invited
        );
        world.tool.clear_faults();
        world.idle().await;
        let access = world.access("usr_maria", PROJECT).await;
        assert_eq!((access.state, access.trouble), (AccessState::Granted, None));
        assert!(reconcile_as(world, Wish::default()).await.access.is_empty());
    })
    .await;
}
