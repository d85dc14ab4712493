//! `kill -9` during work.

use std::collections::{HashMap, HashSet};

use futures::future::join_all;
use shared::queue::{Queue, Received};

use super::child::{Child, SENDERS};
use super::{drain, open, outgoing};

/// Number of acknowledgements before a child is killed. The kill takes effect a little later.
const ENOUGH: usize = 300;

#[tokio::test]
async fn every_acknowledged_send_survives_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let mut sent = HashMap::new();
    for _ in 0..3 {
        let mut child = Child::start("sender", folder.path(), None);
        for (_, words) in child.by_ref().take(ENOUGH) {
            count(&mut sent, &words);
        }
        child.kill();
        child.for_each(|(_, words)| count(&mut sent, &words));
    }
    let stored = by_group_and_run(&drain(&open(folder.path())).await);
    assert_eq!(
        sent.len(),
        3 * SENDERS,
        "all senders of all children came to something"
    );
    for (key, acknowledged) in sent {
        let numbers = &stored[&key];
        assert!(
            numbers.iter().copied().eq(0..numbers.len()),
            "{key:?}: {numbers:?}"
        );
        let sent_at_most_once_more = acknowledged..=acknowledged + 1;
        assert!(
            sent_at_most_once_more.contains(&numbers.len()),
            "{key:?}: {acknowledged} sent"
        );
    }
}

/// Group and child.
type Run = (String, String);

fn count(sent: &mut HashMap<Run, usize>, words: &[String]) {
    let [sender, run, number] = words else {
        panic!("{words:?}")
    };
    let sent = sent
        .entry((format!("group:{sender}"), run.clone()))
        .or_default();
    assert_eq!(number.parse::<usize>().unwrap(), *sent);
    *sent += 1;
}

fn by_group_and_run(received: &[Received]) -> HashMap<Run, Vec<usize>> {
    let mut stored: HashMap<Run, Vec<usize>> = HashMap::new();
    for message in received {
        let (run, number) = message.body.split_once(' ').unwrap();
        let key = (message.group.as_str().to_owned(), run.to_owned());
        stored.entry(key).or_default().push(number.parse().unwrap());
    }
    stored
}

#[tokio::test]
async fn only_deleted_messages_are_missing() {
    let folder = tempfile::tempdir().unwrap();
    let queue = open(folder.path());
    let all: Vec<String> = (0..ENOUGH * 4).map(|number| number.to_string()).collect();
    join_all(all.iter().map(|body| queue.send(outgoing(body, body)))).await;
    drop(queue);

    let mut child = Child::start("worker", folder.path(), None);
    let mut notes: Vec<_> = child.by_ref().take(ENOUGH).collect();
    child.kill();
    notes.extend(child);

    let of = |verb: &str| -> HashSet<String> {
        let notes = notes.iter().filter(|(found, _)| found == verb);
        notes.map(|(_, words)| words[0].clone()).collect()
    };
    let queue = open(folder.path());
    let in_flight = queue.depth().await.unwrap().in_flight;
    let waiting: HashSet<String> = drain(&queue).await.into_iter().map(|m| m.body).collect();
    assert!(
        waiting.is_disjoint(&of("received")),
        "what is in flight is still hidden"
    );
    assert!(
        waiting.is_disjoint(&of("deleted")),
        "what is done does not come back"
    );
    // The remaining messages of the last batch; and one delete may be done but not reported.
    assert!(in_flight <= 3);
    let there = waiting.len() + usize::try_from(in_flight).unwrap();
    let told = all.len() - of("deleted").len();
    assert!(
        there == told || there + 1 == told,
        "{there} there, {told} not deleted"
    );
}
