//! The tool or OpenTrain fails, in all the ways they can.

use std::time::{Duration, Instant};

use shared::ledger::{AccessState, Cause};
use shared::opentrain::ProvisioningMode::PartnerWebhook;
use shared::provision::{OnInstallRevoked, Policy};
use shared::queue::{DeduplicationId, GroupId, Limits, Outgoing};
use simulator::{Fault, On, ToolCall, What, Writes};

use crate::common::canaries;
use crate::common::events::{Link, install_revoked, started};
use crate::common::world::{Setup, TOOL_TOKEN, World, play, play_with};

/// One person is hired while `what` happens to `times` writes of the tool; in the end they are in, once.
async fn hired_through(setup: Setup, times: u32, what: What) {
    play_with(setup, async |w| {
        let job = w.job("streets").await;
        w.tool.fault(Fault::times(times, ToolCall::PutMember, what));
        let contract = w.hire(&job, &w.trainer("maria"));
        w.idle().await;
        assert_eq!(w.members("streets"), ["maria"]);
        assert!(w.tool.requests()[&ToolCall::PutMember] > u64::from(times));
        assert!(w.access("maria", "streets").await.trouble.is_none());
        w.end(&contract);
        w.idle().await;
        assert!(!w.reads_back("streets", "maria").await);
    })
    .await;
}

#[tokio::test]
async fn a_tool_that_is_down_is_tried_again() {
    hired_through(Setup::default(), 4, What::status(503)).await;
}

#[tokio::test]
async fn a_tool_that_cuts_the_connection_after_the_write_has_one_member() {
    hired_through(Setup::default(), 2, What::DropConnectionAfterWrite).await;
}

#[tokio::test]
async fn a_tool_that_answers_too_late_has_one_member() {
    let setup = Setup {
        tool_timeout: Duration::from_millis(150),
        ..Setup::default()
    };
    hired_through(setup, 1, What::Delay(Duration::from_secs(1))).await;
}

#[tokio::test]
async fn a_proxy_that_answers_garbage_is_tried_again() {
    hired_through(Setup::default(), 2, What::Garbage).await;
}

#[tokio::test]
async fn retry_after_is_honoured() {
    play(async |w| {
        let job = w.job("streets").await;
        w.tool
            .fault(Fault::times(1, ToolCall::PutMember, What::rate_limited(1)));
        let asked = Instant::now();
        w.hire(&job, &w.trainer("maria"));
        w.tool
            .until(|tool| !tool.members("streets").is_empty())
            .await
            .unwrap();
        assert!(
            asked.elapsed() >= Duration::from_secs(1),
            "came back after {:?}",
            asked.elapsed()
        );
        w.idle().await;
        assert_eq!(w.tool.requests()[&ToolCall::PutMember], 2);
    })
    .await;
}

#[tokio::test]
async fn removals_survive_the_same_faults() {
    play(async |w| {
        let job = w.job("streets").await;
        let faults = [
            What::status(500),
            What::DropConnectionAfterWrite,
            What::Garbage,
        ];
        let contracts: Vec<_> = ["ana", "ben", "cem"]
            .map(|id| w.hire(&job, &w.trainer(id)))
            .into();
        w.idle().await;
        for what in faults {
            w.tool
                .fault(Fault::times(1, ToolCall::DeleteMember, what.clone()));
            w.tool.fault(Fault::times(1, ToolCall::ReadMember, what));
        }
        contracts.iter().for_each(|contract| w.end(contract));
        w.idle().await;
        assert!(w.members("streets").is_empty());
    })
    .await;
}

/// 401 and 403: noted as needing the operator, and it goes on by itself once the token is right.
#[tokio::test]
async fn a_token_that_is_refused_waits_for_the_operator() {
    play(async |w| {
        let job = w.job("streets").await;
        w.tool.set_token("canary-another-token");
        w.hire(&job, &w.trainer("maria"));
        let needs_operator = |cause| cause == Some(Cause::Operator);
        w.until_access("maria", "streets", |it| {
            needs_operator(it.trouble.as_ref().map(|it| it.cause))
        })
        .await;
        let row = w.status().await["access"][0].clone();
        assert_eq!(row["trouble"]["cause"], "operator");
        assert!(
            row["trouble"]["reason"]
                .as_str()
                .unwrap()
                .contains("TOOL_API_TOKEN"),
            "{row}"
        );
        assert_eq!(row["state"], "granting");

        w.tool.set_token(TOOL_TOKEN);
        w.idle().await;
        assert_eq!(w.members("streets"), ["maria"]);
        assert!(w.access("maria", "streets").await.trouble.is_none());
    })
    .await;
}

