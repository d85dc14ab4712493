//! OpenTrain without a server: the caller transports requests, answers and deliveries, and advances the time.

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, to_bytes},
    extract::{ConnectInfo, State},
    http::{Request, Response},
};
use jiff::Timestamp;
use tokio::sync::watch;

use super::OpenTrain;
use crate::{
    http::{router, shared::Shared},
    kit::server::Line,
    model::{
        delivery::{Outcome, Trace},
        options::Options,
    },
    world::post::{Shipment, sign},
};

/// Origin of the URLs in its answers.
pub(super) const ORIGIN: &str = "http://127.0.0.1:1";

/// One attempt of a delivery, which its caller makes.
pub struct Dispatch {
    shipment: Shipment,
}

impl Dispatch {
    /// URL of the endpoint.
    pub fn url(&self) -> &str {
        &self.shipment.url
    }

    /// `X-OpenTrain-Delivery`.
    pub fn delivery(&self) -> &str {
        &self.shipment.delivery
    }

    /// The body.
    pub fn body(&self) -> &str {
        &self.shipment.letter.body
    }

    /// `X-OpenTrain-Signature`, for an attempt at this time.
    pub fn signature(&self, at: Timestamp) -> String {
        let body = self.body().as_bytes();
        sign::header(&self.shipment.secret, at, body).unwrap_or_default()
    }
}

impl OpenTrain {
    /// OpenTrain in this process: no socket, no task. [`answer`](Self::answer) takes requests, and
    /// [`take_due`](Self::take_due) gives the attempts of deliveries.
    pub fn in_process(options: &Options) -> Self {
        let (_, stopped) = watch::channel(false);
        let shared = Arc::new(Shared::new(options, stopped));
        shared.change(|market| market.world.origin = ORIGIN.to_owned());
        let server = None;
        Self { shared, server }
    }

    /// Answers a request.
    pub async fn answer(&self, request: Request<Vec<u8>>) -> Response<Vec<u8>> {
        let (state, line) = (State(Arc::clone(&self.shared)), Line::default());
        let answer = router::serve(state, ConnectInfo(line), request.map(Body::from)).await;
        let (head, body) = answer.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
        Response::from_parts(head, body.to_vec())
    }

    /// The attempts that are due now, oldest delivery first. Each ends with [`attempted`](Self::attempted).
    pub fn take_due(&self) -> Vec<Dispatch> {
        let now = (self.shared.clock)();
        let due = self.shared.look(|market| market.world.post.take_due(now));
        due.into_iter()
            .map(|shipment| Dispatch { shipment })
            .collect()
    }

    /// Time until an attempt is due.
    pub fn next_due(&self) -> Option<Duration> {
        let now = (self.shared.clock)();
        self.shared.look(|market| market.world.post.next_due(now))
    }

    /// Whether no attempt is due or in flight.
    pub fn is_idle(&self) -> bool {
        let now = (self.shared.clock)();
        self.shared.look(|market| market.world.post.is_settled(now))
    }

    /// Records the result of an attempt.
    pub fn attempted(&self, dispatch: &Dispatch, outcome: Outcome) {
        let trace = Trace {
            signature: String::new(),
            took: Duration::ZERO,
            simulated: false,
            replay: dispatch.shipment.replay,
        };
        let now = (self.shared.clock)();
        self.change(|market| {
            let post = &mut market.world.post;
            post.finish(&dispatch.shipment, (outcome, trace), now);
        });
    }
}
