//! Many hires and ends, out of order and repeated, while the process is killed, its disk is full, locked or read-only,
//! and answers of the tool are lost. At the end, the tool matches the contracts. `CHAOS_HIRES=1000 CHAOS_KILLS=100`
//! runs the long version.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures::future::join_all;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use serde_json::Value;
use shared::model::signature::WebhookSecret;
use simulator::{Fault, ToolCall, What};

use super::disk::{
    FAIL_BEYOND_LIMIT, limit_files, mounts_are_allowed, serve_on_a_full_disk,
    serve_on_a_read_only_mount,
};
use super::host::status_of;
use super::kit::{Bridge, Ground, SECRET};
use crate::common::events::{Link, ended, started};
use crate::common::post::Letter;
use crate::common::wait::until_within;

const PROJECTS: usize = 5;
const SENDERS: usize = 8;

/// A hire in a project that is not part of the story.
const FOREIGN: u64 = 1_000_000;

/// Retries of the tool's failures run seconds later.
const PATIENCE: Duration = Duration::from_secs(120);

/// Contract `n` is one of a trainer's five, each in another project. Some have ended, some have started again after
/// that.
struct Story {
    events: Vec<Value>,
    members: BTreeSet<(String, String)>,
}

impl Story {
    fn of(hires: usize) -> Self {
        // The same sequence in each run.
        let mut dice = StdRng::seed_from_u64(7);
        let (mut events, mut members) = (Vec::new(), BTreeSet::new());
        for n in 0..hires {
            let (trainer, project) = (n / PROJECTS, n % PROJECTS);
            let (trainer, project) = (format!("usr_{trainer}"), format!("p{project}"));
            let link = Link::new(&format!("link_{project}"), &project);
            let (contract, id) = (format!("ctr_{n}"), 10 * n as u64);
            let acts = dice.random_range(0..4);
            events.push(started(id + 1, &contract, &trainer, &link));
            if acts > 0 {
                events.push(ended(id + 2, &contract, &trainer, &link));
            }
            if acts > 2 {
                events.push(started(id + 3, &contract, &trainer, &link));
            }
            if acts == 0 || acts > 2 {
                members.insert((project, trainer));
            }
        }
        for _ in 0..events.len() / 2 {
            let again = dice.random_range(0..events.len());
            events.push(events[again].clone());
        }
        events.shuffle(&mut dice);
        Self { events, members }
    }
}

/// The bridge's address, which changes after each kill.
struct Address(Mutex<SocketAddr>);

/// Delivers each event until it is acknowledged, as OpenTrain's retries do.
async fn deliver(ground: &Ground, at: &Address, events: &[Value], acknowledged: &AtomicUsize) {
    let secret = WebhookSecret::new(SECRET).unwrap();
    let next = AtomicUsize::new(0);
    let sender = || async {
        while let Some(event) = events.get(next.fetch_add(1, Ordering::SeqCst)) {
            loop {
                let url = format!("http://{}/hooks/default", *at.0.lock().unwrap());
                let letter = Letter::signed(&url, &secret, event.to_string());
                let answer = letter.try_post(&ground.client).await;
                if answer.is_some_and(|answer| answer.status == 202) {
                    break;
                }
                tokio::task::yield_now().await;
            }
            acknowledged.fetch_add(1, Ordering::SeqCst);
        }
    };
    join_all((0..SENDERS).map(|_| sender())).await;
}

/// The fault during a kill.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    Nothing,
    /// It is killed on a full disk, and cannot start there.
    FullDisk,
    /// It is killed while another program holds the database's lock.
    Locked,
    /// It cannot start on a read-only mount.
    ReadOnly,
}

impl Trouble {
    const ALL: [Self; 4] = [Self::Nothing, Self::FullDisk, Self::Locked, Self::ReadOnly];

