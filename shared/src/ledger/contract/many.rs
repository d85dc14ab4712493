//! Reading items by their keys, many at once.

use super::Subject;
use super::kit::{item, put_new, stored};
use crate::ledger::{Expect, Key};

/// More than DynamoDB reads with one request, by number and by size (16 MB).
const MANY: usize = 230;
const BIG: usize = 50;
const BIG_DOC: usize = 380_000;

fn keys(sorts: &[&str]) -> Vec<Key> {
    sorts.iter().map(|sort| Key::new("p", *sort)).collect()
}

/// Each item has the position of its key. An absent item is `None`, and a repeated key gives its item again.
pub async fn items_are_read_in_the_order_of_their_keys(subject: &dyn Subject) {
    let table = subject.table().await;
    for sort in ["a", "b", "c"] {
        put_new(&*table, item("p", sort, sort)).await;
    }
    put_new(&*table, item("q", "x", "another partition")).await;
    let wanted = [keys(&["c", "x", "a", "c"]), vec![Key::new("q", "x")]].concat();
    let items = table.get_many(&wanted).await.unwrap();
    let docs: Vec<_> = items
        .iter()
        .map(|item| item.as_ref().map(|item| item.doc.as_str()))
        .collect();
    let expected = ["c", "", "a", "c", "another partition"];
    let expected = expected.map(|doc| (!doc.is_empty()).then_some(doc));
    assert_eq!(docs, expected);
    assert!(table.get_many(&[]).await.unwrap().is_empty());
}

/// Each item equals the result of a single read.
pub async fn a_great_many_are_read(subject: &dyn Subject) {
    let table = subject.table().await;
    let name = |number: usize| format!("{number:03}");
    for number in (0..MANY).step_by(2) {
        put_new(&*table, item("p", &name(number), &name(number))).await;
    }
    let wanted: Vec<Key> = (0..MANY).map(|it| Key::new("p", name(it))).collect();
    let items = table.get_many(&wanted).await.unwrap();
    assert_eq!(items.len(), MANY);
    for (number, found) in items.into_iter().enumerate() {
        let expected = (number % 2 == 0).then(|| name(number));
        assert_eq!(found.map(|item| item.doc), expected);
    }
    let one = table.get(&wanted[0]).await.unwrap();
    assert_eq!(table.get_many(&wanted[..1]).await.unwrap(), [one]);
}

/// Their total size is not limited.
pub async fn big_items_are_read_together(subject: &dyn Subject) {
    let table = subject.table().await;
    let doc = "x".repeat(BIG_DOC);
    let wanted: Vec<Key> = (0..BIG).map(|it| Key::new("p", it.to_string())).collect();
    for key in &wanted {
        put_new(&*table, item("p", &key.sort, &doc)).await;
    }
    let items = table.get_many(&wanted).await.unwrap();
    assert!(items.iter().flatten().all(|item| item.doc == doc));
    assert_eq!(items.iter().flatten().count(), BIG);
}

/// The result contains all writes acknowledged before.
pub async fn a_read_of_many_sees_a_put_at_once(subject: &dyn Subject) {
    let table = subject.table().await;
    let wanted = keys(&["a", "b"]);
    let mut version = put_new(&*table, item("p", "a", "0")).await;
    for round in 1..20 {
        let doc = round.to_string();
        let put = table.put(item("p", "a", &doc), Expect::Version(version));
        version = stored(put.await.unwrap());
        let items = table.get_many(&wanted).await.unwrap();
        assert_eq!(items[0].as_ref().map(|item| item.doc.clone()), Some(doc));
        assert_eq!(items[1], None);
    }
}
