//! A full disk: sends are refused, and earlier acknowledged messages remain.

use std::collections::BTreeSet;

use super::child::Child;
use super::{drain, open};

/// In units of 512 bytes: sufficient for the empty database, and for some of the child's messages.
const ROOM: u32 = 1_000;

#[tokio::test]
async fn what_did_not_fit_was_not_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Child::start("filler", folder.path(), Some(ROOM));
    let notes: Vec<_> = child.by_ref().collect();
    assert!(child.succeeded(), "a full disk must not end the process");

    let of = |verb: &str| -> BTreeSet<String> {
        let notes = notes.iter().filter(|(found, _)| found == verb);
        notes.map(|(_, words)| words[..2].join(" ")).collect()
    };
    assert!(
        !of("sent").is_empty() && !of("refused").is_empty(),
        "{notes:?}"
    );
    let stored: BTreeSet<String> = drain(&open(folder.path()))
        .await
        .into_iter()
        .map(|message| {
            message
                .body
                .split(' ')
                .take(2)
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect();
    assert_eq!(stored, of("sent"));
}
