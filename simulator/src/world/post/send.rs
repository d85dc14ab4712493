//! One attempt of a delivery, over HTTP.

use std::time::{Duration, Instant};

use reqwest::{Client, header, redirect::Policy};
use url::Url;

use super::{Shipment, resend::signed};
use crate::{
    kit::{address::is_local, clock::Clock},
    model::{
        delivery::{Outcome, Trace},
        resend::Resend,
    },
};

/// Outcome at an endpoint that was made to fail.
const SIMULATED: Outcome = Outcome::Status(503);

/// A client that neither follows redirects nor waits longer than `timeout`.
pub(crate) fn client(timeout: Duration) -> reqwest::Result<Client> {
    // An error means that a provider is installed already, which is sufficient.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .redirect(Policy::none())
        .timeout(timeout)
        .no_proxy()
        // Only loopback is called, where public roots are not needed. Reading the machine's roots would cost 40 ms per
        // start.
        .tls_certs_only([])
        .build()
}

/// Makes an attempt. `clock` is the time of its signature.
pub(crate) async fn attempt(
    client: &Client,
    shipment: &Shipment,
    clock: &Clock,
) -> (Outcome, Trace) {
    let began = Instant::now();
    let (outcome, signature) = match shipment.simulated {
        true => (SIMULATED, None),
        false => send(client, shipment, clock).await,
    };
    let trace = Trace {
        signature: signature.unwrap_or_default(),
        took: began.elapsed(),
        simulated: shipment.simulated,
        replay: shipment.replay,
    };
    tracing::info!(
        delivery.id = shipment.delivery,
        event.r#type = shipment.letter.kind,
        url = shipment.url,
        ?outcome,
        ms = trace.took.as_millis(),
        "attempted a delivery"
    );
    (outcome, trace)
}

/// The outcome, and the signature if there was one.
async fn send(client: &Client, shipment: &Shipment, clock: &Clock) -> (Outcome, Option<String>) {
    // A simulator calls only its own machine, for any URL that a test registers.
    let url = Url::parse(&shipment.url).ok().filter(is_local);
    let how = shipment.replay.unwrap_or(Resend::Same);
    let (body, signature) = signed(how, &shipment.letter.body, &shipment.secret, clock());
    let (Some(url), Some(signature)) = (url, signature) else {
        return (Outcome::NotSent, None);
    };
    let request = client
        .post(url)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::USER_AGENT, shipment.letter.channel.agent())
        .header("X-OpenTrain-Event", shipment.letter.kind)
        .header("X-OpenTrain-Delivery", &shipment.delivery)
        .header("X-OpenTrain-Signature", &signature)
        .body(body);
    let outcome = match request.send().await {
        Ok(response) => Outcome::Status(response.status().as_u16()),
        Err(error) if error.is_timeout() => Outcome::Timeout,
        Err(error) if error.is_connect() => Outcome::Refused,
        Err(_) => Outcome::Broken,
    };
    (outcome, Some(signature))
}
