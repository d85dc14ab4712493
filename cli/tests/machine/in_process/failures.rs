//! The tool fails for a while, in all the ways it can.

use std::time::{Duration, Instant};

use shared::ledger::{Access, AccessState, Policy};
use shared::model::clock::Clock;
use shared::model::failure::Cause;
use shared::model::ids::{ProjectId, TrainerId};
use shared::tool::Removed;
use simulator::{Fault, ToolCall, What};

use crate::common::bench::{Bench, Claims, Ground};
use crate::common::events::{Link, ended, started};
use crate::common::floor::Mishap;
use crate::common::world::{Setup, play, play_with};

/// One person is hired while `what` happens to `times` writes of the tool. In the end the person is a member, once.
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

/// Maria is in the project.
async fn granted(ground: &Ground) -> (Bench, Link) {
    let b = Bench::new(ground, &["default"], Policy::default(), Claims::On);
    let link = Link::new("link_1", "streets");
    b.deliver("default", &started(1, "ctr_1", "maria", &link))
        .await;
    b.drain().await;
    (b, link)
}

async fn access(b: &Bench) -> Access {
    let trainer = b.ledger.trainer(&TrainerId::from("maria")).await.unwrap();
    trainer.access[&ProjectId::from("streets")].clone()
}

/// Other facts about a person come while the tool is down: each is a try, and none of them delays the retry.
#[tokio::test]
async fn what_is_stated_during_an_outage_keeps_no_removal_back() {
    let ground = Ground::new();
    let (b, link) = granted(&ground).await;
    b.tool.trip(Mishap::Down);
    b.deliver("default", &ended(2, "ctr_1", "maria", &link))
        .await;
    b.work().await;
    for n in 3..12 {
        b.tool.trip(Mishap::Down);
        let other = Link::new(&format!("link_{n}"), &format!("project_{n}"));
        b.deliver("default", &started(n, &format!("ctr_{n}"), "maria", &other))
            .await;
        b.work().await;
    }
    assert_eq!(access(&b).await.state, AccessState::Removing);
    let trainer = b.ledger.trainer(&TrainerId::from("maria")).await.unwrap();
    let wait = trainer.due.unwrap().at.duration_since(b.clock.now());
    assert!(wait.as_secs() <= 10, "it is tried again in {wait}");
}

/// The tool has no such project, and has never returned an account of the person.
#[tokio::test]
async fn a_removal_from_a_project_that_is_gone_needs_no_account() {
    let ground = Ground::new();
    let b = Bench::new(&ground, &["default"], Policy::default(), Claims::On);
    b.tool.delete_project("streets");
    let link = Link::new("link_1", "streets");
    b.deliver("default", &started(1, "ctr_1", "maria", &link))
        .await;
    b.drain().await;
    assert_eq!(access(&b).await.state, AccessState::Granting);
    b.deliver("default", &ended(2, "ctr_1", "maria", &link))
        .await;
    b.drain().await;
    let access = access(&b).await;
    assert_eq!(access.state, AccessState::Removed);
    // A gateway may have answered that the project is gone.
    assert_eq!(access.looks, 0, "it is looked at again");
}

/// "Not found" of an unclear origin, then the tool shows the member, then "not found" again: nothing is proven yet.
#[tokio::test]
async fn a_member_that_is_shown_in_between_restarts_the_proof() {
    let ground = Ground::new();
    let (b, link) = granted(&ground).await;
    let not_found = || Removed::NotFound("404".into());
    let shown = Removed::Unconfirmed("still a member".into());
    b.tool
        .answer_removals([not_found(), shown, not_found(), not_found()]);
    b.deliver("default", &ended(2, "ctr_1", "maria", &link))
        .await;
    for left in [3, 2, 1] {
        while b.tool.answers_left() > left {
            b.work().await;
            b.clock.advance(Duration::from_secs(11 * 60));
        }
        assert_eq!(access(&b).await.state, AccessState::Removing, "{left} left");
    }
    b.drain().await;
    assert_eq!(access(&b).await.state, AccessState::Removed);
    assert!(b.tool.members("streets").contains("maria"), "by two looks");
}

/// Maria's contract has ended, and her removal has failed for three days.
async fn long_in_spite_of_the_end(ground: &Ground) -> (Bench, Link) {
    let (b, link) = granted(ground).await;
    b.tool.set_broken("streets", true);
    b.deliver("default", &ended(2, "ctr_1", "maria", &link))
        .await;
    for _ in 0..3 * 24 * 4 {
        b.clock.advance(Duration::from_secs(15 * 60));
        b.work_all().await;
    }
    assert_eq!(access(&b).await.state, AccessState::Removing);
    (b, link)
}

/// The grant that failed once is retried, and needs no operator.
async fn assert_retried(b: &Bench, project: &str) {
    let maria = b.ledger.trainer(&TrainerId::from("maria")).await.unwrap();
    let trouble = maria.access[&ProjectId::from(project)].trouble.as_ref();
    assert_eq!(trouble.map(|it| it.cause), Some(Cause::Transient));
    assert_eq!(
        maria.due.map(|due| (due.since, due.tries)),
        Some((b.clock.now(), 1))
    );
    b.tool.set_broken(project, false);
    b.drain().await;
    assert!(b.tool.members(project).contains("maria"));
}

/// A grant is as old as itself, not as the removal that succeeds beside it.
#[tokio::test]
async fn a_grant_beside_an_old_removal_is_retried() {
    let ground = Ground::new();
    let (b, _) = long_in_spite_of_the_end(&ground).await;
    b.tool.set_broken("streets", false);
    b.tool.set_broken("harbour", true);
    let harbour = Link::new("link_2", "harbour");
    b.deliver("default", &started(3, "ctr_2", "maria", &harbour))
        .await;
    b.work().await;
    assert!(b.tool.members("streets").is_empty());
    assert_retried(&b, "harbour").await;
}

/// The same of a grant that failed beside the removal before.
#[tokio::test]
async fn a_grant_that_an_old_removal_leaves_behind_is_retried() {
    let ground = Ground::new();
    let (b, _) = long_in_spite_of_the_end(&ground).await;
    b.tool.set_broken("harbour", true);
    let harbour = Link::new("link_2", "harbour");
    b.deliver("default", &started(3, "ctr_2", "maria", &harbour))
        .await;
    b.work().await;
    assert_eq!(access(&b).await.state, AccessState::Removing);
    b.tool.set_broken("streets", false);
    b.clock.advance(Duration::from_secs(15 * 60));
    b.work().await;
    assert!(b.tool.members("streets").is_empty());
    let maria = b.ledger.trainer(&TrainerId::from("maria")).await.unwrap();
    assert!(maria.due.is_some());
    b.tool.set_broken("harbour", false);
    b.drain().await;
    assert!(b.tool.members("harbour").contains("maria"));
}

/// And of a grant that takes the removal's place.
#[tokio::test]
async fn a_grant_in_place_of_an_old_removal_is_retried() {
    let ground = Ground::new();
    let (b, link) = long_in_spite_of_the_end(&ground).await;
    b.deliver("default", &started(3, "ctr_2", "maria", &link))
        .await;
    b.work().await;
    assert_eq!(access(&b).await.state, AccessState::Granting);
    assert_retried(&b, "streets").await;
}
