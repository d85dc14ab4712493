//! Elements of OpenTrain's lists that can't be read: they are named, and do not affect others.

use shared::reconcile::{Outcome, Wish};
use simulator::{Fault, On, What};

use crate::common::world::{World, play};
use crate::reconcile::kit::{drift, reconcile, reconcile_as};

const PROJECT: &str = "streets";

/// From now on a call's answer contains `with` in place of `what`.
fn rewrite(world: &World, path: &str, what: &str, with: &str) {
    let fault = What::rewrite(what, with);
    world
        .opentrain
        .fault(Fault::lasting(On::call("GET", path), fault));
}

fn quoted(id: &str) -> String {
    format!("\"{id}\"")
}

/// What a reconcile could not do, a line each.
async fn problems(world: &World) -> (Outcome, Vec<String>) {
    let outcome = reconcile_as(world, Wish::default()).await;
    let lines = outcome
        .problems
        .iter()
        .map(|it| format!("{}: {}", it.about, it.reason));
    let lines = lines.collect();
    (outcome, lines)
}

#[tokio::test]
async fn a_contract_that_cannot_be_read_ends_nothing_and_delays_no_trainer() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let odd = world.working(&job, PROJECT, "usr_maria").await;
        let lost = world.working(&job, PROJECT, "usr_ben").await;
        // Maria's contract has a number with a fraction for an id; Ben's end and Ann's start were lost.
        rewrite(world, "/contracts", &quoted(&odd), "7.5");
        world.opentrain.lose_events(2);
        world.end(&lost);
        world.hire(&job, &world.trainer("usr_ann"));
        world.idle().await;
        let (outcome, lines) = problems(world).await;
        assert_eq!(drift(&outcome), ["usr_ann hired", "usr_ben ended"]);
        assert!(world.reads_back(PROJECT, "usr_maria").await);
        assert!(world.reads_back(PROJECT, "usr_ann").await);
        assert!(!world.reads_back(PROJECT, "usr_ben").await);
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].contains("contracts of link "), "{lines:?}");
        assert!(lines[0].contains("`id` should be an id"), "{lines:?}");
        world.opentrain.clear_faults();
        assert!(drift(&reconcile(world).await).is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_contract_counts_by_its_own_status() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let contract = world.working(&job, PROJECT, "usr_maria").await;
        // The list of active contracts contains this one as ended.
        rewrite(
            world,
            "/contracts",
            "\"status\":\"active\"",
            "\"status\":\"ended\"",
        );
        let (outcome, _) = problems(world).await;
        assert_eq!(drift(&outcome), ["usr_maria ended"], "{contract}");
        assert!(!world.reads_back(PROJECT, "usr_maria").await);
    })
    .await;
}

#[tokio::test]
async fn a_status_that_is_not_known_ends_nothing() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let contract = world.working(&job, PROJECT, "usr_maria").await;
        rewrite(
            world,
            "/contracts",
            "\"status\":\"active\"",
            "\"status\":\"paused\"",
        );
        let (outcome, lines) = problems(world).await;
        assert!(drift(&outcome).is_empty(), "{outcome:?}");
        let named = format!("contract {contract}: `status` should be `active` or `ended`");
        assert!(lines[0].contains(&named), "{lines:?}");
        assert!(world.reads_back(PROJECT, "usr_maria").await);
    })
    .await;
}

#[tokio::test]
async fn a_link_that_cannot_be_read_is_not_taken_for_gone() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        world.working(&job, PROJECT, "usr_maria").await;
        let other = world.job("fields").await;
        world.idle().await;
        rewrite(world, "/project-links", &quoted(PROJECT), "\"str\\ud83d\"");
        // Even if the link itself could not be found just then.
        world.opentrain.fault(Fault::lasting(
            On::call("GET", "/project-links/*"),
            What::status(404),
        ));
        world.opentrain.lose_events(1);
        world.hire(&other, &world.trainer("usr_ben"));
        let (outcome, lines) = problems(world).await;
        assert_eq!(drift(&outcome), ["usr_ben hired"]);
        assert!(world.reads_back(PROJECT, "usr_maria").await);
        assert!(world.reads_back("fields", "usr_ben").await);
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(
            lines[0].starts_with("project links: project link "),
            "{lines:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_name_that_was_cut_delays_no_trainer() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        world.idle().await;
        rewrite(
            world,
            "/contracts/*/participants",
            "\"displayName\":\"",
            "\"displayName\":\"\\ud842",
        );
        world.opentrain.lose_events(1);
        world.hire(&job, &world.trainer("usr_maria"));
        assert_eq!(drift(&reconcile(world).await), ["usr_maria hired"]);
        assert!(world.reads_back(PROJECT, "usr_maria").await);
        let name = world.known("usr_maria").await.member.display_name.unwrap();
        assert!(name.starts_with('\u{fffd}'));
    })
    .await;
}

#[tokio::test]
async fn an_email_that_was_cut_is_named_and_gives_no_access() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        world.idle().await;
        rewrite(
            world,
            "/contracts/*/participants",
            "@opentrain.work",
            "\\ud842@opentrain.work",
        );
        world.opentrain.lose_events(1);
        let contract = world.hire(&job, &world.trainer("usr_maria"));
        let (outcome, lines) = problems(world).await;
        assert!(drift(&outcome).is_empty(), "{outcome:?}");
        let named = format!(
            "participants of contract {contract}: participant usr_maria: `workEmail` should"
        );
        assert!(lines[0].starts_with(&named), "{lines:?}");
        assert!(!world.reads_back(PROJECT, "usr_maria").await);
        world.opentrain.clear_faults();
        assert_eq!(drift(&reconcile(world).await), ["usr_maria hired"]);
        let known = world.known("usr_maria").await;
        assert!(known.hires[0].start.is_some() && known.ends.is_empty());
    })
    .await;
}

#[tokio::test]
async fn an_endpoint_that_cannot_be_read_is_not_taken_for_missing() {
    play(async |world| {
        rewrite(
            world,
            "/webhook-endpoints",
            "\"url\":\"",
            "\"url\":1,\"was\":\"",
        );
        let (_, lines) = problems(world).await;
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].contains("`url` should be a string"), "{lines:?}");
        assert!(!lines[0].contains("there is none"), "{lines:?}");
    })
    .await;
}
