//! Hires and ends that no event reported.

use shared::ledger::{Source, Stamp};
use shared::reconcile::{Change, Wish};
use simulator::{Endpoint, Fault, On, What};

use crate::common::events::forgets_emails;
use crate::common::world::play;
use crate::reconcile::kit::{
    added_by_another, aged, changes, drift, reconcile, reconcile_as, reconcile_twice, rows,
};

const PROJECT: &str = "streets";

#[tokio::test]
async fn a_lost_start_is_found() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        world.idle().await;
        world.opentrain.lose_events(1);
        world.hire(&job, &world.trainer("usr_maria"));
        world.idle().await;
        assert!(world.members(PROJECT).is_empty());
        let outcome = reconcile(world).await;
        assert_eq!(drift(&outcome), ["usr_maria hired"]);
        assert_eq!(changes(&outcome), [(Change::Grant, "usr_maria".to_owned())]);
        assert!(world.reads_back(PROJECT, "usr_maria").await);
        let hire = &world.known("usr_maria").await.hires[0];
        assert!(
            hire.first_day.is_some() && is_of_api(hire.start.as_ref()),
            "{hire:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_lost_end_is_found() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let contract = world.working(&job, PROJECT, "usr_maria").await;
        world.working(&job, PROJECT, "usr_ben").await;
        world.opentrain.lose_events(1);
        world.end(&contract);
        let outcome = reconcile(world).await;
        assert_eq!(drift(&outcome), ["usr_maria ended"]);
        assert_eq!(
            changes(&outcome),
            [(Change::Remove, "usr_maria".to_owned())]
        );
        assert!(!world.reads_back(PROJECT, "usr_maria").await);
        assert!(world.reads_back(PROJECT, "usr_ben").await);
        assert!(forgets_emails(&world.known("usr_maria").await));
    })
    .await;
}

#[tokio::test]
async fn where_all_is_well_nothing_is_written() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let contract = world.working(&job, PROJECT, "usr_maria").await;
        world.working(&job, PROJECT, "usr_ben").await;
        world.end(&contract);
        world.idle().await;
        // The install of a link is recorded once.
        reconcile(world).await;
        let (before, writes) = (rows(world).await, world.tool.writes());
        let asked = || {
            world
                .opentrain
                .requests()
                .get(&Endpoint::Participants)
                .copied()
        };
        let before_asked = asked();
        let outcome = reconcile(world).await;
        assert!(
            outcome.drift.is_empty() && outcome.access.is_empty(),
            "{outcome:?}"
        );
        assert_eq!((rows(world).await, world.tool.writes()), (before, writes));
        assert_eq!(
            asked(),
            before_asked.map(|count| count + 1),
            "one question for each trainer who works: the work e-mail may have changed"
        );
        assert_eq!((outcome.checked.links, outcome.checked.contracts), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn a_late_start_does_not_undo_an_end_that_was_found() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let contract = world.working(&job, PROJECT, "usr_maria").await;
        world.opentrain.lose_events(1);
        world.end(&contract);
        reconcile(world).await;
        world.replay_all();
        world.idle().await;
        assert!(world.members(PROJECT).is_empty());
    })
    .await;
}

/// The list ends with its 200th contract, so a contract that it lacks may still exist.
#[tokio::test]
async fn a_list_that_may_be_cut_off_ends_no_hire() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let oldest = world.working(&job, PROJECT, "usr_oldest").await;
        let gone = world.working(&job, PROJECT, "usr_gone").await;
        let crowd = world.trainer("usr_crowd");
        world.opentrain.lose_events(201);
        (0..200).for_each(|_| drop(world.hire(&job, &crowd)));
        world.end(&gone);
        let outcome = reconcile(world).await;
        assert!(
            outcome.notes.iter().any(|note| note
                .text
                .starts_with("its list of active contracts may be cut off")),
            "{:?}",
            outcome.notes
        );
        assert!(world.reads_back(PROJECT, "usr_oldest").await);
        assert!(world.reads_back(PROJECT, "usr_crowd").await);
        // An end that OpenTrain lists counts.
        assert!(!world.reads_back(PROJECT, "usr_gone").await);
        // With fewer contracts, the list is complete again.
        world.opentrain.lose_events(3);
        world
            .opentrain
            .contracts()
            .iter()
            .rev()
            .take(2)
            .for_each(|it| world.end(&it.id));
        world.end(&oldest);
        reconcile(world).await;
        assert!(!world.reads_back(PROJECT, "usr_oldest").await);
    })
    .await;
}