    /// Kills the bridge in this trouble, and tries to start it there.
    async fn kill(self, ground: &Ground, bridge: Bridge) {
        let refused = match self {
            Self::Nothing => return bridge.kill(),
            Self::FullDisk => {
                limit_files(&bridge, "4096");
                until_refused(ground, &bridge).await;
                bridge.kill();
                (serve_on_a_full_disk(ground).await, "the disk is full")
            }
            Self::Locked => {
                let database = rusqlite::Connection::open(ground.path("bridge.db")).unwrap();
                database.busy_timeout(PATIENCE).unwrap();
                database.execute_batch("BEGIN EXCLUSIVE").unwrap();
                until_refused(ground, &bridge).await;
                return bridge.kill();
            }
            Self::ReadOnly => {
                bridge.kill();
                if !mounts_are_allowed() {
                    return;
                }
                (serve_on_a_read_only_mount(ground).await, "read-only")
            }
        };
        let (run, reason) = refused;
        assert_eq!(run.code, Some(2), "{self:?}: {}", run.err);
        assert!(run.err.contains(reason), "{self:?}: {}", run.err);
    }
}

/// Waits until a delivery is answered with 503.
async fn until_refused(ground: &Ground, bridge: &Bridge) {
    until_within(PATIENCE, "deliveries are refused", async || {
        status_of(ground, bridge, FOREIGN).await == 503
    })
    .await;
}

/// Kills the bridge each time another part of the events is acknowledged, and restarts it.
async fn kill(
    ground: &Ground,
    mut bridge: Bridge,
    at: &Address,
    (events, kills): (usize, usize),
    acknowledged: &AtomicUsize,
) -> Bridge {
    for (kill, trouble) in (1..=kills).zip(Trouble::ALL.iter().cycle()) {
        let due = events * kill / (kills + 1);
        until_within(PATIENCE, "another part is acknowledged", async || {
            acknowledged.load(Ordering::SeqCst) >= due
        })
        .await;
        trouble.kill(ground, bridge).await;
        let fault = |call| Fault::times(20, call, What::DropConnectionAfterWrite);
        ground.tool.fault(fault(ToolCall::PutMember));
        ground.tool.fault(fault(ToolCall::DeleteMember));
        bridge = serve(ground);
        *at.0.lock().unwrap() = bridge.address;
    }
    bridge
}

fn serve(ground: &Ground) -> Bridge {
    ground.serve_limited(FAIL_BEYOND_LIMIT)
}

fn members(ground: &Ground) -> BTreeSet<(String, String)> {
    let projects = (0..PROJECTS).map(|n| format!("p{n}"));
    let in_it = |project: String| {
        let all = ground.tool.members(&project).into_iter();
        all.map(move |member| (project.clone(), member.trainer_id))
            .collect::<Vec<_>>()
    };
    projects.flat_map(in_it).collect()
}

#[allow(
    clippy::disallowed_methods,
    reason = "the length of the story is a setting of the test"
)]
fn setting(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |it| it.parse().unwrap())
}

#[tokio::test]
async fn the_tool_matches_the_contracts_after_all_faults() {
    let (hires, kills) = (setting("CHAOS_HIRES", 150), setting("CHAOS_KILLS", 4));
    let ground = Ground::new().await;
    for n in 0..PROJECTS {
        ground.tool.create_project(&format!("p{n}"), "Chaos");
    }
    let story = Story::of(hires);
    let bridge = serve(&ground);
    let (at, acknowledged) = (Address(Mutex::new(bridge.address)), AtomicUsize::new(0));
    let begun = Instant::now();
    let (bridge, ()) = tokio::join!(
        kill(
            &ground,
            bridge,
            &at,
            (story.events.len(), kills),
            &acknowledged
        ),
        deliver(&ground, &at, &story.events, &acknowledged),
    );
    let delivered = begun.elapsed();
    until_within(PATIENCE, "the tool matches the contracts", async || {
        members(&ground) == story.members
    })
    .await;
    println!(
        "{hires} hires, {} deliveries, {kills} kills: delivered in {delivered:?}, done after {:?}",
        story.events.len(),
        begun.elapsed()
    );
    let status = ground.status().await;
    assert_eq!(status["queue"]["dead"], 0, "{}", status["queue"]);
    assert_eq!(ground.tool.violations(), []);
    assert!(bridge.terminate().0.success());
}
