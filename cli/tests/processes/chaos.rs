//! Many hires and ends, out of order and repeated, while the process is killed and answers of the tool are lost. At the
//! end, the tool matches the contracts. `CHAOS_HIRES=1000` runs the long version.

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

use super::kit::{Bridge, Ground, SECRET};
use crate::common::events::{Link, ended, started};
use crate::common::post::Letter;
use crate::common::wait::until_within;

const PROJECTS: usize = 5;
const KILLS: usize = 5;
const SENDERS: usize = 8;

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

/// Kills the bridge each time another part of the events is acknowledged, and restarts it.
async fn kill(
    ground: &Ground,
    mut bridge: Bridge,
    at: &Address,
    events: usize,
    acknowledged: &AtomicUsize,
) -> Bridge {
    for kill in 1..=KILLS {
        let due = events * kill / (KILLS + 1);
        until_within(PATIENCE, "another part is acknowledged", async || {
            acknowledged.load(Ordering::SeqCst) >= due
        })
        .await;
        bridge.kill();
        let fault = |call| Fault::times(20, call, What::DropConnectionAfterWrite);
        ground.tool.fault(fault(ToolCall::PutMember));
        ground.tool.fault(fault(ToolCall::DeleteMember));
        bridge = ground.serve();
        *at.0.lock().unwrap() = bridge.address;
    }
    bridge
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
#[tokio::test]
async fn the_tool_matches_the_contracts_after_all_faults() {
    let hires = std::env::var("CHAOS_HIRES").map_or(150, |it| it.parse().unwrap());
    let ground = Ground::new().await;
    for n in 0..PROJECTS {
        ground.tool.create_project(&format!("p{n}"), "Chaos");
    }
    let story = Story::of(hires);
    let bridge = ground.serve();
    let (at, acknowledged) = (Address(Mutex::new(bridge.address)), AtomicUsize::new(0));
    let begun = Instant::now();
    let (bridge, ()) = tokio::join!(
        kill(&ground, bridge, &at, story.events.len(), &acknowledged),
        deliver(&ground, &at, &story.events, &acknowledged),
    );
    let delivered = begun.elapsed();
    until_within(PATIENCE, "the tool matches the contracts", async || {
        members(&ground) == story.members
    })
    .await;
    println!(
        "{hires} hires, {} deliveries, {KILLS} kills: delivered in {delivered:?}, done after {:?}",
        story.events.len(),
        begun.elapsed()
    );
    let status = ground.status().await;
    assert_eq!(status["queue"]["dead"], 0, "{}", status["queue"]);
    assert_eq!(ground.tool.violations(), []);
    assert!(bridge.terminate().0.success());
}
