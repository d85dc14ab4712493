//! Links and installs that come and go.

use shared::ledger::{OnInstallRevoked, OnLinkRemoved, Policy};
use shared::opentrain::ProvisioningMode::{ManagedAdapter, PartnerWebhook};
use simulator::{EventType, Hold, Writes};

use crate::common::events::{
    Link, ended, forgets_emails, install_revoked, link_created, link_removed, started,
};
use crate::common::world::{Setup, World, play, play_with};

fn keep_on_link_removed() -> Setup {
    let policy = Policy {
        on_link_removed: OnLinkRemoved::Keep,
        ..Policy::default()
    };
    Setup {
        policy,
        ..Setup::default()
    }
}

fn remove_on_install_revoked() -> Setup {
    let policy = Policy {
        on_install_revoked: OnInstallRevoked::Remove,
        ..Policy::default()
    };
    Setup {
        policy,
        ..Setup::default()
    }
}

/// Three people, hired through one link; the job and the link.
async fn three_people(w: &World) -> (String, shared::model::ids::LinkId) {
    let job = w.unlinked_job();
    let link = w.link("default", &job, "streets", PartnerWebhook).await;
    for trainer in ["ana", "ben", "cem"] {
        w.hire(&job, &w.trainer(trainer));
    }
    w.idle().await;
    assert_eq!(w.members("streets"), ["ana", "ben", "cem"]);
    (job, link)
}

/// The standings that the status shows for a trainer.
async fn standings(w: &World, trainer: &str) -> Vec<String> {
    let status = w.status().await;
    let rows = status["access"].as_array().unwrap().clone();
    let own = rows.into_iter().filter(|row| row["trainer"] == trainer);
    let because = own.flat_map(|row| row["because"].as_array().unwrap().clone());
    because
        .map(|it| {
            it["standing"]
                .as_str()
                .map_or_else(|| it["standing"].to_string(), str::to_owned)
        })
        .collect()
}

#[tokio::test]
async fn a_removed_link_revokes_the_access_of_all_its_hires() {
    play(async |w| {
        let (_, link) = three_people(w).await;
        w.remove_link("default", &link).await;
        w.idle().await;
        assert!(w.members("streets").is_empty());
        for trainer in ["ana", "ben", "cem"] {
            assert_eq!(
                w.tool.writes_of("streets", trainer),
                Writes {
                    puts: 1,
                    deletes: 1
                }
            );
            assert!(forgets_emails(&w.known(trainer).await));
        }
    })
    .await;
}

#[tokio::test]
async fn a_removed_link_keeps_its_people_if_told_so() {
    play_with(keep_on_link_removed(), async |w| {
        let (_, link) = three_people(w).await;
        w.remove_link("default", &link).await;
        w.idle().await;
        assert_eq!(w.members("streets"), ["ana", "ben", "cem"]);
        assert_eq!(standings(w, "ana").await, ["orphaned"]);
    })
    .await;
}

