//! Checks that OpenTrain's deliveries reach the bridge.

use futures::{StreamExt, stream};
use shared::config::OpenTrainSettings;
use shared::model::ConnectionName;
use shared::model::event::EventType;
use shared::opentrain::{EndpointStatus, WebhookEndpoint};
use shared::reconcile::by_failures;
use shared::webhook::leads_to;

use super::super::findings::{Finding, failed, note, unreadable, wrong};
use super::super::session::served;
use super::Session;
use super::disconnected;
use super::endpoint_answers::{self, PART};
use crate::targets::Target;

/// Maximum number of connections that are checked at once.
const AT_ONCE: usize = 8;

pub(super) async fn look(session: &Session) -> Vec<Finding> {
    let (endpoints, odd) = match session.platform.endpoints().await {
        Ok(listed) => listed.into_parts(),
        Err(error) => return vec![failed(PART, session.named(error))],
    };
    let ours: Vec<_> = endpoints
        .iter()
        .filter(|it| leads_to(&it.url, session.name.as_str()))
        .collect();
    let has_good = ours.iter().any(|it| works(session, it));
    let can_return = |it: &&&WebhookEndpoint| !is_active(it) && has_secret(session, it);
    let is_lost = !has_good && !ours.iter().any(|it| can_return(&it));
    let mut findings = Vec::new();
    for endpoint in &ours {
        findings.extend(one(session, endpoint, &ours));
        // Only the URLs of this connection are called.
        if works(session, endpoint) {
            findings.push(endpoint_answers::look(session, endpoint).await);
        }
    }
    if odd.is_empty() && is_lost {
        let cure = format!(
            "bridge subscribe --url https://YOUR-HOST/hooks/{}{}",
            session.name,
            session.flags()
        );
        findings.push(wrong(PART, nothing_delivers(session, &endpoints), cure));
    }
    findings.extend(unreadable(PART, &odd));
    findings.extend(rolling(&ours, session));
    if odd.is_empty() {
        findings.extend(partial(&ours));
        findings.extend(orphans(session, &endpoints));
    }
    findings
}

/// Checks the endpoints of all other connections.
pub(super) async fn of_others(
    settings: &OpenTrainSettings,
    own: &ConnectionName,
    target: &Target,
) -> Vec<Finding> {
    let names = match served(settings).await {
        Ok(names) => names,
        Err(error) => return vec![failed(PART, error)],
    };
    let others = names.iter().filter(|name| *name != own);
    let looks = stream::iter(others.map(|name| of_other(target, name)));
    let findings: Vec<_> = looks.buffered(AT_ONCE).collect().await;
    findings.into_iter().flatten().collect()
}

async fn of_other(target: &Target, name: &ConnectionName) -> Vec<Finding> {
    if let Some(skipped) = disconnected(target, name).await {
        return vec![skipped];
    }
    let own = match Session::open(target, name).await {
        Ok(other) => look(&other).await,
        Err(error) => vec![failed(PART, error)],
    };
    let named = own.into_iter().map(|it| Finding {
        says: format!("connection `{name}`: {}", it.says),
        ..it
    });
    named.collect()
}

fn nothing_delivers(session: &Session, endpoints: &[WebhookEndpoint]) -> String {
    let others: Vec<_> = endpoints
        .iter()
        .filter(|it| !leads_to(&it.url, session.name.as_str()))
        .map(|it| format!("{} delivers to {}", it.id, it.url))
        .collect();
    let others = match others.is_empty() {
        true => String::new(),
        false => format!("; {}", others.join(", ")),
    };
    format!(
        "no enabled endpoint delivers to /hooks/{}: no hire or end is received{others}",
        session.name
    )
}

/// Whether an endpoint is enabled, and its secret is stored here.
fn works(session: &Session, endpoint: &WebhookEndpoint) -> bool {
    is_active(endpoint) && has_secret(session, endpoint)
}

fn is_active(endpoint: &WebhookEndpoint) -> bool {
    endpoint.status == EndpointStatus::Active
}

fn has_secret(session: &Session, endpoint: &WebhookEndpoint) -> bool {
    // The endpoint of a secret in the environment is unknown.
    let environment = session.name == ConnectionName::default()
        && !session.settings.kept().environment.secrets.is_empty();
    environment || session.credentials.knows(&endpoint.id)
}