/// The reference integration's warning: a plain member's token can add, and gets 403 when it removes.
#[tokio::test]
async fn a_token_that_may_not_remove_is_not_taken_for_a_removal() {
    play(async |w| {
        let job = w.job("streets").await;
        let contract = w.hire(&job, &w.trainer("maria"));
        w.idle().await;
        w.tool
            .fault(Fault::lasting(ToolCall::DeleteMember, What::status(403)));
        w.end(&contract);
        w.until_access("maria", "streets", |it| it.trouble.is_some())
            .await;
        let access = w.access("maria", "streets").await;
        assert_eq!(access.state, AccessState::Removing);
        assert_eq!(access.trouble.unwrap().cause, Cause::Operator);
        assert!(
            w.known("maria").await.member.email.is_some(),
            "it may be needed for the removal"
        );
        w.tool.clear_faults();
        w.idle().await;
        assert!(w.members("streets").is_empty());
    })
    .await;
}

/// The tool says 204 and does nothing.
#[tokio::test]
async fn a_removal_that_is_not_true_is_not_counted() {
    play(async |w| {
        let job = w.job("streets").await;
        let contract = w.hire(&job, &w.trainer("maria"));
        w.idle().await;
        w.tool
            .fault(Fault::lasting(ToolCall::DeleteMember, What::status(204)));
        w.end(&contract);
        w.until_access("maria", "streets", |it| it.trouble.is_some())
            .await;
        assert_eq!(
            w.access("maria", "streets").await.state,
            AccessState::Removing
        );
        assert!(w.reads_back("streets", "maria").await);
        w.tool.clear_faults();
        w.idle().await;
        assert!(!w.reads_back("streets", "maria").await);
        assert_eq!(
            w.access("maria", "streets").await.state,
            AccessState::Removed
        );
    })
    .await;
}

/// 404 for the one project, and the person's other project is still worked on.
#[tokio::test]
async fn a_project_that_is_gone_is_noted_and_holds_nothing_up() {
    play(async |w| {
        let job = w.job("streets").await;
        w.link("default", &job, "gone", PartnerWebhook).await;
        w.idle().await;
        w.tool.delete_project("gone").unwrap();
        w.hire(&job, &w.trainer("maria"));
        w.idle().await;
        assert_eq!(w.members("streets"), ["maria"]);
        let trouble = w.access("maria", "gone").await.trouble.unwrap();
        assert_eq!(trouble.cause, Cause::Wrong);
        assert!(trouble.reason.contains("gone"), "{}", trouble.reason);
    })
    .await;
}

/// 422: the tool's reason is passed on, without what it quotes of the person.
#[tokio::test]
async fn a_person_whom_the_tool_refuses_is_noted_with_the_reason() {
    play(async |w| {
        let job = w.job("streets").await;
        w.tool.refuse(
            "maria",
            "no seat left for canary.maria@opentrain.work, sorry Canary maria",
        );
        w.hire(&job, &w.trainer("maria"));
        w.hire(&job, &w.trainer("tomas"));
        w.idle().await;
        assert_eq!(w.members("streets"), ["tomas"]);
        let trouble = w.access("maria", "streets").await.trouble.unwrap();
        assert_eq!(trouble.cause, Cause::Wrong);
        assert!(
            trouble.reason.contains("no seat left"),
            "{}",
            trouble.reason
        );
        canaries::assert_none_in(&trouble.reason);
    })
    .await;
}