#[tokio::test]
async fn another_link_keeps_access_when_one_is_removed() {
    let setup = Setup {
        connections: &["acme", "globex"],
        ..Setup::default()
    };
    play_with(setup, async |w| {
        let job = w.unlinked_job();
        let link = w.link("acme", &job, "streets", PartnerWebhook).await;
        w.link("globex", &job, "streets", PartnerWebhook).await;
        let contract = w.hire(&job, &w.trainer("maria"));
        w.idle().await;
        w.remove_link("acme", &link).await;
        w.idle().await;
        assert_eq!(w.members("streets"), ["maria"]);
        w.end(&contract);
        w.idle().await;
        assert!(w.members("streets").is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_start_on_a_removed_link_grants_no_access() {
    play(async |w| {
        let job = w.unlinked_job();
        let link = w.link("default", &job, "streets", PartnerWebhook).await;
        let maria = w.trainer("maria");
        w.opentrain.hold(Hold::of(EventType::ContractStarted));
        w.hire(&job, &maria);
        w.remove_link("default", &link).await;
        w.idle().await;
        w.opentrain.release();
        w.idle().await;
        assert!(w.members("streets").is_empty());
        assert_eq!(w.tool.writes_of("streets", &maria).puts, 0);
    })
    .await;
}

#[tokio::test]
async fn a_start_and_the_links_removal_may_race() {
    play(async |w| {
        for round in 0..15 {
            let (project, trainer) = (format!("project-{round}"), format!("usr_{round}"));
            w.project(&project);
            let link = Link::new(&format!("link_{round}"), &project);
            let start = started(10 * round + 1, "ctr_1", &trainer, &link);
            let removal = link_removed(10 * round + 2, &link);
            let starting = w.deliver("default", &start);
            let removing = w.deliver("default", &removal);
            tokio::join!(starting, removing);
        }
        w.idle().await;
        for round in 0..15 {
            assert_eq!(w.members(&format!("project-{round}")), Vec::<String>::new());
        }
    })
    .await;
}

#[tokio::test]
async fn a_removed_link_stays_removed_after_late_events() {
    play(async |w| {
        w.project("streets");
        let link = Link {
            job: None,
            ..Link::new("link_1", "streets")
        };
        w.deliver("default", &link_removed(2, &link)).await;
        w.idle().await;
        w.deliver("default", &link_created(1, &link)).await;
        w.deliver("default", &started(3, "ctr_1", "maria", &link))
            .await;
        w.idle().await;
        assert!(w.members("streets").is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_new_link_lets_in_who_was_hired_before() {
    play(async |w| {
        let job = w.unlinked_job();
        let gone = w.hire(&job, &w.trainer("gone"));
        w.end(&gone);
        let ana = w.hire(&job, &w.trainer("ana"));
        w.hire(&job, &w.trainer("ben"));
        w.link("default", &job, "streets", PartnerWebhook).await;
        w.idle().await;
        assert_eq!(w.members("streets"), ["ana", "ben"]);
        w.end(&ana);
        w.idle().await;
        assert_eq!(w.members("streets"), ["ben"]);
    })
    .await;
}

#[tokio::test]
async fn an_end_that_comes_while_the_link_is_taken_in_still_counts() {
    play(async |w| {
        let job = w.unlinked_job();
        let contracts: Vec<_> = (0..8)
            .map(|n| w.hire(&job, &w.trainer(&format!("usr_{n}"))))
            .collect();
        w.link("default", &job, "streets", PartnerWebhook).await;
        for contract in contracts.iter().take(4) {
            w.end(contract);
        }
        w.idle().await;
        assert_eq!(w.members("streets"), ["usr_4", "usr_5", "usr_6", "usr_7"]);
    })
    .await;
}

#[tokio::test]
async fn managed_links_are_left_alone() {
    play(async |w| {
        let job = w.unlinked_job();
        let link = w.link("default", &job, "streets", ManagedAdapter).await;
        let contract = w.hire(&job, &w.trainer("maria"));
        w.idle().await;
        w.end(&contract);
        w.remove_link("default", &link).await;
        w.idle().await;
        assert_eq!(w.tool.writes().len(), 0);
        assert_eq!(standings(w, "maria").await, ["managed-over"]);
    })
    .await;
}

/// OpenTrain's own adapter has granted the person access to the same project, which an end of our hire must not revoke.
#[tokio::test]
async fn an_end_revokes_no_access_that_a_managed_link_protects() {
    let setup = Setup {
        connections: &["acme", "globex"],
        ..Setup::default()
    };
    play_with(setup, async |w| {
        w.project("streets");
        let (ours, theirs) = (
            Link::new("link_1", "streets"),
            Link::new("link_2", "streets").managed(),
        );
        w.deliver("acme", &started(1, "ctr_1", "maria", &ours))
            .await;
        w.deliver("globex", &started(2, "ctr_2", "maria", &theirs))
            .await;
        w.idle().await;
        w.deliver("acme", &ended(3, "ctr_1", "maria", &ours)).await;
        w.idle().await;
        assert_eq!(w.members("streets"), ["maria"]);
        assert_eq!(w.tool.writes_of("streets", "maria").deletes, 0);
    })
    .await;
}

#[tokio::test]
async fn a_revoked_install_keeps_its_people_and_says_so() {
    play(async |w| {
        three_people(w).await;
        w.opentrain
            .revoke_install(&w.customers["default"].grant.install_id)
            .unwrap();
        w.idle().await;
        assert_eq!(w.members("streets"), ["ana", "ben", "cem"]);
        assert_eq!(standings(w, "ana").await, ["orphaned"]);
        assert_eq!(
            w.status().await["connections"][0]["install"]["status"],
            "revoked"
        );
    })
    .await;
}

#[tokio::test]
async fn a_revoked_install_takes_its_people_out_if_told_so() {
    play_with(remove_on_install_revoked(), async |w| {
        three_people(w).await;
        w.opentrain
            .revoke_install(&w.customers["default"].grant.install_id)
            .unwrap();
        w.idle().await;
        assert!(w.members("streets").is_empty());
    })
    .await;
}

/// A reconnect ends the old install. The event about that arrives late, and must not change the new install.
#[tokio::test]
async fn the_end_of_an_older_install_changes_no_access() {
    play_with(remove_on_install_revoked(), async |w| {
        let grant = &w.customers["default"].grant;
        let install = w.customers["default"].platform.install().await.unwrap();
        assert_eq!(install.id.as_str(), grant.install_id);
        let name = shared::model::ConnectionName::default();
        let seen = shared::ledger::Install::seen(&install, w.opentrain.now());
        w.bridge
            .ledger()
            .update_install(&name, |_| Some(seen.clone()))
            .await
            .unwrap();
        three_people(w).await;
        w.deliver("default", &install_revoked(9_000, Some("ins_before")))
            .await;
        w.idle().await;
        assert_eq!(w.members("streets"), ["ana", "ben", "cem"]);
        assert_eq!(standings(w, "ana").await, ["live"]);
    })
    .await;
}
