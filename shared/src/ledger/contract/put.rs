//! Writing one item, on a condition.

use jiff::Timestamp;

use super::Subject;
use super::kit::{conflict, item, put_new, stored};
use crate::ledger::{Expect, Item, Key};

/// Document, expiry, and keys in any script are kept.
pub async fn an_item_is_as_it_was_put(subject: &dyn Subject) {
    let table = subject.table().await;
    let expires_at = Some(Timestamp::from_second(4_102_444_800).unwrap());
    let doc = r#"{"name": "Zoë 😀", "quote": "\"%_'", "lines": "a\nb"}"#;
    let put = Item {
        expires_at,
        ..item("TRAINER#żółć 李", "HIRE#'\"\\;--#🦀", doc)
    };
    let version = put_new(&*table, put.clone()).await;
    let got = table.get(&put.key).await.unwrap();
    assert_eq!(got, Some(Item { version, ..put }));
}

/// Items with similar keys make no difference.
pub async fn an_absent_item_is_none(subject: &dyn Subject) {
    let table = subject.table().await;
    put_new(&*table, item("a", "b", "{}")).await;
    for key in [
        Key::new("a", "c"),
        Key::new("b", "b"),
        Key::new("a", "B"),
        Key::new("ab", "b"),
    ] {
        assert_eq!(table.get(&key).await.unwrap(), None, "{key:?}");
    }
}

/// A second put that expects no item gets the stored one.
pub async fn an_item_is_put_once(subject: &dyn Subject) {
    let table = subject.table().await;
    let version = put_new(&*table, item("a", "b", "1")).await;
    let refused = table
        .put(item("a", "b", "2"), Expect::Absent)
        .await
        .unwrap();
    assert_eq!(
        conflict(refused),
        Some(Item {
            version,
            ..item("a", "b", "1")
        })
    );
    assert_eq!(
        table.get(&Key::new("a", "b")).await.unwrap().unwrap().doc,
        "1"
    );
}

/// A put returns the version that the next put must expect.
pub async fn a_version_grows_with_every_put(subject: &dyn Subject) {
    let table = subject.table().await;
    let mut version = put_new(&*table, item("a", "b", "0")).await;
    assert!(version > 0, "0 is for items that were never stored");
    for doc in ["1", "2", "3"] {
        let put = table
            .put(item("a", "b", doc), Expect::Version(version))
            .await
            .unwrap();
        let next = stored(put);
        assert!(next > version);
        version = next;
        let got = table.get(&Key::new("a", "b")).await.unwrap();
        assert_eq!(
            got,
            Some(Item {
                version,
                ..item("a", "b", doc)
            })
        );
    }
}

/// The slower of two writers gets the item of the faster one, and changes nothing.
pub async fn an_old_version_is_refused(subject: &dyn Subject) {
    let table = subject.table().await;
    let old = put_new(&*table, item("a", "b", "0")).await;
    let put = table
        .put(item("a", "b", "quick"), Expect::Version(old))
        .await
        .unwrap();
    let version = stored(put);
    let refused = table
        .put(item("a", "b", "slow"), Expect::Version(old))
        .await
        .unwrap();
    assert_eq!(
        conflict(refused),
        Some(Item {
            version,
            ..item("a", "b", "quick")
        })
    );
    assert_eq!(
        table.get(&Key::new("a", "b")).await.unwrap().unwrap().doc,
        "quick"
    );
}

/// Not even version 0 is accepted, and the conflict contains no item.
pub async fn a_version_of_nothing_is_refused(subject: &dyn Subject) {
    let table = subject.table().await;
    for version in [0, 1, u64::MAX] {
        let refused = table
            .put(item("a", "b", "1"), Expect::Version(version))
            .await
            .unwrap();
        assert_eq!(conflict(refused), None);
    }
    assert_eq!(table.get(&Key::new("a", "b")).await.unwrap(), None);
}

/// Only the caller's expectation counts.
pub async fn the_version_in_the_item_is_not_looked_at(subject: &dyn Subject) {
    let table = subject.table().await;
    let first = put_new(
        &*table,
        Item {
            version: 77,
            ..item("a", "b", "0")
        },
    )
    .await;
    let again = Item {
        version: 99,
        ..item("a", "b", "1")
    };
    let second = stored(table.put(again, Expect::Version(first)).await.unwrap());
    assert_eq!(
        table
            .get(&Key::new("a", "b"))
            .await
            .unwrap()
            .unwrap()
            .version,
        second
    );
}

/// Every put sets the expiry anew. An item that expires far in the future stays.
pub async fn an_expiry_can_be_set_and_taken_off(subject: &dyn Subject) {
    let table = subject.table().await;
    let later = Some(Timestamp::from_second(4_102_444_800).unwrap());
    let mut version = put_new(&*table, item("a", "b", "0")).await;
    for expires_at in [later, None, later] {
        let put = Item {
            expires_at,
            ..item("a", "b", "1")
        };
        version = stored(table.put(put, Expect::Version(version)).await.unwrap());
        let got = table.get(&Key::new("a", "b")).await.unwrap().unwrap();
        assert_eq!(got.expires_at, expires_at);
    }
}
