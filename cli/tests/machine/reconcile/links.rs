//! Links that no event reported.

use std::time::Duration;

use serde_json::json;
use shared::ledger::{OnLinkRemoved, Policy};
use shared::opentrain::ProvisioningMode::{ManagedAdapter, PartnerWebhook};
use shared::reconcile::Wish;
use simulator::{Fault, On, What};

use crate::common::command::bridge;
use crate::common::world::{Setup, play, play_with};
use crate::reconcile::kit::{drift, reconcile, reconcile_as, reconcile_twice};

const PROJECT: &str = "streets";

#[tokio::test]
async fn a_new_link_brings_the_people_who_were_hired_before_it() {
    play(async |world| {
        let job = world.unlinked_job();
        world.hire(&job, &world.trainer("usr_maria"));
        world.opentrain.lose_events(1);
        let link = world.link("default", &job, PROJECT, PartnerWebhook).await;
        assert_eq!(
            drift(&reconcile(world).await),
            ["link found", "usr_maria hired"]
        );
        assert!(world.reads_back(PROJECT, "usr_maria").await);
        let connection = shared::model::ConnectionName::default();
        let known = world
            .bridge
            .ledger()
            .link(&connection, &link)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            known.install.unwrap().as_str(),
            world.customers["default"].grant.install_id
        );
    })
    .await;
}

