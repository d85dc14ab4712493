//! `bridge subscribe`: creates an endpoint at OpenTrain and stores its secret in the connections file.

use anyhow::anyhow;
use secrecy::ExposeSecret;
use shared::connection::{Credentials, StoreError, Webhook};
use shared::ledger::audit::AuditEvent;
use shared::model::ConnectionName;
use shared::model::event::EventType;
use shared::model::signature::WebhookSecret;
use shared::opentrain::{CreatedEndpoint, NewWebhookEndpoint, OpenTrainError, WebhookEndpoint};

use super::args::SubscribeArgs;
use super::output::Subscribed;
use super::session::Session;
use super::{hook_url, print};
use crate::control::{action, record};
use crate::document::Foreign;
use crate::exit::CliError;
use crate::paint::{BOLD, GOOD, WAITS, paint};
use crate::targets::Target;

/// Creates the endpoint and stores its secret. After a failure, neither is left.
pub(super) async fn run(args: &SubscribeArgs, target: &Target) -> Result<(), CliError> {
    let session = Session::open(target, &args.common.name()).await?;
    let url = hook_url::check(&args.url, &session.name, session.on_machine)
        .map_err(|fault| CliError::Usage(format!("--url: {fault}")))?;
    if session.name == ConnectionName::default()
        && !session.settings.kept().environment.secrets.is_empty()
    {
        return Err(CliError::Usage(
            "OPENTRAIN_WEBHOOK_SECRET is set, so the bridge would refuse the deliveries of the new endpoint. Unset it, here and for \
             `bridge serve`; the new endpoint's secret is stored instead"
                .into(),
        ));
    }
    let event_types = if args.events.is_empty() {
        EventType::known().map(Into::into).collect()
    } else {
        args.events.clone()
    };
    record(target, action(AuditEvent::OperatorSubscribe, &url)).await?;
    let endpoint = create(&session, url, event_types).await?;
    if args.common.json {
        print::json(&Subscribed {
            endpoint: Foreign::of(&endpoint),
            stored: session.settings.kept().keeper.to_string(),
        })?;
    } else {
        show(&session, &endpoint);
    }
    Ok(())
}

/// Creates the endpoint and stores its secret. After a failure, neither is left.
pub(crate) async fn create(
    session: &Session,
    url: String,
    event_types: Vec<String>,
) -> Result<WebhookEndpoint, CliError> {
    let created = session
        .platform
        .create_endpoint(&NewWebhookEndpoint { url, event_types })
        .await;
    let created = created.map_err(|error| unclear(error, session))?;
    let endpoint = created.endpoint.clone();
    match store(session, created).await {
        Ok(()) => Ok(endpoint),
        Err(error) => Err(undo(session, &endpoint, &error).await),
    }
}

/// Stores the new secret before the earlier ones, which stay valid until their endpoints are unsubscribed.
async fn store(session: &Session, created: CreatedEndpoint) -> Result<(), CliError> {
    let secret = WebhookSecret::new(created.secret.expose_secret());
    let secret = secret.ok_or_else(|| anyhow!("OpenTrain returned an empty secret"))?;
    let webhook = Webhook {
        endpoint: Some(created.endpoint.id),
        secret,
    };
    let add = |own: &mut Option<Credentials>| {
        let own = own.get_or_insert_default();
        own.webhooks.insert(0, webhook.clone());
        Ok::<_, StoreError>(())
    };
    let keeper = &session.settings.kept().keeper;
    Ok(keeper.update_one(&session.name, add).await?)
}

/// Deletes the endpoint. OpenTrain returns its secret only once, and without the secret the bridge would refuse each
/// of the endpoint's deliveries.
async fn undo(session: &Session, endpoint: &WebhookEndpoint, error: &CliError) -> CliError {
    let undone = match session.platform.delete_endpoint(&endpoint.id).await {
        Ok(()) => format!("the endpoint {} was deleted again", endpoint.id),
        Err(refusal) => format!(
            "the endpoint {id} could not be deleted either ({refusal}): `bridge unsubscribe {id}{flags}`",
            id = endpoint.id,
            flags = session.flags()
        ),
    };
    CliError::Failed(anyhow!(
        "the secret could not be stored, and {undone}. {error}"
    ))
}

/// The error for a lost response: OpenTrain may have created an endpoint.
fn unclear(error: OpenTrainError, session: &Session) -> CliError {
    match error.is_unclear() {
        false => error.into(),
        true => CliError::Failed(anyhow!(
            "{error} `bridge endpoints{}` shows whether an endpoint was created: its secret is lost, so unsubscribe it",
            session.flags()
        )),
    }
}

fn show(session: &Session, endpoint: &WebhookEndpoint) {
    anstream::println!(
        "{} {}: {} events → {}",
        paint(GOOD, "Subscribed"),
        endpoint.id,
        endpoint.event_types.len(),
        print::plain(&endpoint.url)
    );
    anstream::println!(
        "  The secret is stored in {}. A running bridge loads it with the first delivery.",
        session.settings.kept().keeper
    );
    let left_out: Vec<_> = EventType::known()
        .filter(|name| !endpoint.event_types.iter().any(|it| it == name))
        .collect();
    if !left_out.is_empty() {
        anstream::println!(
            "  {} {}: the bridge receives these only by a reconcile, if at all.",
            paint(WAITS, "Left out:"),
            left_out.join(", ")
        );
    }
    let older: Vec<_> = session
        .credentials
        .webhooks
        .iter()
        .filter_map(|webhook| webhook.endpoint.as_ref())
        // A restarted sandbox gives the same ids again.
        .filter(|old| **old != endpoint.id)
        .collect();
    for old in &older {
        anstream::println!(
            "  {} the secret of {old} is also valid. When the new endpoint receives deliveries: `bridge unsubscribe {old}{}`",
            paint(WAITS, "Rotation:"),
            session.flags()
        );
    }
    if older.is_empty() {
        let serve = match session.on_machine {
            true => ", bridge serve",
            false => "",
        };
        anstream::println!(
            "{} bridge check{}{serve}",
            paint(BOLD, "Next:"),
            session.flags()
        );
    }
}
