//! `bridge endpoints`: lists the webhook endpoints, or changes one.

use serde_json::json;
use shared::connection::Credentials;
use shared::ledger::audit::AuditEvent;
use shared::model::ConnectionName;
use shared::model::event::EventType;
use shared::model::ids::{DeliveryId, EndpointId};
use shared::model::progress::unwatched;
use shared::opentrain::{EndpointPatch, EndpointStatus, WebhookEndpoint};

use super::args::{EndpointAction, EndpointsArgs};
use super::output::{EndpointChanged, Endpoints};
use super::print::{self, cell, table};
use super::session::Session;
use crate::confirm::Effects;
use crate::control::{Order, action, ask_at, record};
use crate::document::Foreign;
use crate::exit::CliError;
use crate::paint::{BAD, GOOD, WAITS, paint};
use crate::targets::Target;

pub(super) async fn run(args: &EndpointsArgs, target: &Target) -> Result<(), CliError> {
    let session = Session::open(target, &args.common.name()).await?;
    let json = args.common.json;
    match &args.action {
        None => list(&session, json).await,
        Some(EndpointAction::Enable { id }) => {
            // Fails for an unknown id, so that it is not recorded.
            session.platform.endpoint(&id.as_str().into()).await?;
            record(target, action(AuditEvent::OperatorEnable, id)).await?;
            switch(&session, id, EndpointStatus::Active, json).await?;
            end_alert(target, id).await
        }
        Some(EndpointAction::Disable { id, caution }) => {
            let effects = effects(&session, &EndpointId::from(id.as_str())).await?;
            if !caution.confirms(&effects, json)? {
                return Ok(());
            }
            record(target, action(AuditEvent::OperatorDisable, id)).await?;
            switch(&session, id, EndpointStatus::Disabled, json).await
        }
        Some(EndpointAction::Redeliver { id, delivery }) => {
            session.platform.endpoint(&id.as_str().into()).await?;
            record(target, action(AuditEvent::OperatorRedeliver, id)).await?;
            redeliver(&session, id, delivery.as_deref(), json).await
        }
    }
}

/// Has the bridge end the alert about an endpoint that is active again.
async fn end_alert(target: &Target, id: &str) -> Result<(), CliError> {
    if !target.has_ledger()? {
        return Ok(());
    }
    let endpoint = EndpointId::from(id);
    let ended: Result<(), _> = ask_at(target, &Order::Enabled { endpoint }, &unwatched).await;
    if let Err(error) = ended {
        let note = paint(WAITS, "Note:");
        anstream::eprintln!(
            "{note} the endpoint is enabled, but `bridge status` names it until the next reconcile: {error}"
        );
    }
    Ok(())
}

async fn list(session: &Session, as_json: bool) -> Result<(), CliError> {
    let listed = session.platform.endpoints().await?;
    let (endpoints, unreadable) = listed.into_parts();
    if as_json {
        let rows = endpoints.iter();
        let rows = rows.map(|it| row(it, &session.credentials));
        return print::json(&Endpoints {
            endpoints: rows.collect(),
            unreadable: unreadable.named().to_vec(),
        });
    }
    print::unreadable(&unreadable);
    if endpoints.is_empty() && unreadable.is_empty() {
        anstream::println!(
            "No endpoint yet. Create one with `bridge subscribe --url https://YOUR-HOST/hooks/{}{}`.",
            session.name,
            session.flags()
        );
    } else {
        let mut rows = table(["endpoint", "delivers to", "events", "status", "secret"]);
        endpoints.iter().for_each(|it| {
            rows.add_row(cells(it, &session.credentials));
        });
        anstream::println!("{rows}");
    }
    Ok(())
}

fn row(endpoint: &WebhookEndpoint, credentials: &Credentials) -> Foreign {
    Foreign::of(endpoint).with("secretStored", credentials.knows(&endpoint.id))
}

fn cells(endpoint: &WebhookEndpoint, credentials: &Credentials) -> Vec<comfy_table::Cell> {
    let missing = EventType::known()
        .filter(|name| !endpoint.event_types.iter().any(|it| it == name))
        .count();
    let events = if missing == 0 {
        "all".to_owned()
    } else {
        endpoint.event_types.join("\n")
    };
    let secret = if credentials.knows(&endpoint.id) {
        "stored"
    } else {
        "not stored here"
    };
    vec![
        cell(&endpoint.id),
        cell(&endpoint.url),
        events
            .lines()
            .map(print::plain)
            .collect::<Vec<_>>()
            .join("\n")
            .into(),
        print::own(status(endpoint)),
        cell(secret),
    ]
}

