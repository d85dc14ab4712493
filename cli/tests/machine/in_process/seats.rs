//! People who were members before, and tools in which a seat opens every project.

use serde_json::json;
use shared::ledger::{AccessState, OnEndOfEarlierMember, Policy};
use shared::model::clock::Clock;
use shared::model::ids::{ProjectId, TrainerId};

use crate::common::bench::{Bench, Claims, Ground};
use crate::common::events::{Link, ended, started};
use crate::common::floor::Mishap;

fn keeping() -> Policy {
    Policy {
        on_end_of_earlier_member: OnEndOfEarlierMember::Keep,
        ..Policy::default()
    }
}

async fn state(b: &Bench, trainer: &str, project: &str) -> AccessState {
    let trainer = b.ledger.trainer(&TrainerId::from(trainer)).await.unwrap();
    trainer.access[&ProjectId::from(project)].state
}

/// Ann is a member already, Ben is not; both are hired, and their contracts end.
async fn ann_and_ben(b: &Bench) {
    let link = Link::new("link_1", "streets");
    b.tool.add("streets", "ann");
    for (id, trainer) in [(1, "ann"), (2, "ben")] {
        let contract = format!("ctr_{trainer}");
        b.deliver("default", &started(id, &contract, trainer, &link))
            .await;
        b.drain().await;
        assert_eq!(state(b, trainer, "streets").await, AccessState::Granted);
        b.deliver("default", &ended(id + 10, &contract, trainer, &link))
            .await;
        b.drain().await;
    }
}

#[tokio::test]
async fn who_was_a_member_before_stays_if_the_operator_chose_so() {
    let ground = Ground::new();
    let b = Bench::new(&ground, &["default"], keeping(), Claims::On);
    ann_and_ben(&b).await;
    assert!(b.tool.members("streets").contains("ann"));
    assert_eq!(state(&b, "ann", "streets").await, AccessState::Kept);
    assert!(!b.tool.members("streets").contains("ben"));
    assert_eq!(state(&b, "ben", "streets").await, AccessState::Removed);
    // Hired again, and ended again: what was noted before the first hire counts.
    let link = Link::new("link_1", "streets");
    for (id, trainer) in [(31, "ann"), (32, "ben")] {
        let contract = format!("ctr_{trainer}_2");
        b.deliver("default", &started(id, &contract, trainer, &link))
            .await;
        b.drain().await;
        assert_eq!(state(&b, trainer, "streets").await, AccessState::Granted);
        b.deliver("default", &ended(id + 10, &contract, trainer, &link))
            .await;
        b.drain().await;
    }
    assert_eq!(state(&b, "ann", "streets").await, AccessState::Kept);
    assert_eq!(state(&b, "ben", "streets").await, AccessState::Removed);
}

/// The colleague leaves the company, and comes back through OpenTrain.
#[tokio::test]
async fn who_is_no_member_any_longer_at_the_next_hire_is_no_earlier_one() {
    let ground = Ground::new();
    let b = Bench::new(&ground, &["default"], keeping(), Claims::On);
    ann_and_ben(&b).await;
    assert_eq!(state(&b, "ann", "streets").await, AccessState::Kept);
    b.tool.expel("streets", "ann");
    let link = Link::new("link_1", "streets");
    b.deliver("default", &started(31, "ctr_2", "ann", &link))
        .await;
    b.drain().await;
    assert!(b.tool.members("streets").contains("ann"));
    b.deliver("default", &ended(32, "ctr_2", "ann", &link))
        .await;
    b.drain().await;
    assert!(b.tool.members("streets").is_empty());
    assert_eq!(state(&b, "ann", "streets").await, AccessState::Removed);
}

#[tokio::test]
async fn by_default_the_last_hire_takes_the_membership_along() {
    let ground = Ground::new();
    let b = Bench::new(&ground, &["default"], Policy::default(), Claims::On);
    ann_and_ben(&b).await;
    assert!(b.tool.members("streets").is_empty());
    assert_eq!(state(&b, "ann", "streets").await, AccessState::Removed);
}

/// A grant whose answer is lost makes no trainer an earlier member; a tool that was down hides none.
#[tokio::test]
async fn what_the_bridge_granted_itself_is_no_earlier_membership() {
    for mishap in [Mishap::AnswerLost, Mishap::Down] {
        let ground = Ground::new();
        let b = Bench::new(&ground, &["default"], keeping(), Claims::On);
        b.tool.trip(mishap);
        let link = Link::new("link_1", "streets");
        b.deliver("default", &started(1, "ctr_1", "ben", &link))
            .await;
        b.drain().await;
        assert!(b.tool.members("streets").contains("ben"));
        b.deliver("default", &ended(2, "ctr_1", "ben", &link)).await;
        b.drain().await;
        assert!(b.tool.members("streets").is_empty(), "{mishap:?}");
        b.tool.trip(mishap);
        ann_and_ben(&b).await;
        assert!(b.tool.members("streets").contains("ann"), "{mishap:?}");
    }
}

