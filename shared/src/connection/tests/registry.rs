//! The connections that are served, and how often their store is read.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::super::Credentials;
use super::world::{World, name};

#[tokio::test(start_paused = true)]
async fn what_was_read_counts_until_there_is_another_version() {
    let world = World::new();
    assert_eq!(world.secrets("acme").await.unwrap(), ["whsec_1"]);
    world.store.put("acme", &["whsec_2"]);
    world.pass(29).await;
    assert_eq!(world.secrets("acme").await.unwrap(), ["whsec_1"]);
    assert_eq!(world.store.asked(), (1, 1));
    world.pass(1).await;
    assert_eq!(world.secrets("acme").await.unwrap(), ["whsec_2"]);
    assert_eq!(world.store.asked(), (2, 2));
    world.pass(3000).await;
    assert_eq!(world.secrets("acme").await.unwrap(), ["whsec_2"]);
    assert_eq!(world.store.asked(), (3, 2), "it is not read again");
}

#[tokio::test(start_paused = true)]
async fn a_doubt_reads_the_index_at_most_every_second() {
    let world = World::new();
    let first = world.found("acme").await;
    world.store.put("acme", &["whsec_2", "whsec_1"]);
    let second = world.connections.reread(&first).await.unwrap();
    assert_eq!(second.secrets.len(), 2, "the first doubt counts at once");
    for _ in 0..100 {
        assert!(world.connections.reread(&second).await.is_none());
    }
    assert_eq!(
        world.store.asked(),
        (2, 2),
        "forged deliveries cost nothing"
    );
    world.pass(1).await;
    assert!(world.connections.reread(&second).await.is_none());
    assert_eq!(world.store.asked(), (3, 2), "nothing has changed");
    world.store.put("acme", &["whsec_3"]);
    world.pass(1).await;
    let third = world.connections.reread(&second).await.unwrap();
    assert_eq!(third.secrets[0].expose(), "whsec_3");
}

#[tokio::test(start_paused = true)]
async fn doubts_at_once_are_one_read_and_all_of_them_learn_of_it() {
    let world = World::new();
    let first = world.found("acme").await;
    world.store.put("acme", &["whsec_2"]);
    let doubts = (0..20).map(|_| world.connections.reread(&first));
    let fresh = futures::future::join_all(doubts).await;
    assert!(fresh.iter().all(|it| {
        it.as_ref()
            .is_some_and(|it| it.secrets[0].expose() == "whsec_2")
    }));
    assert_eq!(world.store.asked(), (2, 2));
}

/// The store has the secret, and another delivery's read of it is under way.
#[tokio::test(start_paused = true)]
async fn a_doubt_during_a_read_waits_for_its_result() {
    let world = World::new();
    let first = world.found("acme").await;
    world.store.put("acme", &["whsec_2"]);
    let mut reading = Box::pin(world.connections.reread(&first));
    assert!(futures::poll!(&mut reading).is_pending());
    let (forged, own) = futures::join!(reading, world.connections.reread(&first));
    assert!(forged.is_some());
    assert_eq!(own.unwrap().secrets[0].expose(), "whsec_2");
    assert_eq!(world.store.asked(), (2, 2));
}

/// They have waited for a read that took longer than `Freshness::doubt`.
#[tokio::test(start_paused = true)]
async fn doubts_that_a_slow_read_does_not_help_start_no_other() {
    let world = World::new();
    let first = world.found("acme").await;
    let mut reading = Box::pin(world.connections.reread(&first));
    assert!(futures::poll!(&mut reading).is_pending());
    world.pass(2).await;
    let waiting = (0..20).map(|_| world.connections.reread(&first));
    let (first, others) = futures::join!(reading, futures::future::join_all(waiting));
    assert!(first.is_none() && others.iter().all(Option::is_none));
    assert_eq!(world.store.asked(), (2, 1));
}

/// It causes no refusal of other customers' deliveries, and is read again after a second.
#[tokio::test(start_paused = true)]
async fn a_connection_that_can_not_be_read_is_its_own_failure() {
    let world = World::new();
    world.store.put("other", &["whsec_2"]);
    world.store.broken.lock().unwrap().insert(name("acme"));
    let error = world.connections.find(&name("acme")).await.unwrap_err();
    assert_eq!(error.to_string(), "acme is broken");
    assert_eq!(world.secrets("other").await.unwrap(), ["whsec_2"]);
    assert_eq!(world.store.asked(), (1, 3), "acme is read twice");
    let (refused, ()) = futures::join!(world.refused_of(20), async {
        world.store.broken.lock().unwrap().clear();
    });
    assert_eq!(refused, 0);
    assert_eq!(world.store.asked(), (1, 4));
}

