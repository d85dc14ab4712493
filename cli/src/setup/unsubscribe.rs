//! `bridge unsubscribe`: deletes an endpoint and its stored secret.

use serde_json::json;
use shared::connection::{Credentials, StoreError};
use shared::ledger::audit::AuditEvent;
use shared::model::ids::EndpointId;

use super::args::UnsubscribeArgs;
use super::endpoints::{others, without_others};
use super::output::Unsubscribed;
use super::print;
use super::session::Session;
use crate::confirm::Effects;
use crate::control::{action, record};
use crate::exit::CliError;
use crate::paint::{GOOD, WAITS, paint};
use crate::targets::Target;

/// Shows the effects and asks. Deletes the endpoint before its secret, because its deliveries need the secret until
/// then.
pub(super) async fn run(args: &UnsubscribeArgs, target: &Target) -> Result<(), CliError> {
    let session = Session::open(target, &args.common.name()).await?;
    let id = EndpointId::from(args.endpoint.as_str());
    let keeper = &session.settings.kept().keeper;
    let kept = keeper.read_one(&session.name).await?;
    let stored = kept.is_some_and(|own| own.knows(&id));
    let effects = effects(&session, &id, stored).await?;
    if !args.caution.confirms(&effects, args.common.json)? {
        return Ok(());
    }
    record(target, action(AuditEvent::OperatorUnsubscribe, &id)).await?;
    delete(args, &session, &id, stored).await
}

async fn effects(session: &Session, id: &EndpointId, stored: bool) -> Result<Effects, CliError> {
    let endpoint = match session.platform.endpoint(id).await {
        Ok(endpoint) => Some(endpoint),
        // The endpoint was deleted with a replaced install or by another operator. Its secret is still stored.
        Err(error) if error.is_not_found() && stored => None,
        Err(error) => return Err(error.into()),
    };
    let others = others(session, id).await?;
    let what = match &endpoint {
        Some(endpoint) => format!(
            "Endpoint {id} is deleted: OpenTrain sends no more deliveries to {}.",
            endpoint.url
        ),
        None => format!("Endpoint {id} does not exist at OpenTrain."),
    };
    let secret = match stored {
        true => {
            "Its stored secret is deleted: deliveries signed with it are refused, by a running bridge after 30 s at most."
        }
        false => "Its secret is not stored here.",
    };
    let mut lines = vec![what, secret.to_owned()];
    lines.extend(without_others(others, &session.name));
    Ok(Effects {
        lines,
        value: json!({ "endpoint": endpoint, "secretStored": stored, "otherActiveEndpoints": others }),
        question: format!("Delete endpoint {id}?"),
    })
}

async fn delete(
    args: &UnsubscribeArgs,
    session: &Session,
    id: &EndpointId,
    stored: bool,
) -> Result<(), CliError> {
    match session.platform.delete_endpoint(id).await {
        Ok(()) => {}
        Err(error) if error.is_not_found() && stored => {}
        Err(error) => return Err(error.into()),
    }
    let forget = |own: &mut Option<Credentials>| {
        let Some(own) = own else {
            return Ok::<_, StoreError>(0);
        };
        own.webhooks
            .retain(|webhook| webhook.endpoint.as_ref() != Some(id));
        Ok(own.webhooks.len())
    };
    let keeper = &session.settings.kept().keeper;
    let left = keeper.update_one(&session.name, forget).await?;
    if args.common.json {
        return print::json(&Unsubscribed {
            deleted: id.clone(),
            secret_forgotten: stored,
            secrets_left: left,
        });
    }
    anstream::println!(
        "{} {id}{}",
        paint(GOOD, "Deleted"),
        if stored {
            " and its stored secret"
        } else {
            "; its secret was not stored here"
        }
    );
    if left == 0 && session.settings.kept().environment.secrets.is_empty() {
        anstream::println!(
            "  {} the connection `{}` has no endpoint whose secret is stored: deliveries are refused until `bridge subscribe{}`.",
            paint(WAITS, "Note"),
            session.name,
            session.flags()
        );
    }
    Ok(())
}
