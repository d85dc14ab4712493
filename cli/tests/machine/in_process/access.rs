//! Who has access, by hires and ends alone.

use shared::opentrain::ProvisioningMode;
use simulator::{EventType, Hold, Writes};

use crate::common::events::{Link, ended, forgets_emails, started};
use crate::common::world::{Setup, play, play_with};

const TWO_CUSTOMERS: &[&str] = &["acme", "globex"];

#[tokio::test]
async fn a_hire_gives_access_and_the_end_takes_it() {
    play(async |w| {
        let job = w.job("streets").await;
        let maria = w.trainer("maria");
        let contract = w.hire(&job, &maria);
        w.idle().await;
        assert_eq!(w.members("streets"), ["maria"]);
        assert!(w.reads_back("streets", &maria).await);

        w.end(&contract);
        w.idle().await;
        assert!(
            !w.reads_back("streets", &maria).await,
            "the tool has to answer 404"
        );
        assert_eq!(
            w.tool.writes_of("streets", &maria),
            Writes {
                puts: 1,
                deletes: 1
            }
        );
        assert!(
            forgets_emails(&w.known(&maria).await),
            "the e-mail has to be forgotten"
        );
    })
    .await;
}

#[tokio::test]
async fn the_same_delivery_again_writes_nothing() {
    play(async |w| {
        let job = w.job("streets").await;
        let maria = w.trainer("maria");
        w.hire(&job, &maria);
        w.idle().await;
        for _ in 0..3 {
            w.replay_all();
            w.idle().await;
        }
        assert_eq!(
            w.tool.writes_of("streets", &maria),
            Writes {
                puts: 1,
                deletes: 0
            }
        );
    })
    .await;
}

/// Each round has another delivery id, and follows after the queue's deduplication window.
#[tokio::test]
async fn a_repeated_start_after_its_end_changes_nothing() {
    play(async |w| {
        let job = w.job("streets").await;
        let maria = w.trainer("maria");
        let contract = w.hire(&job, &maria);
        w.idle().await;
        w.end(&contract);
        w.idle().await;
        w.replay_all();
        w.idle().await;
        assert!(w.members("streets").is_empty());
        assert_eq!(
            w.tool.writes_of("streets", &maria),
            Writes {
                puts: 1,
                deletes: 1
            }
        );
    })
    .await;
}

#[tokio::test]
async fn an_end_before_its_start_grants_no_access() {
    play(async |w| {
        let job = w.job("streets").await;
        let maria = w.trainer("maria");
        w.opentrain.hold(Hold::of(EventType::ContractStarted));
        let contract = w.hire(&job, &maria);
        w.end(&contract);
        w.idle().await;
        w.opentrain.release();
        w.idle().await;
        assert!(w.members("streets").is_empty());
        assert_eq!(w.tool.writes_of("streets", &maria).puts, 0);
        assert!(forgets_emails(&w.known(&maria).await));
    })
    .await;
}

/// As text, "100" comes before "99".
#[tokio::test]
async fn events_are_ordered_by_the_value_of_their_ids() {
    play(async |w| {
        w.project("streets");
        let link = Link::new("link_1", "streets");
        w.deliver("default", &ended(100, "ctr_1", "maria", &link))
            .await;
        w.deliver("default", &started(99, "ctr_1", "maria", &link))
            .await;
        w.deliver("default", &started(9, "ctr_2", "tomas", &link))
            .await;
        w.deliver("default", &ended(10, "ctr_2", "tomas", &link))
            .await;
        w.deliver("default", &ended(999, "ctr_3", "ines", &link))
            .await;
        w.deliver("default", &started(1000, "ctr_3", "ines", &link))
            .await;
        w.idle().await;
        assert_eq!(w.members("streets"), ["ines"]);
        assert_eq!(w.tool.writes_of("streets", "maria").puts, 0);
    })
    .await;
}

#[tokio::test]
async fn two_contracts_are_counted_whichever_ends_first() {
    play(async |w| {
        let (job, other) = (w.job("streets").await, w.unlinked_job());
        for (trainer, first, second) in [("maria", 0, 1), ("tomas", 1, 0)] {
            let trainer = w.trainer(trainer);
            let contracts = [w.hire(&job, &trainer), w.hire(&job, &trainer)];
            w.hire(&other, &trainer);
            w.idle().await;
            w.end(&contracts[first]);
            w.idle().await;
            assert_eq!(w.members("streets"), [trainer.as_str()]);
            assert!(w.known(&trainer).await.member.emails.len() == 1);
            w.end(&contracts[second]);
            w.idle().await;
            assert!(!w.reads_back("streets", &trainer).await);
        }
    })
    .await;
}

