//! Contracts that are over because their link was removed: they leave the document as ended contracts do.

use std::time::Duration;

use shared::ledger::{OnLinkRemoved, Policy, Trainer};
use shared::model::ids::{ContractId, TrainerId};

use crate::common::bench::{Bench, Claims, Ground};
use crate::common::events::{Link, ended, link_removed, started};

/// Links that are removed.
const REMOVED: u64 = 9;

const DAY: Duration = Duration::from_secs(24 * 3600);

fn link(number: u64) -> Link {
    Link {
        job: None,
        ..Link::new(&format!("link_{number}"), "streets")
    }
}

async fn starts(bench: &Bench, id: u64, contract: u64, at: u64) {
    let event = started(id, &format!("ctr_{contract}"), "maria", &link(at));
    bench.deliver("default", &event).await;
    bench.drain().await;
}

async fn known(bench: &Bench) -> Trainer {
    bench
        .ledger
        .trainer(&TrainerId::from("maria"))
        .await
        .unwrap()
}

fn has(trainer: &Trainer, contract: u64) -> bool {
    let contract = ContractId::new(format!("ctr_{contract}"));
    trainer.hires.iter().any(|hire| hire.contract == contract)
}

/// Maria works at link 0, at nine links that were removed since, and at one more, all of one project.
async fn bench(ground: &Ground, on_link_removed: OnLinkRemoved) -> Bench {
    let policy = Policy {
        on_link_removed,
        ..Policy::default()
    };
    let bench = Bench::new(ground, &["default"], policy, Claims::On);
    for number in 0..=REMOVED {
        starts(&bench, number + 1, number, number).await;
    }
    for number in 1..=REMOVED {
        let event = link_removed(20 + number, &link(number));
        bench.deliver("default", &event).await;
        bench.clock.advance(Duration::from_secs(1));
    }
    bench.drain().await;
    starts(&bench, 40, 40, 40).await;
    bench
}

#[tokio::test]
async fn contracts_whose_links_were_removed_move_and_come_back() {
    let ground = Ground::new();
    let bench = bench(&ground, OnLinkRemoved::Remove).await;
    let document = known(&bench).await;
    assert!(document.has_closed);
    assert_eq!(
        document.hires.len(),
        6,
        "two that run, and four that are closed"
    );
    let moved = (1..=REMOVED).find(|it| !has(&document, *it)).unwrap();
    let kept = (1..=REMOVED).find(|it| has(&document, *it)).unwrap();

    // A late end is merged into the item that has the contract.
    let id = TrainerId::from("maria");
    let event = ended(50, &format!("ctr_{moved}"), "maria", &link(moved));
    bench.deliver("default", &event).await;
    bench.drain().await;
    let document = bench.ledger.trainer(&id).await.unwrap();
    let all = bench.ledger.with_closed(&id, document).await.unwrap();
    assert_eq!((all.hires.len(), all.ends.len()), (11, 1));
    assert_eq!(bench.tool.members("streets").len(), 1);

    // A start at another link brings the contract back, and access by it.
    for number in [0, 40] {
        let event = ended(
            51 + number,
            &format!("ctr_{number}"),
            "maria",
            &link(number),
        );
        bench.deliver("default", &event).await;
    }
    bench.drain().await;
    assert!(bench.tool.members("streets").is_empty());
    starts(&bench, 95, moved, 95).await;
    assert!(has(&known(&bench).await, moved));
    assert_eq!(bench.tool.members("streets").len(), 1);

    bench.clock.advance(DAY * 401);
    starts(&bench, 96, 96, 96).await;
    assert!(!has(&known(&bench).await, kept), "closed for 400 days");
    assert!(has(&known(&bench).await, moved), "it runs");
}

#[tokio::test]
async fn contracts_stay_whose_access_stays_when_their_link_is_removed() {
    let ground = Ground::new();
    let bench = bench(&ground, OnLinkRemoved::Keep).await;
    bench.clock.advance(DAY * 401);
    starts(&bench, 41, 41, 41).await;
    let document = known(&bench).await;
    assert_eq!((document.has_closed, document.hires.len()), (false, 12));
}
