//! `bridge unsubscribe`: an endpoint is deleted, and its secret forgotten.

use serde_json::json;
use shared::connection::{Credentials, StoreError};
use shared::model::ids::EndpointId;

use super::args::UnsubscribeArgs;
use super::print;
use super::session::Session;
use crate::exit::Failed;
use crate::paint::{GOOD, WAITS, paint};
use crate::place::Place;

/// Deletes the endpoint first: until then its deliveries are signed with the secret.
pub(super) async fn run(args: &UnsubscribeArgs, place: &Place) -> Result<(), Failed> {
    let session = Session::open(place, &args.common.name()).await?;
    let id = EndpointId::from(args.endpoint.as_str());
    let keeper = &session.settings.kept().keeper;
    let kept = keeper.read_one(&session.name).await?;
    let stored = kept.is_some_and(|own| own.knows(&id));
    match session.platform.delete_endpoint(&id).await {
        Ok(()) => {}
        // It went with an install that was replaced, or by another hand: its secret is left.
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
            ", and forgot its secret"
        } else {
            "; its secret was not stored here"
        }
    );
    if left == 0 && session.settings.kept().environment.secrets.is_empty() {
        anstream::println!(
            "  {} no endpoint of `{}` is left that this bridge has a secret for: nothing is taken in until `bridge subscribe{}`.",
            paint(WAITS, "Note"),
            session.name,
            session.flags()
        );
    }
    Ok(())
}
