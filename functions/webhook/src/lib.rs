//! The webhook function: verifies a delivery, stores it in the queue, answers 202.
//!
//! The connection is what follows `/hooks/` at the end of the path.

mod event;

use serde_json::{Value, json};
use shared::delivery::signature::joined;
use shared::delivery::{Accepted, Delivery, Door, Refused, connection_in};

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
        let Some(connection) = connection_in(request.path()) else {
            self.door.refusals().count(Refused::NoSuchPath, None);
            return Ok(refused(&request, Refused::NoSuchPath));
        };
        if request.method() != "POST" {
            let allow = vec![("allow", "POST".to_owned())];
            let error = json!({ "error": "this path takes POST alone" });
            return Ok(request.answer(405, allow, &error));
        }
        Ok(match self.take(&connection, &request).await {
            Ok(accepted) => request.answer(Accepted::STATUS, Vec::new(), &accepted.body()),
            Err(refusal) => refused(&request, refusal),
        })
    }

    async fn take(&self, connection: &str, request: &HttpRequest) -> Result<Accepted, Refused> {
        let body = request
            .body()
            .inspect_err(|reason| self.door.refusals().count(*reason, None))?;
        let signature = joined(request.header("x-opentrain-signature").into_iter());
        let delivery = Delivery {
            connection,
            signature: signature.as_deref(),
            delivery: request.header("x-opentrain-delivery").first().copied(),
            body: &body,
        };
        self.door.take(delivery).await
    }
}

fn refused(request: &HttpRequest, refusal: Refused) -> HttpAnswer {
    let retry = refusal
        .retry_after()
        .map(|seconds| ("retry-after", seconds.to_string()));
    request.answer(
        refusal.status(),
        retry.into_iter().collect(),
        &refusal.body(),
    )
}