/// If a newer version can't be read, the one in memory stays.
#[tokio::test(start_paused = true)]
async fn a_version_that_can_not_be_read_leaves_the_one_before() {
    let world = World::new();
    assert_eq!(world.secrets("acme").await.unwrap(), ["whsec_1"]);
    world.store.put("acme", &["whsec_2"]);
    world.store.broken.lock().unwrap().insert(name("acme"));
    world.pass(30).await;
    for _ in 0..20 {
        assert_eq!(world.secrets("acme").await.unwrap(), ["whsec_1"]);
    }
    assert_eq!(world.store.asked(), (2, 2));
    world.store.broken.lock().unwrap().clear();
    world.pass(1).await;
    assert_eq!(world.secrets("acme").await.unwrap(), ["whsec_2"]);
}

#[tokio::test(start_paused = true)]
async fn guessing_names_costs_one_index_in_30_seconds() {
    let world = World::new();
    for n in 0..500 {
        assert!(world.secrets(&format!("guess-{n}")).await.is_none());
    }
    assert_eq!(world.store.asked(), (1, 0));
    world.store.put("guess-7", &["whsec_7"]);
    world.pass(29).await;
    assert!(world.secrets("guess-7").await.is_none());
    world.pass(1).await;
    assert!(
        world.secrets("guess-7").await.is_some(),
        "a new customer counts without a restart"
    );
    assert_eq!(world.store.asked(), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn one_that_is_taken_away_is_gone_within_the_minute() {
    let world = World::new();
    assert!(world.secrets("acme").await.is_some());
    world.store.kept.lock().unwrap().clear();
    world.pass(30).await;
    assert!(world.secrets("acme").await.is_none());
    assert!(world.connections.all().await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn one_without_a_token_is_not_served() {
    let world = World::new();
    world.store.store("bare", Credentials::default());
    assert!(world.secrets("bare").await.is_none());
    world.pass(30).await;
    assert!(world.secrets("bare").await.is_none());
    assert_eq!(world.store.asked(), (2, 1), "and that is remembered");
    assert_eq!(world.all().await, [name("acme")]);
}

/// For any number of connections: one read of the index, and one of the connections if one has changed.
#[tokio::test(start_paused = true)]
async fn all_are_read_together_and_only_when_one_has_changed() {
    let world = World::new();
    for number in 0..50 {
        world.store.put(&format!("customer-{number}"), &["whsec_1"]);
    }
    assert_eq!(world.all().await.len(), 51);
    assert_eq!(world.store.asked(), (1, 1));
    let before = world.found("acme").await;
    assert_eq!(world.all().await.len(), 51);
    assert_eq!(world.store.asked(), (2, 1));
    world.store.put("customer-7", &["whsec_2"]);
    assert_eq!(world.all().await.len(), 51);
    assert_eq!(world.secrets("customer-7").await.unwrap(), ["whsec_2"]);
    assert_eq!(world.store.asked(), (3, 2));
    let after = world.found("acme").await;
    assert!(Arc::ptr_eq(&before, &after), "the others stay as they are");
}

/// The others are served, and the unreadable connection is named.
#[tokio::test(start_paused = true)]
async fn one_that_can_t_be_read_stops_no_other() {
    let world = World::new();
    world.store.put("broken", &["whsec_1"]);
    world.store.broken.lock().unwrap().insert(name("broken"));
    let listed = world.connections.list().await.unwrap();
    let names: Vec<_> = listed
        .connections
        .iter()
        .map(|it| it.name.clone())
        .collect();
    assert_eq!(names, [name("acme")]);
    assert_eq!(listed.faults, ["broken is broken"]);
    world.store.broken.lock().unwrap().clear();
    let listed = world.connections.list().await.unwrap();
    assert_eq!(listed.connections.len(), 2);
    assert!(listed.faults.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_stops_no_connection_that_is_known() {
    let world = World::new();
    assert!(world.secrets("acme").await.is_some());
    world.store.fails.store(true, Ordering::SeqCst);
    world.pass(60).await;
    for _ in 0..100 {
        assert_eq!(world.secrets("acme").await.unwrap(), ["whsec_1"]);
    }
    let asked = world.store.asked();
    assert_eq!(
        asked,
        (2, 1),
        "a store that fails is left alone for a while"
    );
    let (other, known) = (name("other"), name("acme"));
    let unknown = world.connections.find(&other);
    let (unknown, known) = futures::join!(unknown, world.connections.find(&known));
    unknown.unwrap_err();
    assert!(known.unwrap().is_some());
    assert!(world.connections.all().await.is_err());
    world.store.fails.store(false, Ordering::SeqCst);
    world.pass(1).await;
    assert!(world.secrets("other").await.is_none());
}
