//! Reads of many items.

use super::Subject;
use super::kit::{item, put_new, sorts};
use crate::ledger::{Key, Table};

/// More than one page of DynamoDB (1 MB).
const BIG: usize = 300;
const BIG_DOC: usize = 5_000;

async fn fill(table: &dyn Table, partition: &str, sorts: &[&str]) {
    for sort in sorts {
        put_new(table, item(partition, sort, "{}")).await;
    }
}

/// Items are returned in the order of the sort keys' bytes, not in the order of the puts.
pub async fn a_partition_is_read_in_order(subject: &dyn Subject) {
    let table = subject.table().await;
    fill(
        &*table,
        "p",
        &[
            "b", "a", "é", "B", "a#2", "a#10", "😀", "\u{ffee}", "_", "%",
        ],
    )
    .await;
    let items = table.query("p", "").await.unwrap();
    let expected = [
        "%", "B", "_", "a", "a#10", "a#2", "b", "é", "\u{ffee}", "😀",
    ];
    assert_eq!(sorts(&items), expected);
}

/// Even if one name is a prefix of the other.
pub async fn partitions_are_apart(subject: &dyn Subject) {
    let table = subject.table().await;
    for partition in [
        "TRAINER#1",
        "TRAINER#10",
        "TRAINER#",
        "trainer#1",
        "TRAINER#1 ",
    ] {
        fill(&*table, partition, &[partition]).await;
    }
    let items = table.query("TRAINER#1", "").await.unwrap();
    assert_eq!(sorts(&items), ["TRAINER#1"]);
    assert!(table.query("TRAINER#2", "").await.unwrap().is_empty());
}

/// `%`, `_` and `*` stand for themselves, and case counts.
pub async fn a_prefix_is_no_pattern(subject: &dyn Subject) {
    let table = subject.table().await;
    fill(
        &*table,
        "p",
        &["a%b", "a_b", "axb", "a*b", "A_b", "a?b", "a[x]b", "a\\b"],
    )
    .await;
    for prefix in ["a%", "a_", "a*", "A", "a?", "a[x", "a\\"] {
        let items = table.query("p", prefix).await.unwrap();
        assert_eq!(items.len(), 1, "{prefix}");
        assert!(items[0].key.sort.starts_with(prefix), "{prefix}");
    }
    assert!(table.query("p", "%").await.unwrap().is_empty());
    assert!(table.query("p", "_").await.unwrap().is_empty());
}

/// A prefix that ends in the last Unicode character, a prefix that is a whole key, and a prefix past all keys.
pub async fn a_prefix_may_be_any_text(subject: &dyn Subject) {
    let table = subject.table().await;
    let last = "k\u{10ffff}";
    let longer = "k\u{10ffff}\u{10ffff}z";
    fill(&*table, "p", &["k", last, longer, "l", "ké", "ké1"]).await;
    assert_eq!(
        sorts(&table.query("p", last).await.unwrap()),
        [last, longer]
    );
    assert_eq!(sorts(&table.query("p", "ké").await.unwrap()), ["ké", "ké1"]);
    assert_eq!(sorts(&table.query("p", "l").await.unwrap()), ["l"]);
    assert!(table.query("p", "m").await.unwrap().is_empty());
}

/// An incomplete list would revoke access.
pub async fn a_big_partition_is_complete(subject: &dyn Subject) {
    let table = subject.table().await;
    let doc = format!("\"{}\"", "x".repeat(BIG_DOC));
    let expected: Vec<String> = (0..BIG).map(|number| format!("HIRE#{number:04}")).collect();
    for sort in expected.iter().rev() {
        put_new(&*table, item("p", sort, &doc)).await;
    }
    let items = table.query("p", "HIRE#").await.unwrap();
    assert_eq!(sorts(&items), expected);
    assert!(items.iter().all(|item| item.doc == doc));
    assert_eq!(table.scan("p").await.unwrap().len(), BIG);
}

/// In the order of partition and sort key, with all items that were put before.
pub async fn a_scan_reads_all_partitions_with_a_prefix(subject: &dyn Subject) {
    let table = subject.table().await;
    for partition in ["T#2", "T#1", "C#1", "T%1", "t#1", "T"] {
        fill(&*table, partition, &["b", "a"]).await;
    }
    let keys = |items: Vec<crate::ledger::Item>| -> Vec<Key> {
        items.into_iter().map(|item| item.key).collect()
    };
    let expected = [("T#1", "a"), ("T#1", "b"), ("T#2", "a"), ("T#2", "b")];
    let expected: Vec<Key> = expected.iter().map(|(p, s)| Key::new(*p, *s)).collect();
    assert_eq!(keys(table.scan("T#").await.unwrap()), expected);
    assert_eq!(table.scan("").await.unwrap().len(), 12);
    assert_eq!(table.scan("T%").await.unwrap().len(), 2);
}