/// The process ends after the tool has carried the grant out, before that is recorded.
#[tokio::test]
async fn a_crash_in_a_grant_leaves_no_seat_behind() {
    for steps in 0..40 {
        let ground = Ground::new();
        let b = Bench::new(&ground, &["default"], keeping(), Claims::On);
        let link = Link::new("link_1", "streets");
        b.deliver("default", &started(1, "ctr_1", "ben", &link))
            .await;
        b.crash_after(steps).await;
        b.clock.advance(std::time::Duration::from_secs(3600));
        b.drain().await;
        b.deliver("default", &ended(2, "ctr_1", "ben", &link)).await;
        b.drain().await;
        assert!(b.tool.members("streets").is_empty(), "after {steps} steps");
    }
}

/// The database is lost, and the event is redelivered: the person is a member by the bridge's own grant.
#[tokio::test]
async fn whom_a_lost_ledger_may_have_let_in_is_no_earlier_member() {
    let ground = Ground::new();
    let b = Bench::new(&ground, &["default"], keeping(), Claims::On);
    let (streets, roads) = (Link::new("link_1", "streets"), Link::new("link_2", "roads"));
    b.tool.add("streets", "ben");
    let mut again = started(1, "ctr_1", "ben", &streets);
    let two_hours = std::time::Duration::from_secs(2 * 3600);
    again["createdAt"] = json!((b.clock.now() - two_hours).to_string());
    b.deliver("default", &again).await;
    b.drain().await;
    assert_eq!(state(&b, "ben", "streets").await, AccessState::Granted);
    // Another project, whose hire this ledger has known since its start.
    b.tool.add("roads", "ben");
    b.deliver("default", &started(2, "ctr_2", "ben", &roads))
        .await;
    b.drain().await;
    for (id, contract, link) in [(3, "ctr_1", &streets), (4, "ctr_2", &roads)] {
        b.deliver("default", &ended(id, contract, "ben", link))
            .await;
        b.drain().await;
    }
    assert!(b.tool.members("streets").is_empty());
    assert!(b.tool.members("roads").contains("ben"));
}

/// The hire that the lost ledger had granted is found after a new hire. Its end was missed, so its seat is no earlier
/// membership.
#[tokio::test]
async fn a_hire_that_is_heard_of_later_ends_an_earlier_membership() {
    let ground = Ground::new();
    let b = Bench::new(&ground, &["default"], keeping(), Claims::On);
    let link = Link::new("link_1", "streets");
    b.tool.add("streets", "ben");
    b.deliver("default", &started(2, "ctr_2", "ben", &link))
        .await;
    b.drain().await;
    b.deliver("default", &ended(1, "ctr_1", "ben", &link)).await;
    b.deliver("default", &ended(3, "ctr_2", "ben", &link)).await;
    b.drain().await;
    assert_eq!(state(&b, "ben", "streets").await, AccessState::Removed);
    assert!(b.tool.members("streets").is_empty());
}

#[tokio::test]
async fn a_tool_whose_seats_open_every_project_serves_one_organisation() {
    let ground = Ground::new();
    let b = Bench::new(&ground, &["acme", "globex"], Policy::default(), Claims::On);
    b.tool.open_every_project();
    let (streets, roads) = (Link::new("link_a", "streets"), Link::new("link_g", "roads"));
    b.deliver("acme", &started(1, "ctr_a", "maria", &streets))
        .await;
    b.drain().await;
    b.deliver("globex", &started(1, "ctr_g", "maria", &roads))
        .await;
    b.drain().await;
    assert!(b.tool.members("streets").contains("maria"));
    assert!(b.tool.members("roads").is_empty());
    let roads_id = ProjectId::from("roads");
    let maria = b.ledger.trainer(&TrainerId::from("maria")).await.unwrap();
    let trouble = maria.access[&roads_id].trouble.clone().unwrap().reason;
    assert!(trouble.contains("TOOL_SHARED_BY_CUSTOMERS"), "{trouble}");
    // A refused hire protects no access.
    b.deliver("acme", &ended(2, "ctr_a", "maria", &streets))
        .await;
    b.drain().await;
    assert!(b.tool.members("streets").is_empty());
    b.deliver("globex", &started(2, "ctr_h", "ben", &roads))
        .await;
    b.drain().await;
    assert!(b.tool.members("roads").is_empty());
}

#[tokio::test]
async fn customers_share_such_a_tool_if_the_operator_chose_so() {
    let ground = Ground::new();
    let shared = Policy {
        shared_by_customers: true,
        ..Policy::default()
    };
    let b = Bench::new(&ground, &["acme", "globex"], shared, Claims::On);
    b.tool.open_every_project();
    for (connection, project) in [("acme", "streets"), ("globex", "roads")] {
        let link = Link::new(&format!("link_{connection}"), project);
        let contract = format!("ctr_{connection}");
        b.deliver(connection, &started(1, &contract, "maria", &link))
            .await;
        b.drain().await;
        assert!(b.tool.members(project).contains("maria"));
    }
}