/// Finding from OpenTrain's data; `None` for an endpoint that works. `ours` has all endpoints of the connection.
fn one(
    session: &Session,
    endpoint: &WebhookEndpoint,
    ours: &[&WebhookEndpoint],
) -> Option<Finding> {
    let (id, url) = (&endpoint.id, &endpoint.url);
    let failures = endpoint.consecutive_failures;
    Some(match endpoint.status {
        EndpointStatus::Active if !works(session, endpoint) => wrong(
            PART,
            format!(
                "{id} delivers to {url}, but its secret is not stored: its deliveries are refused"
            ),
            match ours.iter().any(|it| works(session, it)) {
                true => format!("bridge unsubscribe {id}{}", session.flags()),
                false => format!(
                    "subscribe again with bridge subscribe, then bridge unsubscribe {id}{}",
                    session.flags()
                ),
            },
        ),
        EndpointStatus::Active if failures > 0 => note(
            PART,
            format!("{id}: {failures} deliveries failed in a row; OpenTrain disables it after ten"),
            match session.on_machine {
                true => {
                    "check that `bridge serve` runs and that the URL reaches it, and read its log"
                }
                false => {
                    "check that the URL is the stack's HookUrl, and read the log of its webhook function"
                }
            },
        ),
        EndpointStatus::Active => return None,
        _ => disabled(session, endpoint, ours.iter().any(|it| is_active(it))),
    })
}

/// Finding about a disabled endpoint. The reconciler enables it as [`by_failures`] says, if no other one is active.
fn disabled(session: &Session, endpoint: &WebhookEndpoint, has_active: bool) -> Finding {
    let (id, flags) = (&endpoint.id, session.flags());
    let reason = endpoint.disabled_reason.as_deref();
    let enable =
        format!("bridge endpoints enable {id}{flags}, then bridge endpoints redeliver {id}{flags}");
    let (by, cure) = match (by_failures(endpoint), has_active) {
        (true, false) => (
            "",
            format!(
                "nothing: the next reconcile enables it, and requests the failed deliveries; at once: `bridge reconcile{flags}`"
            ),
        ),
        (true, true) => (
            "",
            format!(
                "if it is no longer needed, because another one is active: bridge unsubscribe {id}{flags}; else {enable}"
            ),
        ),
        (false, _) => (
            " (by an operator of this bridge, as with `bridge endpoints disable`)",
            enable,
        ),
    };
    let says = format!(
        "{id} is disabled: {}{by}",
        reason.unwrap_or("no reason is given")
    );
    Finding {
        names: reason.into_iter().map(str::to_owned).collect(),
        ..wrong(PART, says, cure)
    }
}

/// Finding about event types that no active endpoint receives. A disabled endpoint has a finding of its own.
fn partial(ours: &[&WebhookEndpoint]) -> Option<Finding> {
    let active: Vec<_> = ours.iter().filter(|it| is_active(it)).collect();
    let asked = active.iter().flat_map(|it| &it.event_types);
    let is_asked = |name: &str| asked.clone().any(|own| own == name);
    let missing: Vec<_> = EventType::known().filter(|name| !is_asked(name)).collect();
    (!active.is_empty() && !missing.is_empty()).then(|| {
        note(
            PART,
            format!("no active endpoint receives {}", missing.join(", ")),
            "subscribe to all events, and unsubscribe the old endpoint",
        )
    })
}

/// Finding if several endpoints work, because each event is then delivered more than once. Names the oldest of them.
fn rolling(ours: &[&WebhookEndpoint], session: &Session) -> Option<Finding> {
    let active: Vec<_> = ours
        .iter()
        .filter(|it| works(session, it))
        .map(|it| it.id.as_str())
        .collect();
    let stored = session.credentials.webhooks.iter().rev();
    let oldest = stored
        .filter_map(|it| it.endpoint.as_ref())
        .find(|id| active.contains(&id.as_str()))?;
    (active.len() > 1).then(|| {
        let cure = format!(
            "when the new one receives deliveries: bridge unsubscribe {oldest}{}",
            session.flags()
        );
        note(
            PART,
            format!("{} deliver the same events", active.join(" and ")),
            cure,
        )
    })
}

/// Findings about stored secrets of deleted endpoints.
fn orphans(session: &Session, endpoints: &[WebhookEndpoint]) -> Vec<Finding> {
    let stored = session
        .credentials
        .webhooks
        .iter()
        .filter_map(|webhook| webhook.endpoint.as_ref());
    let gone = stored.filter(|id| !endpoints.iter().any(|it| it.id == **id));
    gone.map(|id| {
        note(
            PART,
            format!("the secret of {id} is stored, but OpenTrain has no such endpoint"),
            format!("bridge unsubscribe {id}{}", session.flags()),
        )
    })
    .collect()
}
