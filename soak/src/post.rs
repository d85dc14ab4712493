//! Transport of deliveries from OpenTrain to a process. A delivery may be lost, late or duplicated.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use shared::webhook::{Delivery, Refused};
use simulator::{Dispatch, Outcome};

use crate::world::World;

/// OpenTrain waits this long for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Makes the attempts that are due.
pub(crate) async fn carry(world: Arc<World>) {
    let opentrain = Arc::clone(&world.around.opentrain);
    loop {
        for dispatch in opentrain.take_due() {
            tokio::spawn(attempt(Arc::clone(&world), dispatch));
        }
        let wait = opentrain
            .next_due()
            .map(|it| it.max(Duration::from_millis(1)));
        let changed = world.hub().changed.notified();
        match wait {
            Some(wait) => drop(tokio::time::timeout(wait, changed).await),
            None => changed.await,
        }
    }
}

async fn attempt(world: Arc<World>, dispatch: Dispatch) {
    world.attempts.fetch_add(1, Ordering::SeqCst);
    let hub = world.hub();
    let signature = dispatch.signature(hub.now());
    tokio::time::sleep(hub.latency()).await;
    let loses = || hub.strikes(|weather| weather.network);
    let outcome = match loses() {
        true => Outcome::Timeout,
        false => send(&world, &dispatch, &signature).await,
    };
    // A proxy repeats the request.
    if loses() {
        send(&world, &dispatch, &signature).await;
    }
    let outcome = match loses() {
        true => Outcome::Timeout,
        false => outcome,
    };
    if outcome == Outcome::Timeout {
        tokio::time::sleep(PATIENCE).await;
    }
    hub.note(|| format!("delivery {}: {outcome:?}", dispatch.delivery()));
    world.around.opentrain.attempted(&dispatch, outcome);
    hub.changed.notify_one();
}

async fn send(world: &World, dispatch: &Dispatch, signature: &str) -> Outcome {
    let Some(process) = world.any() else {
        return Outcome::Refused;
    };
    let connection = dispatch.url().rsplit('/').next().unwrap_or_default();
    let delivery = Delivery {
        connection,
        signature: Some(signature),
        delivery: Some(dispatch.delivery()),
        body: dispatch.body().as_bytes(),
    };
    let was_troubled = process.life.is_troubled();
    let taken = process.life.run(process.intake.take(delivery));
    match tokio::time::timeout(PATIENCE, taken).await {
        Err(_) => Outcome::Timeout,
        Ok(None) => Outcome::Broken,
        Ok(Some(Ok(_))) => {
            world.accepted.fetch_add(1, Ordering::SeqCst);
            Outcome::Status(202)
        }
        Ok(Some(Err(refused))) => {
            judge(world, refused, was_troubled || process.life.is_troubled());
            Outcome::Status(503)
        }
    }
}

/// Records a violation if the bridge refused a delivery without a cause outside of the bridge.
pub(crate) fn judge(world: &World, refused: Refused, is_troubled: bool) {
    let is_new = matches!(refused, Refused::Signature(_)) && world.around.keeper.is_new();
    if !is_troubled && !is_new {
        let line = format!("a delivery is refused without a fault: {refused}");
        world.hub().violation(line);
    }
}
