//! `bridge unsubscribe`: deletes an endpoint and its stored secret.

use serde_json::json;
use shared::connection::{Credentials, StoreError};
use shared::ledger::audit::AuditEvent;
use shared::model::ids::EndpointId;

use super::args::UnsubscribeArgs;
use super::print;
use super::session::Session;
use crate::exit::Failed;
use crate::operator::{action, record};
use crate::paint::{GOOD, WAITS, paint};
use crate::place::Place;

/// Deletes the endpoint before its secret, because its deliveries need the secret until then.
pub(super) async fn run(args: &UnsubscribeArgs, place: &Place) -> Result<(), Failed> {
    let session = Session::open(place, &args.common.name()).await?;
    let id = EndpointId::from(args.endpoint.as_str());
    record(place, action(AuditEvent::OperatorUnsubscribe, &id)).await?;
    let keeper = &session.settings.kept().keeper;
    let kept = keeper.read_one(&session.name).await?;
    let stored = kept.is_some_and(|own| own.knows(&id));
    match session.platform.delete_endpoint(&id).await {
        Ok(()) => {}
        // The endpoint was deleted with a replaced install or by another operator. Its secret is still stored.
        Err(error) if error.is_not_found() && stored => {}
        Err(error) => return Err(error.into()),
    }
    let forget = |own: &mut Option<Credentials>| {
        let Some(own) = own else {
            return Ok::<_, StoreError>(0);
        };
        own.webhooks
            .retain(|webhook| webhook.endpoint.as_ref() != Some(&id));
        Ok(own.webhooks.len())
    };
    let left = keeper.update_one(&session.name, forget).await?;
    if args.common.json {
        print::json(&json!({ "deleted": id, "secretForgotten": stored, "secretsLeft": left }));
        return Ok(());
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
