//! Work that a failure delays, and work that it does not.

use shared::ledger::{AccessState, OnInstallRevoked, Policy};
use shared::queue::{DeduplicationId, GroupId, Limits, Outgoing};
use simulator::{Fault, On, ToolCall, What};

use crate::common::events::{Link, install_revoked, started};
use crate::common::wait::until;
use crate::common::world::{Setup, play, play_with};

#[tokio::test]
async fn one_persons_failure_does_not_delay_others() {
    play(async |w| {
        let job = w.job("streets").await;
        let of_maria = On::call("PUT", "/projects/*/members/maria");
        w.tool.fault(Fault::lasting(of_maria, What::status(503)));
        w.hire(&job, &w.trainer("maria"));
        for n in 0..12 {
            w.hire(&job, &w.trainer(&format!("usr_{n:02}")));
        }
        w.tool
            .until(|tool| tool.members("streets").len() == 12)
            .await
            .unwrap();
        w.tool.clear_faults();
        w.idle().await;
        assert_eq!(w.members("streets").len(), 13);
    })
    .await;
}

/// An event is merged while the tool fails for an earlier one of the same trainer, and its own work is tried.
#[tokio::test]
async fn a_persons_events_do_not_wait_for_the_tool() {
    play(async |w| {
        w.project("streets");
        w.project("nights");
        let (streets, nights) = (
            Link::new("link_1", "streets"),
            Link::new("link_2", "nights"),
        );
        w.tool.fault(Fault::lasting(
            On::call("PUT", "/projects/streets/members/*"),
            What::status(503),
        ));
        w.deliver("default", &started(1, "ctr_1", "maria", &streets))
            .await;
        w.until_access("maria", "streets", |it| it.trouble.is_some())
            .await;
        w.deliver("default", &started(2, "ctr_2", "maria", &nights))
            .await;
        w.until_access("maria", "nights", |it| it.state == AccessState::Granted)
            .await;
        assert_eq!(w.known("maria").await.hires.len(), 2);
        assert!(w.known("maria").await.due.is_some());
        w.tool.clear_faults();
        w.idle().await;
        assert_eq!(
            (w.members("streets"), w.members("nights")),
            (vec!["maria".to_owned()], vec!["maria".to_owned()])
        );
        assert_eq!(w.known("maria").await.due, None);
    })
    .await;
}

/// A trainer has access to three projects. One customer disconnects while another one's hire cannot be processed. The
/// failure does not stop the removals.
#[tokio::test]
async fn all_removals_are_tried_after_any_failure() {
    let policy = Policy {
        on_install_revoked: OnInstallRevoked::Remove,
        ..Policy::default()
    };
    let setup = Setup {
        policy,
        connections: &["acme", "globex"],
        ..Setup::default()
    };
    play_with(setup, async |w| {
        let projects = ["a", "b", "c"];
        for (id, project) in (1..).zip(projects) {
            w.project(project);
            let link = Link::new(&format!("link_{project}"), project);
            w.deliver("acme", &started(id, "ctr_1", "maria", &link))
                .await;
        }
        w.project("d");
        w.idle().await;
        w.tool.fault(Fault::lasting(
            On::call("PUT", "/projects/d/members/*"),
            What::status(503),
        ));
        w.tool.fault(Fault::lasting(
            On::call("DELETE", "/projects/a/members/*"),
            What::status(503),
        ));
        w.deliver(
            "globex",
            &started(11, "ctr_2", "maria", &Link::new("link_d", "d")),
        )
        .await;
        w.deliver("acme", &install_revoked(12, None)).await;
        w.until_access("maria", "c", |it| it.state == AccessState::Removed)
            .await;
        assert_eq!(
            ["a", "b", "c", "d"].map(|it| w.members(it).len()),
            [1, 0, 0, 0]
        );
        w.tool.clear_faults();
        w.idle().await;
        assert_eq!(
            ["a", "b", "c", "d"].map(|it| w.members(it).len()),
            [0, 0, 0, 1]
        );
    })
    .await;
}

/// A message of another version becomes a dead letter at once, and the other messages of its batch are processed.
#[tokio::test]
async fn a_message_that_cannot_be_read_is_a_dead_letter_and_leaves_the_others_alone() {
    play_with(
        Setup {
            dead: 2,
            ..Setup::default()
        },
        async |w| {
            let job = w.job("streets").await;
            for (n, body) in ["{\"v\":1,\"canary\":1}", "canary"].into_iter().enumerate() {
                let message = Outgoing {
                    body: body.to_owned(),
                    group: GroupId::new("trainer", "maria"),
                    deduplication: DeduplicationId::of(&["bad", &n.to_string()]),
                };
                w.bridge.queue().send(message).await.unwrap();
            }
            w.hire(&job, &w.trainer("maria"));
            w.idle().await;
            assert_eq!(w.members("streets"), ["maria"]);
            let letters = w.status().await["deadLetters"].as_array().unwrap().clone();
            assert_eq!(letters.len(), 2);
            assert!(
                letters.iter().all(|letter| letter["receiveCount"] == 1),
                "{letters:?}"
            );
        },
    )
    .await;
}

/// A trainer has one chain of wake-ups. It grows with the attempts, and no message becomes a dead letter.
#[tokio::test]
async fn what_the_tool_never_takes_is_due_and_reaches_no_dead_letter() {
    let setup = Setup {
        limits: Limits { max_receives: 3 },
        ..Setup::default()
    };
    play_with(setup, async |w| {
        let job = w.job("streets").await;
        w.idle().await;
        w.tool
            .fault(Fault::lasting(ToolCall::PutMember, What::status(500)));
        w.hire(&job, &w.trainer("maria"));
        let tried = async || w.known("maria").await.due.is_some_and(|due| due.tries > 4);
        until("it was tried more often than a message is received", tried).await;
        let status = w.status().await;
        assert_eq!(status["queue"]["dead"], 0);
        assert_eq!(status["queue"]["retrying"], 1);
        assert_eq!(status["access"][0]["trouble"]["cause"], "transient");
        w.tool.clear_faults();
        w.idle().await;
        assert_eq!(w.members("streets"), ["maria"]);
    })
    .await;
}