/// The list of ended contracts is full, the list of active ones is not: a contract that both lack at two looks has
/// ended.
#[tokio::test]
async fn a_hire_that_a_complete_list_lacks_has_ended() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let oldest = world.working(&job, PROJECT, "usr_oldest").await;
        aged(world).await;
        let crowd = world.trainer("usr_crowd");
        world.opentrain.lose_events(401);
        for _ in 0..200 {
            world.end(&world.hire(&job, &crowd));
        }
        world.end(&oldest);
        assert_eq!(drift(&reconcile_twice(world).await), ["usr_oldest ended"]);
        assert!(world.members(PROJECT).is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_contract_without_a_hired_trainer_is_ignored() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        world.opentrain.contract_without_trainer(&job).unwrap();
        world.idle().await;
        assert!(drift(&reconcile(world).await).is_empty());
    })
    .await;
}

#[tokio::test]
async fn one_contract_that_fails_stops_no_other() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        world.idle().await;
        world.opentrain.lose_events(2);
        let contract = world.hire(&job, &world.trainer("usr_maria"));
        world.hire(&job, &world.trainer("usr_ben"));
        let people = On::call("GET", &format!("/contracts/{contract}/participants"));
        world
            .opentrain
            .fault(Fault::lasting(people, What::status(503)));
        let outcome = reconcile_as(world, Wish::default()).await;
        let why = outcome.all_done().unwrap_err();
        assert!(why.contains(&contract) && why.contains("503"), "{why}");
        assert_eq!(drift(&outcome), ["usr_ben hired"]);
        assert_eq!(world.members(PROJECT), ["usr_ben"]);
        let last = world
            .bridge
            .ledger()
            .last_reconcile()
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (last.problems.len(), last.repaired),
            (1, outcome.drift.len())
        );
        world.opentrain.clear_faults();
        reconcile(world).await;
        assert_eq!(world.members(PROJECT), ["usr_ben", "usr_maria"]);
        let last = world
            .bridge
            .ledger()
            .last_reconcile()
            .await
            .unwrap()
            .unwrap();
        assert!(last.problems.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_contract_that_ends_ends_at_every_link() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let mode = shared::opentrain::ProvisioningMode::PartnerWebhook;
        world.link("default", &job, "lanes", mode).await;
        let contract = world.working(&job, PROJECT, "usr_maria").await;
        world.opentrain.lose_events(2);
        world.end(&contract);
        reconcile(world).await;
        let known = world.known("usr_maria").await;
        let end = known.ends.values().next().unwrap();
        assert!(known.hires.len() == 2 && known.hires.iter().all(|hire| hire.is_ended_by(end)));
        assert!(world.members(PROJECT).is_empty() && world.members("lanes").is_empty());
    })
    .await;
}

fn is_of_api(stamp: Option<&Stamp>) -> bool {
    stamp.is_some_and(|stamp| matches!(stamp.source, Source::Api { .. }))
}

/// The ledger was created anew, and a contract had ended before: the person is removed, and the hours have an owner.
#[tokio::test]
async fn a_contract_that_ended_before_the_ledger_was_made_is_merged() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        world.idle().await;
        added_by_another(world, PROJECT, "usr_maria").await;
        world.opentrain.lose_events(2);
        let contract = world.hire(&job, &world.trainer("usr_maria"));
        world.end(&contract);
        let outcome = reconcile(world).await;
        assert_eq!(drift(&outcome), ["usr_maria ended"]);
        assert!(!world.reads_back(PROJECT, "usr_maria").await);
        let known = world.known("usr_maria").await;
        assert!(known.hires[0].first_day.is_some());
        assert!(known.ends.values().all(|end| end.last_day.is_some()));
        assert!(reconcile(world).await.drift.is_empty());
    })
    .await;
}

/// The ledger has known the connection for 35 days: what is unknown by now never was the bridge's.
#[tokio::test]
async fn an_unknown_ended_contract_of_an_old_ledger_is_left_alone() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        aged(world).await;
        added_by_another(world, PROJECT, "usr_maria").await;
        world.opentrain.lose_events(2);
        let contract = world.hire(&job, &world.trainer("usr_maria"));
        world.end(&contract);
        assert!(reconcile(world).await.drift.is_empty());
        assert!(world.reads_back(PROJECT, "usr_maria").await);
    })
    .await;
}