#[tokio::test]
async fn one_persons_failure_holds_nobody_else_up() {
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

/// The start can't be done yet, and the end waits behind it: the tool never sees the end first.
#[tokio::test]
async fn a_persons_events_stay_in_order_while_the_tool_fails() {
    play(async |w| {
        w.project("streets");
        w.project("nights");
        let (streets, nights) = (
            Link::new("link_1", "streets"),
            Link::new("link_2", "nights"),
        );
        w.tool
            .fault(Fault::lasting(ToolCall::PutMember, What::status(503)));
        w.deliver("default", &started(1, "ctr_1", "maria", &streets))
            .await;
        w.tool
            .until(|tool| tool.requests().contains_key(&ToolCall::PutMember))
            .await
            .unwrap();
        w.deliver("default", &started(2, "ctr_2", "maria", &nights))
            .await;
        let hires = async || w.known("maria").await.hires.len();
        for _ in 0..3 {
            let tries = w.tool.requests()[&ToolCall::PutMember];
            w.tool
                .until(|tool| tool.requests()[&ToolCall::PutMember] > tries)
                .await
                .unwrap();
            assert_eq!(
                hires().await,
                1,
                "the second event may not overtake the first"
            );
        }
        w.tool.clear_faults();
        w.idle().await;
        assert_eq!(
            (w.members("streets"), w.members("nights")),
            (vec!["maria".to_owned()], vec!["maria".to_owned()])
        );
    })
    .await;
}

/// One customer leaves, of a person in three projects, while another one's hire can't be done: a failure
/// keeps nobody from what can be done.
#[tokio::test]
async fn all_removals_are_tried_whatever_fails() {
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

/// A message of another version: given up at once, and the batch it came in goes on.
#[tokio::test]
async fn a_message_that_cannot_be_read_is_a_dead_letter_and_leaves_the_others_alone() {
    play_with(
        Setup {
            dead: 2,
            ..Setup::default()
        },
        async |w| {
            let job = w.job("streets").await;
            for (n, body) in ["{\"v\":99,\"canary\":1}", "canary"]
                .into_iter()
                .enumerate()
            {
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
            let letters = w.status().await["dead_letters"].as_array().unwrap().clone();
            assert_eq!(letters.len(), 2);
            assert!(
                letters.iter().all(|letter| letter["receive_count"] == 1),
                "{letters:?}"
            );
        },
    )
    .await;
}

/// A day's tries, shortened: the message goes to the dead letters, and the status tells of it.
#[tokio::test]
async fn what_never_works_ends_among_the_dead_letters() {
    let setup = Setup {
        limits: Limits { max_receives: 3 },
        dead: 1,
        ..Setup::default()
    };
    play_with(setup, async |w| {
        let job = w.job("streets").await;
        w.idle().await;
        w.tool
            .fault(Fault::lasting(ToolCall::PutMember, What::status(500)));
        w.hire(&job, &w.trainer("maria"));
        w.until_queue("dead", |depth| depth.dead == 1).await;
        assert_eq!(w.tool.requests()[&ToolCall::PutMember], 3);
        let status = w.status().await;
        assert_eq!(status["queue"]["dead"], 1);
        assert_eq!(status["access"][0]["trouble"]["cause"], "transient");
        w.tool.clear_faults();
        w.idle().await;
    })
    .await;
}

/// The tool's own administrator took somebody out: the end still ends well.
#[tokio::test]
async fn somebody_who_is_out_already_counts_as_removed() {
    play(async |w| {
        let job = w.job("streets").await;
        let contract = w.hire(&job, &w.trainer("maria"));
        w.idle().await;
        w.tool.remove_member("streets", "maria").unwrap();
        w.end(&contract);
        w.idle().await;
        assert_eq!(
            w.access("maria", "streets").await.state,
            AccessState::Removed
        );
        assert_eq!(
            w.tool.writes_of("streets", "maria"),
            Writes {
                puts: 1,
                deletes: 1
            }
        );
    })
    .await;
}

#[tokio::test]
async fn an_invitation_is_shown_as_one_and_taken_back_by_the_end() {
    play(async |w| {
        w.tool.set_invites(true);
        let job = w.job("streets").await;
        let contract = w.hire(&job, &w.trainer("maria"));
        w.idle().await;
        assert_eq!(
            w.access("maria", "streets").await.state,
            AccessState::Invited
        );
        invite_is_kept(w).await;
        w.end(&contract);
        w.idle().await;
        assert!(w.members("streets").is_empty());
    })
    .await;
}

async fn invite_is_kept(w: &World) {
    w.replay_all();
    w.idle().await;
    assert_eq!(w.tool.writes_of("streets", "maria").puts, 1);
}
