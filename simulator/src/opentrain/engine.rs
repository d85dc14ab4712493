//! Background task that makes the attempts of deliveries when they are due.

use std::{sync::Arc, time::Duration};

use reqwest::Client;
use tokio::{sync::watch, task::JoinSet};

use crate::{
    http::shared::Shared,
    world::post::{Shipment, send},
};

/// Makes due attempts until it is stopped.
pub(crate) async fn run(shared: Arc<Shared>, client: Client, mut stop: watch::Receiver<bool>) {
    // Dropped with this task: attempts in progress end with the simulator.
    let mut attempts = JoinSet::new();
    loop {
        for shipment in shared.look(|market| market.world.post.take_due((shared.clock)())) {
            attempts.spawn(attempt(Arc::clone(&shared), client.clone(), shipment));
        }
        let wait = shared.look(|market| market.world.post.next_due((shared.clock)()));
        tokio::select! {
            () = shared.wake.notified() => {}
            () = sleep(wait) => {}
            Some(_) = attempts.join_next() => {}
            _ = stop.wait_for(|stopped| *stopped) => return,
        }
    }
}

async fn sleep(wait: Option<Duration>) {
    match wait {
        Some(wait) => tokio::time::sleep(wait).await,
        None => std::future::pending().await,
    }
}

async fn attempt(shared: Arc<Shared>, client: Client, shipment: Shipment) {
    let result = send::attempt(&client, &shipment, &shared.signing_clock).await;
    let now = (shared.clock)();
    shared.change(|market| market.world.post.finish(&shipment, result, now));
}