fn status(endpoint: &WebhookEndpoint) -> String {
    let failures = endpoint.consecutive_failures;
    match endpoint.status {
        EndpointStatus::Active if failures == 0 => paint(GOOD, "active"),
        EndpointStatus::Active => paint(WAITS, &format!("active, {failures} failed in a row")),
        _ => {
            let reason = endpoint
                .disabled_reason
                .as_deref()
                .unwrap_or("no reason given");
            paint(BAD, &format!("disabled: {}", print::plain(reason)))
        }
    }
}

/// Number of other endpoints to which OpenTrain delivers.
pub(super) async fn others(session: &Session, id: &EndpointId) -> Result<usize, CliError> {
    let (endpoints, _) = session.platform.endpoints().await?.into_parts();
    let is_other = |it: &&WebhookEndpoint| it.id != *id && it.status == EndpointStatus::Active;
    Ok(endpoints.iter().filter(is_other).count())
}

/// The effect if there is no other active endpoint.
pub(super) fn without_others(others: usize, connection: &ConnectionName) -> Option<String> {
    (others == 0).then(|| {
        format!(
            "No other endpoint of the connection `{connection}` is active: starts and ends of contracts are found only by `bridge reconcile`."
        )
    })
}

async fn effects(session: &Session, id: &EndpointId) -> Result<Effects, CliError> {
    let endpoint = session.platform.endpoint(id).await?;
    let others = others(session, id).await?;
    let mut lines = vec![format!(
        "Endpoint {id} is disabled: its pending deliveries fail, and OpenTrain sends no more to {}.",
        endpoint.url
    )];
    lines.extend(without_others(others, &session.name));
    Ok(Effects {
        lines,
        value: json!({ "endpoint": row(&endpoint, &session.credentials), "otherActiveEndpoints": others }),
        question: format!("Disable endpoint {id}?"),
    })
}

async fn switch(
    session: &Session,
    id: &str,
    status: EndpointStatus,
    as_json: bool,
) -> Result<(), CliError> {
    let patch = EndpointPatch {
        status: Some(status.clone()),
        ..EndpointPatch::default()
    };
    let endpoint = session
        .platform
        .update_endpoint(&EndpointId::from(id), &patch)
        .await?;
    if as_json {
        print::json(&EndpointChanged {
            endpoint: row(&endpoint, &session.credentials),
            requeued: None,
        })?;
    } else if status == EndpointStatus::Active {
        anstream::println!("{} {id}", paint(GOOD, "Enabled"));
        anstream::println!(
            "  Get failed deliveries with `bridge endpoints redeliver {id}{}`. Repair what was never sent with `bridge reconcile{}`.",
            session.flags(),
            session.place_flag
        );
    } else {
        anstream::println!(
            "{} {id}: its pending deliveries fail, and OpenTrain sends no more.",
            paint(GOOD, "Disabled")
        );
    }
    Ok(())
}

async fn redeliver(
    session: &Session,
    id: &str,
    delivery: Option<&str>,
    as_json: bool,
) -> Result<(), CliError> {
    let delivery = delivery.map(DeliveryId::from);
    let done = session
        .platform
        .redeliver(&EndpointId::from(id), delivery.as_ref())
        .await?;
    if as_json {
        return print::json(&EndpointChanged {
            endpoint: row(&done.endpoint, &session.credentials),
            requeued: done.requeued,
        });
    }
    let count = done
        .requeued
        .map_or("the deliveries".to_owned(), |n| format!("{n} deliveries"));
    anstream::println!(
        "{} OpenTrain sends {count} at its next run, in about five minutes.",
        paint(GOOD, "Requested:")
    );
    if done.endpoint.status != EndpointStatus::Active {
        anstream::println!(
            "  {} the endpoint is disabled: nothing is sent until `bridge endpoints enable {id}{}`.",
            paint(BAD, "But"),
            session.flags()
        );
    }
    Ok(())
}
