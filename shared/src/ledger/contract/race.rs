//! Concurrent writers.

use futures::future::join_all;

use super::Subject;
use super::kit::{item, put_new};
use crate::ledger::{Expect, Key, Put, Table};

const TASKS: usize = 16;
const EACH: u64 = 5;

/// Of several writers with the same expectation, exactly one succeeds. The others get the item that it wrote.
pub async fn one_of_many_puts_wins(subject: &dyn Subject) {
    let table = subject.table().await;
    let mut expect = Expect::Absent;
    for _ in 0..5 {
        let puts = join_all((0..TASKS).map(|task| {
            let table = &table;
            async move {
                let put = table
                    .put(item("a", "b", &task.to_string()), expect)
                    .await
                    .unwrap();
                (task, put)
            }
        }));
        expect = Expect::Version(assert_one_winner(&puts.await));
    }
}

fn assert_one_winner(puts: &[(usize, Put)]) -> u64 {
    let winners: Vec<(String, u64)> = puts
        .iter()
        .filter_map(|(task, put)| match put {
            Put::Stored(version) => Some((task.to_string(), *version)),
            Put::Conflict(_) => None,
        })
        .collect();
    let [(winner, version)] = winners.as_slice() else {
        panic!("not one winner: {winners:?}")
    };
    for (_, put) in puts {
        if let Put::Conflict(found) = put {
            let found = found.as_ref().expect("the winner's item");
            assert_eq!((&found.doc, found.version), (winner, *version));
        }
    }
    *version
}

/// Each task reads, adds one, and puts on condition of the version, and repeats after a conflict. The sum is right in
/// the end.
pub async fn no_increment_is_lost(subject: &dyn Subject) {
    let table = subject.table().await;
    put_new(&*table, item("a", "sum", "0")).await;
    join_all((0..TASKS).map(|_| async {
        for _ in 0..EACH {
            increment(&*table).await;
        }
    }))
    .await;
    let sum = table.get(&Key::new("a", "sum")).await.unwrap().unwrap().doc;
    assert_eq!(sum.parse::<u64>().unwrap(), TASKS as u64 * EACH);
}

async fn increment(table: &dyn Table) {
    loop {
        let found = table.get(&Key::new("a", "sum")).await.unwrap().unwrap();
        let next = found.doc.parse::<u64>().unwrap() + 1;
        let put = table.put(
            item("a", "sum", &next.to_string()),
            Expect::Version(found.version),
        );
        if let Put::Stored(_) = put.await.unwrap() {
            return;
        }
    }
}

/// By get, query and scan, even during concurrent writes of other items.
pub async fn a_put_is_seen_at_once(subject: &dyn Subject) {
    let table = subject.table().await;
    join_all((0..TASKS).map(|task| {
        let table = &table;
        async move {
            let partition = format!("p{task}");
            put_new(&**table, item(&partition, "s", "1")).await;
            let got = table.get(&Key::new(&partition, "s")).await.unwrap();
            assert!(got.is_some(), "get");
            assert_eq!(
                table.query(&partition, "s").await.unwrap(),
                got.clone().into_iter().collect::<Vec<_>>()
            );
            assert!(
                table.scan("p").await.unwrap().contains(&got.unwrap()),
                "scan"
            );
        }
    }))
    .await;
}