#[tokio::test]
async fn two_links_on_a_job_are_two_projects() {
    play(async |w| {
        let job = w.job("streets").await;
        w.link("default", &job, "nights", ProvisioningMode::PartnerWebhook)
            .await;
        let maria = w.trainer("maria");
        let contract = w.hire(&job, &maria);
        w.idle().await;
        assert_eq!(w.members("streets"), ["maria"]);
        assert_eq!(w.members("nights"), ["maria"]);
        w.end(&contract);
        w.idle().await;
        assert!(w.members("streets").is_empty() && w.members("nights").is_empty());
    })
    .await;
}

#[tokio::test]
async fn two_customers_on_one_person_are_counted() {
    let setup = Setup {
        connections: TWO_CUSTOMERS,
        ..Setup::default()
    };
    play_with(setup, async |w| {
        let jobs = [w.unlinked_job(), w.unlinked_job()];
        for (connection, job) in TWO_CUSTOMERS.iter().zip(&jobs) {
            w.link(connection, job, "streets", ProvisioningMode::PartnerWebhook)
                .await;
        }
        let maria = w.trainer("maria");
        let contracts = [w.hire(&jobs[0], &maria), w.hire(&jobs[1], &maria)];
        w.idle().await;
        w.end(&contracts[0]);
        w.idle().await;
        assert_eq!(w.members("streets"), ["maria"]);
        w.end(&contracts[1]);
        w.idle().await;
        assert!(!w.reads_back("streets", &maria).await);
    })
    .await;
}

/// The same event id from two installs is two events.
#[tokio::test]
async fn customers_do_not_share_claims() {
    let setup = Setup {
        connections: TWO_CUSTOMERS,
        ..Setup::default()
    };
    play_with(setup, async |w| {
        w.project("streets");
        let link = Link::new("link_1", "streets");
        w.deliver("acme", &started(7, "ctr_1", "maria", &link))
            .await;
        w.deliver("globex", &started(7, "ctr_1", "tomas", &link))
            .await;
        w.idle().await;
        assert_eq!(w.members("streets"), ["maria", "tomas"]);
    })
    .await;
}

#[tokio::test]
async fn the_person_is_introduced_as_opentrain_shows_them() {
    play(async |w| {
        let job = w.job("streets").await;
        let maria = w.trainer("maria");
        w.hire(&job, &maria);
        w.idle().await;
        let member = w.tool.member("streets", &maria).unwrap();
        assert_eq!(member.email, "canary.maria@opentrain.work");
        assert_eq!(member.display_name, "Canary maria");
        assert_eq!(member.country.as_deref(), Some("PT"));
        assert!(member.profile_url.is_some());
    })
    .await;
}

/// Ids are opaque: ids with separators of a path or a key must stay whole.
#[tokio::test]
async fn odd_ids_stay_whole() {
    play(async |w| {
        let odd = ["a#b", "a/b", "100%", "ü ñ", "a b?c=d", "a%23b"];
        w.project("p/1#x");
        let link = Link::new("link#1/2", "p/1#x");
        for (id, trainer) in (1..).zip(odd) {
            w.deliver(
                "default",
                &started(id, &format!("ctr#{trainer}"), trainer, &link),
            )
            .await;
        }
        w.idle().await;
        let mut members = w.members("p/1#x");
        members.sort();
        let mut expected = odd.to_vec();
        expected.sort_unstable();
        assert_eq!(members, expected);
        for (id, trainer) in (101..).zip(odd) {
            w.deliver(
                "default",
                &ended(id, &format!("ctr#{trainer}"), trainer, &link),
            )
            .await;
        }
        w.idle().await;
        assert!(w.members("p/1#x").is_empty());
    })
    .await;
}

#[tokio::test]
async fn budget_events_change_no_access_and_are_stored() {
    play(async |w| {
        let job = w.job("streets").await;
        let maria = w.trainer("maria");
        let contract = w.hire(&job, &maria);
        w.opentrain.fund(&contract, 40.0, 800.0).unwrap();
        w.idle().await;
        assert_eq!(w.members("streets"), ["maria"]);
        let name = shared::model::ConnectionName::default();
        let budgets = w.bridge.ledger().budgets(&name).await.unwrap();
        assert_eq!(budgets.len(), 1);
        assert_eq!(budgets[0].contract.as_str(), contract);
        let newest = shared::notice::newest(&budgets[0]).unwrap();
        assert_eq!(newest.funded_volume, Some(40.0));
    })
    .await;
}
