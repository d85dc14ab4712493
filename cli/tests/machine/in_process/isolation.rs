//! Two customers, and the projects that each may use.

use std::time::{Duration, Instant};

use serde_json::json;
use shared::http::BaseUrl;
use shared::ledger::{AccessState, Hire, Written};
use shared::mail::Mailer;
use shared::model::ConnectionName;
use shared::model::clock::{Clock, SystemClock};
use shared::opentrain::ProvisioningMode;
use shared::provision::Delays;
use simulator::{Endpoint, Fault, ToolCall, What};

use crate::common::events::{Link, email, ended, started};
use crate::common::mailbox::Mailbox;
use crate::common::wait::until;
use crate::common::world::{Setup, play_with};

/// Acme owns `streets`, Globex owns `roads`.
fn two_customers() -> Setup {
    Setup {
        connections: &["acme", "globex"],
        projects: &[("acme", &["streets"]), ("globex", &["roads"])],
        ..Setup::default()
    }
}

/// A removal does not wait until OpenTrain has answered a request for a grant.
#[tokio::test]
async fn no_removal_waits_for_the_address_of_another_customers_grant() {
    let pause = Duration::from_secs(4);
    let setup = Setup {
        delays: Delays {
            first: pause,
            longest: pause,
        },
        ..two_customers()
    };
    play_with(setup, async |w| {
        w.project("streets");
        w.project("roads");
        let own = Link::new("link_a", "streets");
        w.deliver("acme", &started(1, "ctr_a", "maria", &own)).await;
        w.idle().await;
        assert_eq!(w.members("streets"), ["maria"]);
        let down = Fault::lasting(Endpoint::Participants, What::status(503));
        w.opentrain.fault(down);
        let theirs = Link::new("link_g", "roads");
        let mut event = started(1, "ctr_g", "maria", &theirs);
        let person = event["data"]["freelancer"].as_object_mut().unwrap();
        person.remove("workEmail");
        let begun = Instant::now();
        w.deliver("globex", &event).await;
        w.until_access("maria", "roads", |it| it.trouble.is_some())
            .await;
        let asked = || w.opentrain.requests().get(&Endpoint::Participants).copied();
        let before = asked();
        assert!(before.is_some());
        w.deliver("acme", &ended(2, "ctr_a", "maria", &own)).await;
        until("maria is out", async || w.members("streets").is_empty()).await;
        // The grant's retry asks again. It comes after 3 s at the earliest, which a busy machine may need for this.
        if begun.elapsed() < Duration::from_secs(3) {
            assert_eq!(asked(), before);
        }
        w.deliver("globex", &ended(2, "ctr_g", "maria", &theirs))
            .await;
        w.idle().await;
    })
    .await;
}

