//! The event source of the provisioner: it invokes processes with batches, like Lambda, and repeats some invocations.

use std::sync::Arc;
use std::time::Duration;

use shared::model::clock::{Clock, after};
use shared::provision::{Ack, DEADLINE, work_batch};
use shared::queue::Received;

use crate::process::Process;
use crate::world::World;

/// Visibility time-out, longer than an invocation may take.
const VISIBILITY: Duration = Duration::from_secs(DEADLINE.as_secs() * 11);

/// Longest time of an invocation.
const INVOCATION: Duration = Duration::from_secs(DEADLINE.as_secs() * 10);

/// Receives batches and has them processed, one at a time.
pub(crate) async fn poll(world: Arc<World>) {
    let messages = Arc::clone(&world.around.messages);
    loop {
        let changed = messages.changed.notified();
        let now = world.hub().now();
        let Some(process) = world.any() else {
            tokio::time::sleep(Duration::from_secs(1)).await;
            continue;
        };
        let size = world.hub().draw(|dice| dice.pick(&[1, 2, 10]));
        let batch = messages.receive(size, VISIBILITY, now);
        if batch.is_empty() {
            let wait = messages.next_at().map(|at| at.duration_since(now));
            let wait = wait.and_then(|it| Duration::try_from(it).ok());
            let wait = wait.unwrap_or(VISIBILITY).max(Duration::from_millis(1));
            let _woken = tokio::time::timeout(wait, changed).await;
            continue;
        }
        hand_out(&world, &process, batch).await;
    }
}

async fn hand_out(world: &Arc<World>, process: &Process, batch: Vec<Received>) {
    let repeats = world.hub().strikes(|weather| weather.repeats);
    let other = world.any().filter(|_| repeats);
    let Some(other) = other else {
        return invoke(world, process, batch).await;
    };
    world.hub().note(|| "an invocation is repeated".to_owned());
    let at_once = world.hub().draw(|dice| dice.permille(500));
    match at_once {
        true => {
            let both = (
                invoke(world, process, batch.clone()),
                invoke(world, &other, batch),
            );
            futures::future::join(both.0, both.1).await;
        }
        false => {
            invoke(world, process, batch.clone()).await;
            invoke(world, &other, batch).await;
        }
    }
}

async fn invoke(world: &World, process: &Process, batch: Vec<Received>) {
    let (ack, until) = match world.shape.is_function {
        true => (
            Ack::ByEventSource,
            Some(after(process.life.now(), INVOCATION)),
        ),
        false => (Ack::Explicit, None),
    };
    let hub = world.hub();
    hub.note(|| {
        let names = batch
            .iter()
            .map(|it| format!("{}×{}", it.message_id, it.receive_count));
        let names: Vec<_> = names.collect();
        format!("process {} works on {}", process.life.id, names.join(" "))
    });
    let work = work_batch(process.provisioner(), batch, until, ack);
    let work = tokio::time::timeout(INVOCATION, process.life.run(work));
    // An invocation that timed out, or whose process ended, reports nothing.
    let Ok(Some(processed)) = work.await else {
        return;
    };
    for it in processed {
        if !it.redelivered && ack == Ack::ByEventSource {
            world.around.messages.delete(&it.received.handle, hub.now());
        }
    }
}