#[tokio::test]
async fn a_link_that_is_gone_takes_its_access_along() {
    play(async |world| {
        let job = world.unlinked_job();
        let link = world.link("default", &job, PROJECT, PartnerWebhook).await;
        world.working(&job, PROJECT, "usr_maria").await;
        world.opentrain.lose_events(1);
        world.remove_link("default", &link).await;
        assert_eq!(drift(&reconcile_twice(world).await), ["link gone"]);
        assert!(!world.reads_back(PROJECT, "usr_maria").await);
        assert!(drift(&reconcile(world).await).is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_a_link_gave_stays_where_the_operator_said_so() {
    let policy = Policy {
        on_link_removed: OnLinkRemoved::Keep,
        confirm_after: Duration::ZERO,
        ..Policy::default()
    };
    play_with(
        Setup {
            policy,
            ..Setup::default()
        },
        async |world| {
            let job = world.unlinked_job();
            let link = world.link("default", &job, PROJECT, PartnerWebhook).await;
            world.working(&job, PROJECT, "usr_maria").await;
            world.opentrain.lose_events(1);
            world.remove_link("default", &link).await;
            assert_eq!(drift(&reconcile_twice(world).await), ["link gone"]);
            assert!(world.reads_back(PROJECT, "usr_maria").await);
        },
    )
    .await;
}

/// That the list lacks a link is not enough: it has no pages, and could be cut off.
#[tokio::test]
async fn a_link_is_gone_only_when_it_is_unknown_by_its_id() {
    play(async |world| {
        let job = world.unlinked_job();
        let link = world.link("default", &job, PROJECT, PartnerWebhook).await;
        world.working(&job, PROJECT, "usr_maria").await;
        world.opentrain.lose_events(1);
        world.remove_link("default", &link).await;
        let one = On::call("GET", &format!("/project-links/{link}"));
        world
            .opentrain
            .fault(Fault::lasting(one, What::status(500)));
        let outcome = reconcile_as(world, Wish::default()).await;
        assert!(outcome.all_done().unwrap_err().contains(link.as_str()));
        assert!(world.reads_back(PROJECT, "usr_maria").await);
        world.opentrain.clear_faults();
        reconcile_twice(world).await;
        assert!(!world.reads_back(PROJECT, "usr_maria").await);
    })
    .await;
}

/// A list that is empty for a moment, with a proxy's 404 for the link itself.
#[tokio::test]
async fn a_404_of_a_proxy_is_not_opentrains() {
    play(async |world| {
        let job = world.unlinked_job();
        let link = world.link("default", &job, PROJECT, PartnerWebhook).await;
        world.working(&job, PROJECT, "usr_maria").await;
        let list = On::call("GET", "/project-links");
        let odd = What::rewrite("\"projectLinks\":[{", "\"projectLinks\":[],\"x\":[{");
        world.opentrain.fault(Fault::lasting(list, odd));
        let one = On::call("GET", &format!("/project-links/{link}"));
        world.opentrain.fault(Fault::lasting(one, What::Page(404)));
        for _ in 0..3 {
            let outcome = reconcile_as(world, Wish::default()).await;
            assert!(outcome.all_done().unwrap_err().contains(link.as_str()));
        }
        assert!(world.reads_back(PROJECT, "usr_maria").await);
    })
    .await;
}

/// OpenTrain lacks a link at two looks, and lists it again.
#[tokio::test]
async fn a_link_that_comes_back_is_restored() {
    play(async |world| {
        let job = world.unlinked_job();
        let link = world.link("default", &job, PROJECT, PartnerWebhook).await;
        world.working(&job, PROJECT, "usr_maria").await;
        let list = On::call("GET", "/project-links");
        let odd = What::rewrite("\"projectLinks\":[{", "\"projectLinks\":[],\"x\":[{");
        world.opentrain.fault(Fault::lasting(list, odd));
        let one = On::call("GET", &format!("/project-links/{link}"));
        world
            .opentrain
            .fault(Fault::lasting(one, What::status(404)));
        assert_eq!(drift(&reconcile_twice(world).await), ["link gone"]);
        assert!(!world.reads_back(PROJECT, "usr_maria").await);
        world.opentrain.clear_faults();
        assert_eq!(drift(&reconcile(world).await), ["link found"]);
        assert!(world.reads_back(PROJECT, "usr_maria").await);
    })
    .await;
}

/// An event that names the link between the two looks makes the second one the first again.
#[tokio::test]
async fn a_mention_between_the_looks_starts_anew() {
    play(async |world| {
        let job = world.unlinked_job();
        let link = world.link("default", &job, PROJECT, PartnerWebhook).await;
        world.working(&job, PROJECT, "usr_maria").await;
        let list = On::call("GET", "/project-links");
        let odd = What::rewrite("\"projectLinks\":[{", "\"projectLinks\":[],\"x\":[{");
        world.opentrain.fault(Fault::lasting(list, odd));
        let one = On::call("GET", &format!("/project-links/{link}"));
        world
            .opentrain
            .fault(Fault::lasting(one, What::status(404)));
        reconcile(world).await;
        world.hire(&job, &world.trainer("usr_ben"));
        world.idle().await;
        assert!(drift(&reconcile(world).await).is_empty());
        assert!(world.reads_back(PROJECT, "usr_maria").await);
        assert_eq!(drift(&reconcile(world).await), ["link gone"]);
    })
    .await;
}

#[tokio::test]
async fn whom_opentrain_lets_in_is_recorded_and_left_alone() {
    play(async |world| {
        let job = world.unlinked_job();
        world.link("default", &job, PROJECT, ManagedAdapter).await;
        world.idle().await;
        world.opentrain.lose_events(2);
        let contract = world.hire(&job, &world.trainer("usr_maria"));
        let outcome = reconcile(world).await;
        assert_eq!(drift(&outcome), ["usr_maria hired"]);
        assert!(outcome.access.is_empty() && world.tool.writes().is_empty());
        world.end(&contract);
        let outcome = reconcile(world).await;
        assert_eq!(drift(&outcome), ["usr_maria ended"]);
        assert!(outcome.access.is_empty() && world.tool.writes().is_empty());
    })
    .await;
}

/// The project does not exist, so no grant has succeeded: a trainer can't lose access there.
#[tokio::test]
async fn who_never_had_access_loses_none_with_the_link() {
    play(async |world| {
        let job = world.job("streats").await;
        world.tool.delete_project("streats").unwrap();
        world.hire(&job, &world.trainer("usr_maria"));
        world
            .until_access("usr_maria", "streats", |it| it.trouble.is_some())
            .await;
        let link = world.opentrain.links()[0].id.clone();
        let look = ["unlink", &link, "--dry-run", "--json"];
        let look = bridge(world, &look).await.json();
        assert_eq!(look["access"]["losing"], json!([]), "{look}");
        assert_eq!(look["access"]["live"], 0, "{look}");
    })
    .await;
}
