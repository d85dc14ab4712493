//! Child processes. Each of them is a test that does nothing unless it is started by [`start`].

use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{self, ChildStdout, Command, Stdio};
use std::time::Duration;

use futures::future::join_all;
use shared::queue::Queue;

use super::{HOUR, open, outgoing};

pub(crate) const SENDERS: usize = 8;

/// File in the folder of a child that was started on purpose.
const MARK: &str = "this-folder-is-a-child's";

/// A child, and its output: one acknowledgement per line.
pub(crate) struct Child {
    process: process::Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Child {
    /// Starts the child `name` in `folder`. `limit` is its file size limit, in units of 512 bytes.
    pub(crate) fn start(name: &str, folder: &Path, limit: Option<u32>) -> Self {
        std::fs::write(folder.join(MARK), "").unwrap();
        let limit = limit.map_or("unlimited".to_owned(), |limit| limit.to_string());
        // Without the trap, writing beyond the limit would end the process instead of failing.
        let script = format!("trap '' XFSZ; ulimit -f {limit}; exec \"$@\"");
        let mut process = Command::new("sh")
            .args(["-c", &script, "sh"])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", &format!("sqlite_crash::child::{name}")])
            .args(["--ignored", "--nocapture"])
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { process, lines }
    }

    /// `kill -9`. Earlier output can still be read.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
    }

    /// Whether it ended successfully.
    pub(crate) fn succeeded(mut self) -> bool {
        self.process.wait().unwrap().success()
    }
}

impl Iterator for Child {
    /// The verb and its arguments.
    type Item = (String, Vec<String>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            // The test harness writes here too; its lines have no mark.
            let line = self.lines.next()?.ok()?;
            if let Some((_, note)) = line.split_once("note: ") {
                let mut words = note.split(' ').map(str::to_owned);
                return Some((words.next()?, words.collect()));
            }
        }
    }
}

/// A child always ends with its test.
impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn is_child() -> bool {
    Path::new(MARK).exists()
}

#[tokio::test]
#[ignore = "a child of the crash tests"]
async fn sender() {
    if !is_child() {
        return;
    }
    let queue = open(Path::new("."));
    let run = std::process::id();
    join_all((0..SENDERS).map(|sender| {
        let queue = &queue;
        async move {
            for number in 0_u64.. {
                let message = outgoing(&sender.to_string(), &format!("{run} {number}"));
                queue.send(message).await.unwrap();
                println!("note: sent {sender} {run} {number}");
            }
        }
    }))
    .await;
}

#[tokio::test]
#[ignore = "a child of the crash tests"]
async fn worker() {
    if !is_child() {
        return;
    }
    let queue = open(Path::new("."));
    loop {
        for message in queue.receive(3, HOUR, Duration::ZERO).await.unwrap() {
            println!("note: received {}", message.body);
            queue.delete(&message.handle).await.unwrap();
            println!("note: deleted {}", message.body);
        }
    }
}

#[tokio::test]
#[ignore = "a child of the crash tests"]
async fn filler() {
    if !is_child() {
        return;
    }
    let queue = open(Path::new("."));
    let padding = "x".repeat(2_000);
    for round in 0..60 {
        join_all((0..SENDERS).map(|sender| {
            let body = format!("{round} {sender} {padding}");
            let queue = &queue;
            async move {
                match queue.send(outgoing(&sender.to_string(), &body)).await {
                    Ok(_) => println!("note: sent {round} {sender}"),
                    Err(error) => println!("note: refused {round} {sender} {error}"),
                }
            }
        }))
        .await;
    }
}