/// The tool refuses the removal. The work e-mail of the other hire is requested nevertheless.
#[tokio::test]
async fn a_removal_that_does_not_succeed_keeps_back_no_grant() {
    play_with(two_customers(), async |w| {
        w.project("streets");
        w.project("roads");
        w.opentrain.withhold_email_from_events(true);
        let mode = ProvisioningMode::PartnerWebhook;
        let (streets, roads) = (w.unlinked_job(), w.unlinked_job());
        w.link("acme", &streets, "streets", mode.clone()).await;
        w.link("globex", &roads, "roads", mode).await;
        let maria = w.trainer("maria");
        let contract = w.hire(&streets, &maria);
        w.idle().await;
        assert_eq!(w.members("streets"), ["maria"]);
        let down = Fault::lasting(ToolCall::DeleteMember, What::status(500));
        w.tool.fault(down);
        w.end(&contract);
        w.until_access("maria", "streets", |it| it.trouble.is_some())
            .await;
        w.hire(&roads, &maria);
        until("maria is in the other project", async || {
            w.members("roads") == ["maria"]
        })
        .await;
        w.tool.clear_faults();
        w.idle().await;
        assert!(w.members("streets").is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_customer_grants_no_access_to_another_customers_project() {
    play_with(two_customers(), async |w| {
        w.project("streets");
        let theirs = Link::new("link_g", "streets");
        w.deliver("globex", &started(1, "ctr_g", "mallory", &theirs))
            .await;
        w.idle().await;
        assert!(w.members("streets").is_empty());
        let status = w.status().await.to_string();
        assert!(status.contains("not-allowed"), "{status}");
    })
    .await;
}

/// The owner's contract ends; another customer's link to the project protects nothing.
#[tokio::test]
async fn another_customers_link_protects_no_access() {
    play_with(two_customers(), async |w| {
        w.project("streets");
        let (own, theirs) = (
            Link::new("link_a", "streets"),
            Link::new("link_g", "streets"),
        );
        w.deliver("acme", &started(1, "ctr_a", "maria", &own)).await;
        w.deliver("globex", &started(1, "ctr_g", "maria", &theirs))
            .await;
        w.idle().await;
        assert_eq!(w.members("streets"), ["maria"]);
        w.deliver("acme", &ended(2, "ctr_a", "maria", &own)).await;
        w.idle().await;
        assert!(w.members("streets").is_empty());
    })
    .await;
}

/// The end of another customer's contract removes no member whom the bridge did not grant access through it.
#[tokio::test]
async fn another_customers_end_revokes_no_access() {
    play_with(two_customers(), async |w| {
        w.project("streets");
        let (own, theirs) = (
            Link::new("link_a", "streets"),
            Link::new("link_g", "streets"),
        );
        w.deliver("acme", &started(1, "ctr_a", "maria", &own)).await;
        w.deliver("globex", &started(1, "ctr_g", "maria", &theirs))
            .await;
        w.idle().await;
        w.deliver("globex", &ended(2, "ctr_g", "maria", &theirs))
            .await;
        w.deliver("globex", &ended(3, "ctr_x", "ben", &theirs))
            .await;
        w.idle().await;
        assert_eq!(w.members("streets"), ["maria"]);
        assert_eq!(w.tool.writes_of("streets", "maria").deletes, 0);
        assert_eq!(w.tool.writes_of("streets", "ben").deletes, 0);
        let access = w.access("maria", "streets").await;
        assert_eq!(access.state, AccessState::Granted);
    })
    .await;
}

/// A connection that is no longer set up has no list of its projects. Another organisation's project stays with that
/// organisation.
#[tokio::test]
async fn a_connection_that_was_taken_away_protects_nothing_of_anothers() {
    play_with(two_customers(), async |w| {
        w.project("streets");
        w.project("squares");
        let own = Link::new("link_a", "streets");
        w.deliver("acme", &started(1, "ctr_a", "maria", &own)).await;
        w.idle().await;
        let gone = ConnectionName::parse("initech").unwrap();
        let (id, ledger) = ("maria".into(), w.bridge.ledger());
        let mut stored = ledger.document(&id).await.unwrap();
        let hire = stored.trainer.hires[0].clone();
        for project in ["streets", "squares"] {
            stored.trainer.hires.push(Hire {
                connection: gone.clone(),
                contract: "ctr_i".into(),
                link: format!("link_i_{project}").as_str().into(),
                project: project.into(),
                ..hire.clone()
            });
        }
        let put = ledger.put_document(&id, &stored.trainer, stored.expect);
        assert!(matches!(put.await.unwrap(), Written::Stored(_)));
        w.deliver("acme", &ended(2, "ctr_a", "maria", &own)).await;
        w.idle().await;
        assert!(w.members("streets").is_empty());
        assert!(w.members("squares").is_empty(), "nothing new is granted");
    })
    .await;
}

#[tokio::test]
async fn each_customer_uses_its_own_project() {
    play_with(two_customers(), async |w| {
        w.project("streets");
        w.project("roads");
        let (a, g) = (Link::new("link_a", "streets"), Link::new("link_g", "roads"));
        w.deliver("acme", &started(1, "ctr_a", "maria", &a)).await;
        w.deliver("globex", &started(1, "ctr_g", "maria", &g)).await;
        w.idle().await;
        assert_eq!(w.members("streets"), ["maria"]);
        assert_eq!(w.members("roads"), ["maria"]);
    })
    .await;
}

/// Globex may not use the project, and states an address of its own for the person, later than Acme does.
#[tokio::test]
async fn an_invitation_goes_to_no_address_of_another_customer() {
    let mailbox = Mailbox::open().await;
    let setup = Setup {
        mail: Some(mailer(&mailbox)),
        ..two_customers()
    };
    play_with(setup, async |w| {
        w.project("streets");
        w.tool.set_invites(true);
        let (own, theirs) = (
            Link::new("link_a", "streets"),
            Link::new("link_g", "streets"),
        );
        let mut stated = started(1, "ctr_g", "maria", &theirs);
        stated["createdAt"] = json!(SystemClock.now());
        stated["data"]["freelancer"]["workEmail"] = json!("canary.mallory@attacker.example");
        w.deliver("globex", &stated).await;
        w.idle().await;
        w.deliver("acme", &started(1, "ctr_a", "maria", &own)).await;
        w.idle().await;
        assert_eq!(mailbox.wait_for(1).await.to, email("maria"));
        assert_eq!(
            w.tool.member("streets", "maria").unwrap().email,
            email("maria")
        );
    })
    .await;
    mailbox.assert_no_violation();
}

fn mailer(mailbox: &Mailbox) -> Mailer {
    let tool = BaseUrl::parse("https://tool.example").unwrap();
    Mailer::new(&mailbox.url, "team@example.com", &tool).unwrap()
}

/// The person's work e-mail changes while the invitation is open, and after it was accepted.
#[tokio::test]
async fn a_new_work_email_reaches_the_tool_and_the_person() {
    let mailbox = Mailbox::open().await;
    let setup = Setup {
        mail: Some(mailer(&mailbox)),
        ..Setup::default()
    };
    play_with(setup, async |w| {
        w.project("streets");
        w.tool.set_invites(true);
        let link = Link::new("link_1", "streets");
        let state = async |id: u64, address: &str| {
            let mut event = started(id, "ctr_1", "maria", &link);
            event["createdAt"] = json!(SystemClock.now());
            event["data"]["freelancer"]["workEmail"] = json!(address);
            w.deliver("default", &event).await;
            w.idle().await;
            w.tool.member("streets", "maria").unwrap().email
        };
        for (id, address) in [
            (1, "canary.old@opentrain.work"),
            (2, "canary.new@opentrain.work"),
        ] {
            assert_eq!(state(id, address).await, address);
            let mails = usize::try_from(id).unwrap();
            assert_eq!(mailbox.wait_for(mails).await.to, address);
        }
        let access = w.access("maria", "streets").await;
        assert_eq!(access.state, AccessState::Invited);
        assert_eq!(access.trouble, None);
        w.tool.accept_invite("streets", "maria").unwrap();
        let third = "canary.third@opentrain.work";
        assert_eq!(state(3, third).await, third);
        let access = w.access("maria", "streets").await;
        assert_eq!(access.state, AccessState::Granted);
        assert_eq!(mailbox.mails().len(), 2);
    })
    .await;
}
