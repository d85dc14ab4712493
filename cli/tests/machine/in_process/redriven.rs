//! An operator's statement that is redriven from the dead letters after the facts have changed.

use std::time::Duration;

use shared::ledger::{AccessState, InstallStatus, Policy};
use shared::model::ConnectionName;
use shared::model::clock::Clock;
use shared::model::ids::{InstallId, TrainerId};
use shared::queue::{Message, Queue, Statement};

use crate::common::bench::{Bench, Claims, Ground};
use crate::common::events::{Link, ended, started};

const MINUTE: Duration = Duration::from_secs(60);

fn bench(ground: &Ground) -> Bench {
    Bench::new(ground, &["default"], Policy::default(), Claims::On)
}

async fn state(bench: &Bench, statement: Statement) {
    let message = Message::Stated(statement).encode();
    bench.queue.send(message).await.unwrap();
    bench.drain().await;
}

/// Maria's contract starts and ends, and the tool refuses the removal.
async fn hired_and_stuck(bench: &Bench, first: u64, contract: &str) {
    let link = Link::new("link_streets", "streets");
    let start = started(first, contract, "maria", &link);
    bench.deliver("default", &start).await;
    bench.drain().await;
    assert_eq!(bench.tool.members("streets").len(), 1);
    bench.tool.set_broken("streets", true);
    let end = ended(first + 1, contract, "maria", &link);
    bench.deliver("default", &end).await;
    bench.work().await;
}

#[tokio::test]
async fn a_settlement_is_not_about_a_later_removal() {
    let ground = Ground::new();
    let bench = bench(&ground);
    hired_and_stuck(&bench, 1, "ctr_1").await;
    let stale = Statement::Settle {
        trainer: "maria".into(),
        project: "streets".into(),
        reason: "seen by hand".into(),
        at: Some(bench.clock.now()),
    };
    bench.tool.set_broken("streets", false);
    bench.clock.advance(10 * MINUTE);
    bench.drain().await;
    hired_and_stuck(&bench, 3, "ctr_2").await;
    let message = Message::Stated(stale).encode();
    bench.queue.send(message).await.unwrap();
    bench.work().await;
    let known = bench.ledger.trainer(&TrainerId::from("maria")).await;
    let access = known.unwrap().access[&"streets".into()].clone();
    assert_eq!(
        (access.state, access.settled),
        (AccessState::Removing, None)
    );
}

#[tokio::test]
async fn a_disconnection_is_not_about_a_later_install() {
    let ground = Ground::new();
    let bench = bench(&ground);
    let connection = ConnectionName::default();
    let reconnected = async |install: &str| {
        let statement = Statement::Reconnect {
            connection: ConnectionName::default(),
            install: Some(install.into()),
            organization: None,
            at: bench.clock.now(),
        };
        state(&bench, statement).await;
    };
    let gone = |install: Option<&str>| Statement::Disconnect {
        connection: ConnectionName::default(),
        install: install.map(InstallId::from),
        at: bench.clock.now(),
    };
    let install = async || bench.ledger.install(&connection).await.unwrap().unwrap();
    reconnected("inst_1").await;
    bench.clock.advance(MINUTE);
    let stale = [gone(Some("inst_1")), gone(None)];
    bench.clock.advance(MINUTE);
    reconnected("inst_2").await;
    bench.clock.advance(MINUTE);
    for statement in stale {
        state(&bench, statement).await;
        let known = install().await;
        assert_eq!(known.status, InstallStatus::Active, "{known:?}");
        assert!(!known.disconnected, "{known:?}");
    }
    state(&bench, gone(Some("inst_2"))).await;
    assert!(install().await.disconnected);
}
