//! The webhook function: verifies a delivery, stores it in the queue, and answers 202.
//!
//! The path ends in `/hooks/` and the connection's name.

mod event;

use std::convert::Infallible;

use lambda_http::http::header::{CONTENT_TYPE, HeaderName};
use lambda_http::http::{HeaderMap, HeaderValue, StatusCode};
use lambda_http::{Adapter, Body, LambdaEvent, Request, Response, Service, service_fn};
use serde::Serialize;
use serde_json::Value;
use shared::model::signature::joined;
use shared::webhook::{Accepted, Delivery, Intake, Refused};

pub use event::NotHttp;
use event::{DELIVERY, SIGNATURE};

pub struct Webhook {
    intake: Intake,
}

impl Webhook {
    pub fn new(intake: Intake) -> Self {
        Self { intake }
    }

    /// Answers one event in the format of its source, e.g. API Gateway. A 2xx means that the delivery is in the queue.
    pub async fn answer(&self, event: LambdaEvent<Value>) -> Result<impl Serialize, NotHttp> {
        let request = event::read(event.payload)?;
        let event = LambdaEvent::new(request, event.context);
        let mut service = Adapter::from(service_fn(async |request| self.respond(&request).await));
        match service.call(event).await {
            Ok(answer) => Ok(answer),
        }
    }

    async fn respond(&self, request: &Request) -> Result<Response<Body>, Infallible> {
        Ok(match self.take(request).await {
            Ok(accepted) => response(Accepted::STATUS, None, &accepted.body()),
            Err(refusal) => response(refusal.status(), refusal.header(), &refusal.body()),
        })
    }

    async fn take(&self, request: &Request) -> Result<Accepted, Refused> {
        let path = request.uri().path();
        let connection = self.intake.route(request.method().as_str(), path)?;
        let headers = request.headers();
        let signature = joined(lines(headers, SIGNATURE));
        let delivery = Delivery {
            connection: &connection,
            signature: signature.as_deref(),
            delivery: lines(headers, DELIVERY).next(),
            body: request.body(),
        };
        self.intake.take(delivery).await
    }
}

fn lines<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a str> {
    let lines = headers.get_all(name).iter();
    lines.filter_map(|line| line.to_str().ok())
}

fn response(
    status: u16,
    header: Option<(&'static str, &'static str)>,
    body: &Value,
) -> Response<Body> {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some((name, value)) = header {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    response
}
