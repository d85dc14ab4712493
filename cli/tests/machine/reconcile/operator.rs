//! The socket beside the database.

use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

use bridge::control::{Answer, beside};
use shared::reconcile::Outcome;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;

use crate::common::wait::until;
use crate::common::world::{World, play};

fn socket(world: &World) -> PathBuf {
    beside(&world.file().canonicalize().unwrap())
}

/// The bridge's answers to these bytes, line by line.
async fn said(world: &World, bytes: &[u8]) -> Vec<Answer> {
    let mut stream = UnixStream::connect(socket(world)).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut lines = BufReader::new(stream).lines();
    let mut answers = Vec::new();
    while let Ok(Some(line)) = lines.next_line().await {
        answers.push(serde_json::from_str(&line).unwrap());
    }
    answers
}

#[tokio::test]
async fn only_the_databases_owner_may_give_orders() {
    play(async |world| {
        let path = socket(world);
        until("it listens", async || path.exists()).await;
        let about = std::fs::metadata(&path).unwrap();
        assert!(about.file_type().is_socket());
        assert_eq!(about.mode() & 0o777, 0o600);
        let folder = std::fs::read_dir(world.folder.path()).unwrap();
        let names = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        assert!(
            names.into_iter().all(|name| name.starts_with("bridge.db")),
            "nothing is left over"
        );
    })
    .await;
}

#[tokio::test]
async fn an_order_is_answered_with_progress_and_an_outcome() {
    play(async |world| {
        world.job("streets").await;
        world.idle().await;
        let answers = said(world, b"{\"order\":\"reconcile\",\"dryRun\":true}\n").await;
        assert!(
            matches!(answers.first(), Some(Answer::Progress(_))),
            "{answers:?}"
        );
        let Some(Answer::Done(outcome)) = answers.last() else {
            panic!("{answers:?}")
        };
        let outcome: Outcome = serde_json::from_value(outcome.clone()).unwrap();
        assert!(outcome.dry_run && outcome.checked.links == 1);
    })
    .await;
}

#[tokio::test]
async fn what_is_no_order_is_refused_with_the_cure() {
    play(async |world| {
        let long = vec![b'x'; 70_000];
        for bytes in [
            b"{\"order\":\"dance\"}\n".as_slice(),
            b"GET / HTTP/1.1\r\n",
            &long,
        ] {
            // The bridge cuts a request without an end earlier than it closes a silent connection.
            let saying = tokio::time::timeout(Duration::from_secs(5), said(world, bytes));
            let answers = saying.await.unwrap();
            let cure = match bytes.len() > 65_536 {
                true => "with fewer ids",
                false => "same version",
            };
            let refused = matches!(&answers[..], [Answer::Failed(why)] if why.text.contains(cure));
            // After too long a request, the connection may be closed before the client reads the answer.
            assert!(
                refused || (answers.is_empty() && bytes.len() > 65_536),
                "{answers:?}"
            );
        }
        let told = Mutex::new(0);
        let watcher = |_| *told.lock().unwrap() += 1;
        let vars = shared::config::Vars::default().with("BRIDGE_DB", world.file().to_str());
        let order = bridge::control::Order::Reconcile(shared::reconcile::Wish::default());
        let _: Outcome = bridge::control::ask(&vars, &order, &watcher).await.unwrap();
        assert!(*told.lock().unwrap() > 0, "the bridge goes on");
    })
    .await;
}
