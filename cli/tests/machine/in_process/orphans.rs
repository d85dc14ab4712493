//! Access whose link or install is gone: it is kept, and never granted.

use serde_json::Value;
use shared::ledger::{Access, AccessState, Install, InstallStatus};
use shared::model::ConnectionName;
use shared::opentrain::ProvisioningMode::PartnerWebhook;
use simulator::{EventType, Fault, Hold, On, What};

use crate::common::events::{Link, email, install_revoked, started};
use crate::common::wait::until;
use crate::common::world::{Setup, World, play, play_with};

fn two_customers() -> Setup {
    Setup {
        connections: &["acme", "globex"],
        ..Setup::default()
    }
}

fn without_email(mut event: Value) -> Value {
    let freelancer = event["data"]["freelancer"].as_object_mut().unwrap();
    freelancer.remove("workEmail");
    event
}

async fn disconnect(w: &World, connection: &str) {
    let install = &w.customers[connection].grant.install_id;
    let event = install_revoked(9_000, Some(install));
    w.deliver(connection, &event).await;
    w.idle().await;
}

/// A hire waits for its e-mail, the customer disconnects, and another customer sends the e-mail.
#[tokio::test]
async fn a_customer_who_has_left_gets_no_new_member() {
    play_with(two_customers(), async |w| {
        w.project("acme-secret");
        w.project("globex-open");
        let acme = Link::new("link_a", "acme-secret");
        let globex = Link::new("link_g", "globex-open");
        w.deliver("acme", &without_email(started(1, "ctr_a", "maria", &acme)))
            .await;
        w.idle().await;
        disconnect(w, "acme").await;
        w.deliver("globex", &started(9, "ctr_g", "maria", &globex))
            .await;
        w.idle().await;
        assert_eq!(w.members("globex-open"), ["maria"]);
        assert!(w.members("acme-secret").is_empty());
    })
    .await;
}

/// Both are connected: the address that one customer may see grants nothing at the other.
#[tokio::test]
async fn an_email_is_used_for_the_organisation_that_sent_it() {
    play_with(two_customers(), async |w| {
        w.project("acme-secret");
        w.project("globex-open");
        let acme = Link::new("link_a", "acme-secret");
        let globex = Link::new("link_g", "globex-open");
        w.deliver("globex", &started(9, "ctr_g", "maria", &globex))
            .await;
        w.deliver("acme", &without_email(started(1, "ctr_a", "maria", &acme)))
            .await;
        w.idle().await;
        assert_eq!(w.members("globex-open"), ["maria"]);
        assert!(w.members("acme-secret").is_empty());

        let mut own = started(2, "ctr_a", "maria", &acme);
        own["data"]["freelancer"]["workEmail"] = "maria.acme@opentrain.work".into();
        w.deliver("acme", &own).await;
        w.idle().await;
        let member = |project| w.tool.member(project, "maria").unwrap().email;
        assert_eq!(member("acme-secret"), "maria.acme@opentrain.work");
        assert_eq!(member("globex-open"), email("maria"));
    })
    .await;
}

#[tokio::test]
async fn a_start_that_comes_after_the_disconnection_grants_nothing() {
    play(async |w| {
        let job = w.unlinked_job();
        w.link("default", &job, "streets", PartnerWebhook).await;
        w.opentrain.hold(Hold::of(EventType::ContractStarted));
        w.hire(&job, &w.trainer("maria"));
        disconnect(w, "default").await;
        w.opentrain.release();
        w.idle().await;
        assert!(w.members("streets").is_empty());
        assert!(w.known("maria").await.access.is_empty());
    })
    .await;
}

/// The tool fails while access is granted, and the customer disconnects before it is back.
async fn disconnected_while_granting(w: &World, fails: What) {
    w.project("streets");
    let link = Link::new("link_1", "streets");
    w.tool.fault(Fault::lasting(
        On::call("PUT", "/projects/streets/members/*"),
        fails,
    ));
    w.deliver("default", &started(1, "ctr_1", "maria", &link))
        .await;
    let failed = |access: &Access| access.trouble.is_some();
    w.until_access("maria", "streets", failed).await;
    let install = &w.customers["default"].grant.install_id;
    w.deliver("default", &install_revoked(9_000, Some(install)))
        .await;
    until("the install is revoked", async || {
        let install = w.bridge.ledger().install(&ConnectionName::default()).await;
        let install = install.unwrap();
        install.is_some_and(|it| it.status == InstallStatus::Revoked)
    })
    .await;
    let settled = |access: &Access| access.state != AccessState::Granting;
    w.until_access("maria", "streets", settled).await;
    w.tool.clear_faults();
    w.idle().await;
}

#[tokio::test]
async fn a_grant_that_is_unfinished_is_not_finished() {
    play(async |w| {
        disconnected_while_granting(w, What::status(503)).await;
        assert!(w.members("streets").is_empty());
        let access = w.access("maria", "streets").await;
        assert_eq!(access.state, AccessState::Removed);
    })
    .await;
}

#[tokio::test]
async fn a_grant_whose_answer_was_lost_is_looked_up_and_kept() {
    play(async |w| {
        disconnected_while_granting(w, What::DropConnectionAfterWrite).await;
        assert_eq!(w.members("streets"), ["maria"]);
        let access = w.access("maria", "streets").await;
        assert_eq!(access.state, AccessState::Granted);
    })
    .await;
}

/// Existing access stays, through events and repeated convergences, until the customer connects again.
#[tokio::test]
async fn access_that_is_there_is_kept() {
    play(async |w| {
        w.project("streets");
        let link = Link::new("link_1", "streets");
        w.deliver("default", &started(1, "ctr_1", "maria", &link))
            .await;
        w.idle().await;
        disconnect(w, "default").await;
        w.deliver("default", &started(2, "ctr_1", "maria", &link))
            .await;
        w.idle().await;
        assert_eq!(w.members("streets"), ["maria"]);
        assert_eq!(w.tool.writes_of("streets", "maria").deletes, 0);

        let again = Install {
            id: Some("ins_again".into()),
            status: InstallStatus::Active,
            at: w.opentrain.now(),
            organization: None,
            refused: false,
            excluded: false,
            disconnected: false,
        };
        let ledger = w.bridge.ledger();
        let name = ConnectionName::default();
        let connected = |_| Some(again.clone());
        ledger.update_install(&name, connected).await.unwrap();
        w.deliver(
            "default",
            &started(3, "ctr_1", "ben", &Link::new("link_2", "streets")),
        )
        .await;
        w.idle().await;
        assert_eq!(w.members("streets"), ["ben", "maria"]);
    })
    .await;
}
