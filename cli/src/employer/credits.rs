//! `bridge employer credits`, `top-up` and `payments`.

use anyhow::anyhow;
use serde_json::{Value, json};
use shared::opentrain::public::{Entry, NewTopUp, Other, Payment, TopUp, TopUpStatus};

use super::args::{CreditsArgs, TopUpArgs};
use super::jobs::query;
use super::print::{cell, cents, json, page, plain, table, text, time, usd};
use super::session::Session;
use super::wait::until_decided;
use crate::exit::CliError;
use crate::paint::{GOOD, WAITS, paint};

pub(super) async fn show(args: &CreditsArgs, session: &Session) -> Result<(), CliError> {
    if args.ledger {
        let query = query(None, &args.page);
        let entries = session.client.credit_ledger(&query).await?;
        let columns = ["entry", "type", "amount", "time"];
        return page(&entries, session.json, (columns, "No entry yet."), entry);
    }
    let credits = session.client.credits().await?;
    if session.json {
        return json(&json!({ "credits": credits }));
    }
    let (available, reserved) = (
        cents(credits.available_cents),
        cents(credits.reserved_cents),
    );
    anstream::println!("Available {available}, reserved {reserved}");
    if !credits.recent_entries.is_empty() {
        let mut rows = table(["entry", "type", "amount", "time"]);
        for own in &credits.recent_entries {
            rows.add_row(entry(own));
        }
        anstream::println!("{rows}");
    }
    Ok(())
}

fn entry(own: &Entry) -> [comfy_table::Cell; 4] {
    [
        cell(&own.id),
        cell(text(own.kind.as_deref())),
        cell(own.amount_cents.map_or_else(String::new, cents)),
        cell(time(own.created_at)),
    ]
}

pub(super) async fn top_up(args: &TopUpArgs, session: &Session) -> Result<(), CliError> {
    let new = session.client.top_up(args.amount).await?;
    let url = plain(&new.checkout_url);
    match (session.json, args.wait) {
        (true, false) => return json(&new),
        // Standard output has the result alone.
        (true, true) => anstream::eprintln!("Pay at {url}"),
        (false, _) => {
            let amount = usd(Some(args.amount));
            anstream::println!("{} credits for {amount}.", paint(WAITS, "Requested:"));
            let until = match new.expires_at {
                Some(until) => format!(", until {} UTC", time(Some(until))),
                None => String::new(),
            };
            anstream::println!("  A human pays at {url}{until}. Nothing is bought before that.");
        }
    }
    match args.wait {
        true => paid(session, &new).await,
        false => Ok(()),
    }
}

/// Waits until a human has paid. An expired purchase is a failure.
async fn paid(session: &Session, new: &NewTopUp) -> Result<(), CliError> {
    let id = &new.top_up_id;
    let is_pending = |own: &TopUp| own.status == TopUpStatus::Pending;
    let own = until_decided(|| session.client.read_top_up(id), is_pending).await?;
    if session.json {
        json(&json!({ "topUp": own }))?;
    }
    match own.status {
        TopUpStatus::Completed if session.json => Ok(()),
        TopUpStatus::Completed => {
            anstream::println!("{} {id}", paint(GOOD, "Paid:"));
            Ok(())
        }
        status => Err(anyhow!("the top-up {id} is {status}: nothing was bought").into()),
    }
}

pub(super) async fn pending(session: &Session) -> Result<(), CliError> {
    let payments = session.client.pending_payments().await?;
    let columns = ["invoice", "status", "amount", "milestone"];
    page(
        &payments,
        session.json,
        (columns, "No payment waits."),
        payment,
    )
}

fn payment(own: &Payment) -> [comfy_table::Cell; 4] {
    let id = |milestone: &Other| {
        milestone
            .get("id")
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    [
        cell(&own.id),
        cell(text(own.status.as_deref())),
        cell(usd(own.amount_usd)),
        cell(text(own.milestone.as_ref().and_then(id))),
    ]
}
