//! Random work on a table, compared with a map.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::Subject;
use super::kit::item;
use crate::ledger::{Expect, Item, Key, Put, Table};

/// One call.
#[derive(Debug, Clone)]
enum Step {
    Put { key: Key, doc: u8, guess: Guess },
    Get(Key),
    Query(String, String),
    Scan(String),
}

/// What a put expects, compared with the stored item.
#[derive(Debug, Clone)]
enum Guess {
    Right,
    Absent,
    Old,
}

fn key_text() -> impl Strategy<Value = String> {
    prop::collection::vec(
        prop::sample::select(vec!["a", "A", "%", "_", "#", "é", "😀"]),
        1..4,
    )
    .prop_map(|parts| parts.concat())
}

fn prefix() -> impl Strategy<Value = String> {
    prop_oneof![1 => Just(String::new()), 4 => key_text()]
}

fn key() -> impl Strategy<Value = Key> {
    let partition = prop::sample::select(vec!["a", "a%", "a_", "aé", "%"]);
    (partition, key_text()).prop_map(|(partition, sort)| Key::new(partition, sort))
}

fn step() -> impl Strategy<Value = Step> {
    let guess = prop::sample::select(vec![Guess::Right, Guess::Right, Guess::Absent, Guess::Old]);
    prop_oneof![
        6 => (key(), any::<u8>(), guess).prop_map(|(key, doc, guess)| Step::Put { key, doc, guess }),
        1 => key().prop_map(Step::Get),
        2 => (key(), prefix()).prop_map(|(key, prefix)| Step::Query(key.partition, prefix)),
        1 => prefix().prop_map(Step::Scan),
    ]
}

/// Tries `cases` random sequences of steps; makes a runtime of its own.
///
/// # Panics
/// With the shortest sequence found on which table and map disagree.
pub fn check(subject: &dyn Subject, cases: u32) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let steps = prop::collection::vec(step(), 1..80);
    let outcome = TestRunner::new(config).run(&steps, |steps| {
        runtime.block_on(play(subject, &steps));
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("the table is not as its model: {error}");
    }
}

async fn play(subject: &dyn Subject, steps: &[Step]) {
    let table = subject.table().await;
    let mut map = BTreeMap::new();
    for step in steps {
        match step {
            Step::Put { key, doc, guess } => {
                let put = item(&key.partition, &key.sort, &doc.to_string());
                play_put(&*table, &mut map, put, guess).await;
            }
            Step::Get(key) => {
                assert_eq!(table.get(key).await.unwrap().as_ref(), map.get(key));
            }
            Step::Query(partition, prefix) => {
                let items = table.query(partition, prefix).await.unwrap();
                let fits = |key: &Key| key.partition == *partition && key.sort.starts_with(prefix);
                assert_eq!(items, those(&map, fits));
            }
            Step::Scan(prefix) => {
                let items = table.scan(prefix).await.unwrap();
                assert_eq!(items, those(&map, |key| key.partition.starts_with(prefix)));
            }
        }
    }
}

async fn play_put(table: &dyn Table, map: &mut BTreeMap<Key, Item>, put: Item, guess: &Guess) {
    let found = map.get(&put.key).cloned();
    let expect = match (guess, &found) {
        (Guess::Right, Some(found)) => Expect::Version(found.version),
        (Guess::Right, None) | (Guess::Absent, _) => Expect::Absent,
        (Guess::Old, found) => Expect::Version(
            found
                .as_ref()
                .map_or(1, |found| found.version.saturating_sub(1)),
        ),
    };
    let fits = match (guess, &found) {
        (Guess::Right, _) | (Guess::Absent, None) => true,
        (Guess::Absent, Some(_)) | (Guess::Old, _) => false,
    };
    match table.put(put.clone(), expect).await.unwrap() {
        Put::Stored(version) => {
            assert!(fits, "the put should be refused");
            assert!(
                version > found.map_or(0, |found| found.version),
                "the version should grow"
            );
            map.insert(put.key.clone(), Item { version, ..put });
        }
        Put::Conflict(stored) => {
            assert!(!fits, "the put should be stored");
            assert_eq!(stored, found);
        }
    }
}

fn those(map: &BTreeMap<Key, Item>, fits: impl Fn(&Key) -> bool) -> Vec<Item> {
    map.iter()
        .filter(|(key, _)| fits(key))
        .map(|(_, item)| item.clone())
        .collect()
}
