//! Whether what OpenTrain sends comes in.

use shared::connection::ConnectionName;
use shared::delivery::EventType;
use shared::opentrain::{EndpointStatus, WebhookEndpoint};

use super::super::findings::{Finding, State, failed, good, note, unreadable, wrong};
use super::super::hook_url;
use super::Session;

const PART: &str = "endpoints";

pub(super) async fn look(session: &Session) -> Vec<Finding> {
    let (endpoints, odd) = match session.platform.endpoints().await {
        Ok(listed) => listed.into_parts(),
        Err(error) => return vec![failed(PART, error)],
    };
    let ours: Vec<_> = endpoints
        .iter()
        .filter(|it| hook_url::leads_to(&it.url, &session.name))
        .collect();
    let mut findings: Vec<_> = ours.iter().map(|endpoint| one(session, endpoint)).collect();
    let works = |finding: &Finding| finding.state != State::Wrong;
    if odd.is_empty() && !findings.iter().any(works) {
        let cure = format!(
            "bridge subscribe --url https://YOUR-HOST/hooks/{}{}",
            session.name,
            session.flags()
        );
        findings.push(wrong(
            PART,
            "no endpoint delivers to this connection: hires and ends are not heard of",
            cure,
        ));
    }
    findings.extend(unreadable(PART, &odd));
    findings.extend(rolling(&ours, session));
    if odd.is_empty() {
        findings.extend(partial(&ours));
        findings.extend(orphans(session, &endpoints));
    }
    findings
}

fn one(session: &Session, endpoint: &WebhookEndpoint) -> Finding {
    let (id, url) = (&endpoint.id, &endpoint.url);
    // The environment's secrets name no endpoint.
    let environment = session.name == ConnectionName::single()
        && !session.settings.kept().environment.secrets.is_empty();
    let failures = endpoint.consecutive_failures;
    match endpoint.status {
        EndpointStatus::Active if !environment && !session.credentials.knows(id) => wrong(
            PART,
            format!(
                "{id} delivers to {url}, and its secret is not stored: its deliveries are refused"
            ),
            format!(
                "bridge unsubscribe {id}{}, then subscribe again",
                session.flags()
            ),
        ),
        EndpointStatus::Active if failures > 0 => note(
            PART,
            format!("{id}: {failures} deliveries failed in a row; ten switch it off"),
            match session.on_machine {
                true => {
                    "see that `bridge serve` runs, that the URL leads to it, and what its log says"
                }
                false => {
                    "see that the URL is the stack's HookUrl, and what the log of its function webhook says"
                }
            },
        ),
        EndpointStatus::Active => good(PART, format!("{id} delivers to {url}")),
        _ => wrong(
            PART,
            format!(
                "{id} is off: {}",
                endpoint
                    .disabled_reason
                    .as_deref()
                    .unwrap_or("no reason is given")
            ),
            format!(
                "bridge endpoints enable {id}{flags}, then bridge endpoints redeliver {id}{flags}",
                flags = session.flags()
            ),
        ),
    }
}

/// Events that no endpoint asks for.
fn partial(ours: &[&WebhookEndpoint]) -> Option<Finding> {
    let asked = |name: &&str| {
        ours.iter()
            .any(|it| it.event_types.iter().any(|own| own == name))
    };
    let missing: Vec<_> = EventType::known().filter(|name| !asked(name)).collect();
    (!ours.is_empty() && !missing.is_empty()).then(|| {
        note(
            PART,
            format!("nothing tells of {}", missing.join(", ")),
            "subscribe to all events, and unsubscribe the old endpoint",
        )
    })
}

/// More than one: each event comes twice, which does no harm and need not stay so.
fn rolling(ours: &[&WebhookEndpoint], session: &Session) -> Option<Finding> {
    let active: Vec<_> = ours
        .iter()
        .filter(|it| it.status == EndpointStatus::Active)
        .map(|it| it.id.as_str())
        .collect();
    let oldest = session
        .credentials
        .webhooks
        .iter()
        .rev()
        .find_map(|it| it.endpoint.as_ref())?;
    (active.len() > 1).then(|| {
        let cure = format!(
            "once the new one is seen to work: bridge unsubscribe {oldest}{}",
            session.flags()
        );
        note(
            PART,
            format!("{} deliver the same events", active.join(" and ")),
            cure,
        )
    })
}

/// Secrets of endpoints that are gone.
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
            format!("the secret of {id} is kept, and OpenTrain has no such endpoint"),
            format!("bridge unsubscribe {id}{}", session.flags()),
        )
    })
    .collect()
}
