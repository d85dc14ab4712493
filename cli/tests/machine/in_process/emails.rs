//! The work e-mail: requested, awaited, deleted.

use std::time::Duration;

use serde_json::json;
use shared::ledger::AccessState;
use shared::opentrain::ProvisioningMode;
use simulator::{ConsentOptions, Endpoint, Fault, Hold, ToolCall, What};

use crate::common::events::{Link, email, forgets_emails, started};
use crate::common::wait::until;
use crate::common::world::{Setup, World, play, play_with};

async fn state(w: &World, trainer: &str) -> AccessState {
    w.access(trainer, "streets").await.state
}

#[tokio::test]
async fn an_email_that_the_event_withholds_is_asked_for() {
    play(async |w| {
        let job = w.job("streets").await;
        w.opentrain.withhold_email_from_events(true);
        w.hire(&job, &w.trainer("maria"));
        w.idle().await;
        let member = w.tool.member("streets", "maria").unwrap();
        assert_eq!(member.email, email("maria"));
    })
    .await;
}

/// A process that ends before it stores the grant would leave a member whom no removal can name.
#[tokio::test]
async fn an_email_that_was_asked_for_is_stored_before_the_tool_is_called() {
    play(async |w| {
        let job = w.job("streets").await;
        w.opentrain.withhold_email_from_events(true);
        let late = What::Delay(Duration::from_secs(5));
        w.tool.fault(Fault::lasting(ToolCall::PutMember, late));
        w.hire(&job, &w.trainer("maria"));
        until("the tool has the member", async || {
            w.tool.member("streets", "maria").is_some()
        })
        .await;
        let maria = w.known("maria").await;
        assert_eq!(maria.access[&"streets".into()].state, AccessState::Granting);
        let known = maria.member.emails.values().next();
        assert_eq!(known.map(|it| it.email.expose()), Some(&*email("maria")));
        w.idle().await;
    })
    .await;
}

#[tokio::test]
async fn without_an_email_access_waits_and_the_message_is_done() {
    play(async |w| {
        let job = w.job("streets").await;
        let maria = w.trainer_with("maria", None);
        w.hire(&job, &maria);
        w.idle().await;
        assert!(w.members("streets").is_empty());
        assert_eq!(state(w, &maria).await, AccessState::AwaitingEmail);
        assert_eq!(w.status().await["access"][0]["state"], "awaiting-email");

        // Any later event makes the bridge use the address.
        w.opentrain
            .set_work_email(&maria, Some(&email("maria")))
            .unwrap();
        w.hire(&job, &maria);
        w.idle().await;
        assert_eq!(w.members("streets"), ["maria"]);
        assert_eq!(state(w, &maria).await, AccessState::Granted);
    })
    .await;
}

#[tokio::test]
async fn without_consent_to_personal_data_access_waits() {
    let consent = ConsentOptions {
        pii_consent: false,
        ..ConsentOptions::default()
    };
    play_with(
        Setup {
            consent,
            ..Setup::default()
        },
        async |w| {
            let job = w.job("streets").await;
            let contract = w.hire(&job, &w.trainer("maria"));
            w.idle().await;
            assert_eq!(state(w, "maria").await, AccessState::AwaitingEmail);
            w.end(&contract);
            w.idle().await;
            assert_eq!(state(w, "maria").await, AccessState::Removed);
            assert_eq!(w.tool.writes_of("streets", "maria").puts, 0);
        },
    )
    .await;
}

#[tokio::test]
async fn asking_for_the_email_is_tried_again_when_opentrain_is_down() {
    play(async |w| {
        let job = w.job("streets").await;
        w.opentrain.withhold_email_from_events(true);
        w.opentrain
            .fault(Fault::times(6, Endpoint::Participants, What::status(500)));
        w.hire(&job, &w.trainer("maria"));
        w.idle().await;
        assert_eq!(w.members("streets"), ["maria"]);
    })
    .await;
}

/// The event has only the link's id: project and trainer are read from the API.
#[tokio::test]
async fn what_an_event_leaves_out_is_asked_of_the_api() {
    play(async |w| {
        let job = w.unlinked_job();
        let link = w
            .link("default", &job, "streets", ProvisioningMode::PartnerWebhook)
            .await;
        w.opentrain.hold(Hold::all());
        let contract = w.hire(&job, &w.trainer("maria"));
        let mut event = started(9_000, &contract, "?", &Link::new(link.as_str(), "?"));
        event["data"] = json!({ "projectLink": { "id": link.as_str() } });
        w.deliver("default", &event).await;
        w.idle().await;
        assert_eq!(w.members("streets"), ["maria"]);
        w.opentrain.release();
        w.idle().await;
        assert_eq!(w.tool.writes_of("streets", "maria").puts, 1);
    })
    .await;
}

/// An end names the address once more: nothing will be sent to it.
#[tokio::test]
async fn an_end_does_not_bring_the_email_back() {
    play(async |w| {
        let job = w.job("streets").await;
        let maria = w.trainer("maria");
        let contracts = [w.hire(&job, &maria), w.hire(&job, &maria)];
        w.idle().await;
        for contract in &contracts {
            w.end(contract);
        }
        w.idle().await;
        w.replay_all();
        w.idle().await;
        assert!(forgets_emails(&w.known(&maria).await));
    })
    .await;
}
