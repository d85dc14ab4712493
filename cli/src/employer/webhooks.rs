//! `bridge employer webhooks`.

use serde_json::json;
use shared::model::ids::WebhookId;
use shared::opentrain::EndpointStatus;
use shared::opentrain::public::{NewWebhook, Webhook};

use super::args::{WebhookAction, WebhooksArgs};
use super::print::{cell, json, own, page};
use super::session::Session;
use crate::confirm::confirm;
use crate::exit::CliError;
use crate::new_file::NewFile;
use crate::paint::{BAD, GOOD, paint};
use crate::screen::cells;

pub(super) async fn run(args: WebhooksArgs, session: &Session) -> Result<(), CliError> {
    match args.action {
        None => list(session).await,
        Some(WebhookAction::Create { url, events, to }) => {
            let file = NewFile::create(&to, "--to")?;
            let new = NewWebhook {
                url,
                event_types: events,
            };
            let made = session.client.create_webhook(&new).await?;
            file.write_secret(&made.secret)?;
            let (id, to) = (&made.webhook.id, to.display().to_string());
            if session.json {
                return json(&json!({ "webhook": made.webhook, "secretIn": to }));
            }
            anstream::println!("{} {id}. Its secret is in {to}.", paint(GOOD, "Created:"));
            Ok(())
        }
        Some(WebhookAction::Delete { id, yes }) => {
            let question = format!("Delete webhook {id} and its deliveries?");
            confirm(&question, "the webhook was not deleted", yes)?;
            let id = WebhookId::from(id.as_str());
            let deleted = session.client.delete_webhook(&id).await?;
            if session.json {
                return json(&json!({ "webhook": deleted, "deleted": true }));
            }
            anstream::println!("{} {id}", paint(GOOD, "Deleted:"));
            Ok(())
        }
    }
}

async fn list(session: &Session) -> Result<(), CliError> {
    let found = session.client.webhooks().await?;
    let columns = ["webhook", "delivers to", "events", "status"];
    let empty = "No webhook. `bridge employer updates --follow` needs none.";
    page(&found, session.json, (columns, empty), row)
}

fn row(webhook: &Webhook) -> [comfy_table::Cell; 4] {
    let status = match (&webhook.status, &webhook.disabled_reason) {
        (EndpointStatus::Active, _) => paint(GOOD, "active"),
        (_, Some(reason)) => paint(BAD, &format!("disabled: {reason}")),
        (other, None) => paint(BAD, other.as_str()),
    };
    [
        cell(&webhook.id),
        cell(&webhook.url),
        cells(&webhook.event_types),
        own(status),
    ]
}
