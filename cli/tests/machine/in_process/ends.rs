//! An end of a contract is never delayed: not by another message, not by another project, not by OpenTrain's API.

use std::time::Duration;

use shared::ledger::{Install, InstallStatus, Link as KnownLink, Policy};
use shared::model::ConnectionName;
use shared::model::ids::InstallId;
use shared::queue::Queue;
use simulator::{Fault, On, What};

use crate::common::bench::{Bench, Claims, Ground};
use crate::common::events::{Link, ended, install_revoked, started};
use crate::common::wait::until;
use crate::common::world::{Setup, play, play_with};

#[tokio::test]
async fn an_end_does_not_wait_behind_a_start_that_fails() {
    play(async |w| {
        w.project("good");
        w.project("bad");
        let (good, bad) = (Link::new("link_g", "good"), Link::new("link_b", "bad"));
        w.deliver("default", &started(1, "ctr_1", "maria", &good))
            .await;
        w.idle().await;
        assert_eq!(w.members("good"), ["maria"]);
        let on = On::call("PUT", "/projects/bad/members/maria");
        w.tool.fault(Fault::lasting(on, What::status(403)));
        w.deliver("default", &started(2, "ctr_2", "maria", &bad))
            .await;
        w.deliver("default", &ended(3, "ctr_1", "maria", &good))
            .await;
        until("maria is out while the start fails", async || {
            w.members("good").is_empty()
        })
        .await;
        w.tool.clear_faults();
        w.idle().await;
        assert_eq!(w.members("bad"), ["maria"]);
    })
    .await;
}

#[tokio::test]
async fn an_end_does_not_wait_for_opentrains_api() {
    play(async |w| {
        w.project("good");
        w.project("other");
        let (good, other) = (Link::new("link_g", "good"), Link::new("link_b", "other"));
        w.deliver("default", &started(1, "ctr_1", "maria", &good))
            .await;
        w.idle().await;
        w.opentrain
            .fault(Fault::lasting(On::method("GET"), What::status(503)));
        // The API has to be asked for the link of this start, and of this end.
        let mut start = started(3, "ctr_3", "maria", &other);
        let mut end = ended(4, "ctr_1", "maria", &good);
        for event in [&mut start, &mut end] {
            let link = event["data"]["projectLink"].as_object_mut().unwrap();
            link.remove("provisioningMode");
        }
        end["data"]["projectLink"]["id"] = "link_unknown".into();
        w.deliver("default", &start).await;
        w.deliver("default", &end).await;
        until("maria is out while the API is down", async || {
            w.members("good").is_empty()
        })
        .await;
        let waiting = async || w.bridge.queue().depth().await.unwrap().retrying == 2;
        until("both events wait for the API", waiting).await;
        w.opentrain.clear_faults();
        // The API does not know these links: both events are quarantined.
        w.idle().await;
    })
    .await;
}

/// The roster names the trainers of the contract.
#[tokio::test]
async fn an_end_that_names_no_trainer_does_not_wait_for_opentrains_api() {
    play(async |w| {
        w.project("good");
        let good = Link::new("link_g", "good");
        for (id, trainer) in [(1, "maria"), (2, "ben")] {
            let event = started(id, "ctr_1", trainer, &good);
            w.deliver("default", &event).await;
        }
        w.deliver("default", &started(3, "ctr_2", "cy", &good))
            .await;
        w.idle().await;
        w.opentrain
            .fault(Fault::lasting(On::method("GET"), What::status(503)));
        let mut end = ended(4, "ctr_1", "maria", &good);
        end["data"]["freelancer"]["opentrainUserId"] = serde_json::Value::Null;
        w.deliver("default", &end).await;
        until("the contract's people are out", async || {
            w.members("good") == ["cy"]
        })
        .await;
        w.opentrain.clear_faults();
        w.idle().await;
    })
    .await;
}

/// A project whose tool fails for days blocks no end at another project.
#[tokio::test]
async fn an_end_is_tried_however_long_another_project_fails() {
    let ground = Ground::new();
    let b = Bench::new(&ground, &["default"], Policy::default(), Claims::On);
    let (good, bad) = (Link::new("link_g", "good"), Link::new("link_b", "bad"));
    b.deliver("default", &started(1, "ctr_1", "maria", &good))
        .await;
    b.drain().await;
    b.tool.set_broken("bad", true);
    b.deliver("default", &started(2, "ctr_2", "maria", &bad))
        .await;
    b.deliver("default", &ended(3, "ctr_1", "maria", &good))
        .await;
    let hour = Duration::from_secs(3600);
    for _ in 0..30 * 6 {
        b.work().await;
        b.clock.advance(hour / 6);
    }
    assert!(b.tool.members("good").is_empty());
    let depth = b.queue.depth().await.unwrap();
    assert_eq!(depth.dead, 0, "30 hours, and no message was given up");
    assert_eq!(
        depth.waiting + depth.in_flight + depth.retrying,
        0,
        "after a day the grant is left to the reconciler"
    );
}

#[tokio::test]
async fn an_end_for_the_new_link_ends_the_hire_at_the_link_of_the_earlier_install() {
    play(async |w| {
        w.project("streets");
        let (old, new) = (
            Link::new("link_old", "streets"),
            Link::new("link_new", "streets"),
        );
        w.deliver("default", &started(1, "ctr_1", "maria", &old))
            .await;
        w.idle().await;
        // A reconcile recorded the link's install; then the customer reconnected and the project was linked again.
        let name = ConnectionName::default();
        let ledger = w.bridge.ledger();
        let known = ledger.link(&name, &"link_old".into()).await.unwrap();
        let owned = KnownLink {
            install: Some(InstallId::from("ins_1")),
            ..known.unwrap()
        };
        ledger.record_link(&name, &owned).await.unwrap();
        let install = Install {
            id: Some("ins_2".into()),
            status: InstallStatus::Active,
            at: w.opentrain.now(),
            organization: None,
            refused: false,
            excluded: false,
            disconnected: false,
        };
        ledger
            .update_install(&name, |_| Some(install.clone()))
            .await
            .unwrap();
        w.deliver("default", &started(2, "ctr_1", "maria", &new))
            .await;
        w.deliver("default", &ended(3, "ctr_1", "maria", &new))
            .await;
        w.idle().await;
        assert!(w.members("streets").is_empty());
    })
    .await;
}

#[tokio::test]
async fn an_end_under_another_connection_name_ends_the_orphaned_hire() {
    let setup = Setup {
        connections: &["acme", "acme2"],
        ..Setup::default()
    };
    play_with(setup, async |w| {
        w.project("streets");
        let (old, new) = (
            Link::new("link_old", "streets"),
            Link::new("link_new", "streets"),
        );
        w.deliver("acme", &started(1, "ctr_1", "maria", &old)).await;
        w.idle().await;
        let install = &w.customers["acme"].grant.install_id;
        w.deliver("acme", &install_revoked(2, Some(install))).await;
        w.deliver("acme2", &started(3, "ctr_1", "maria", &new))
            .await;
        w.idle().await;
        assert_eq!(w.members("streets"), ["maria"]);
        w.deliver("acme2", &ended(4, "ctr_1", "maria", &new)).await;
        w.idle().await;
        assert!(w.members("streets").is_empty());
    })
    .await;
}
