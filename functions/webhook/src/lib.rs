//! The webhook function: verifies a delivery, stores it in the queue, answers 202.
//!
//! The connection is what follows `/hooks/` at the end of the path.

mod event;

use serde_json::Value;
use shared::delivery::signature::joined;
use shared::delivery::{Accepted, Delivery, Door, Refused};

pub use event::{HttpAnswer, HttpRequest, NotHttp};

/// Answers requests.
pub struct Webhook {
    door: Door,
}

impl Webhook {
    /// In front of this intake.
    pub fn new(door: Door) -> Self {
        Self { door }
    }

    /// Answers one event. A 2xx means that the delivery is in the queue.
    ///
    /// # Errors
    /// When the event is no HTTP request.
    pub async fn answer(&self, event: Value) -> Result<HttpAnswer, NotHttp> {
        let request = HttpRequest::read(event)?;
        Ok(match self.take(&request).await {
            Ok(accepted) => request.answer(Accepted::STATUS, Vec::new(), &accepted.body()),
            Err(refusal) => refused(&request, refusal),
        })
    }

    async fn take(&self, request: &HttpRequest) -> Result<Accepted, Refused> {
        let connection = self.door.route(request.method(), request.path())?;
        let body = request.body();
        let body = body.map_err(|reason| self.door.refuse(reason, None))?;
        let signature = joined(request.header("x-opentrain-signature").into_iter());
        let delivery = Delivery {
            connection: &connection,
            signature: signature.as_deref(),
            delivery: request.header("x-opentrain-delivery").first().copied(),
            body: &body,
        };
        self.door.take(delivery).await
    }
}

fn refused(request: &HttpRequest, refusal: Refused) -> HttpAnswer {
    let header = refusal.header();
    let headers = header.map(|(name, line)| (name, line.to_owned()));
    request.answer(
        refusal.status(),
        headers.into_iter().collect(),
        &refusal.body(),
    )
}
