//! `bridge employer approvals`, and the requests that a human confirms.

use anyhow::anyhow;
use serde_json::json;
use shared::model::ids::ApprovalId;
use shared::opentrain::public::{Approval, ApprovalStatus, Requested};

use super::args::ApprovalsArgs;
use super::print::{json, members, plain, text, time};
use super::session::Session;
use super::wait::until_decided;
use crate::exit::CliError;
use crate::paint::{GOOD, WAITS, paint};

/// A request, and whether to wait for the human.
pub(super) struct What {
    pub(super) text: String,
    pub(super) wait: bool,
}

/// Shows the page for the human, and waits for the decision if `what` says so.
pub(super) async fn requested(
    session: &Session,
    what: What,
    answer: Requested,
) -> Result<(), CliError> {
    let approval = &answer.approval;
    let is_pending = approval.status == ApprovalStatus::Pending;
    if !what.wait || !is_pending {
        if session.json {
            return json(&answer);
        }
        tell(&what.text, approval);
        anstream::println!(
            "  Wait for it with `bridge employer approvals {} --wait`.",
            approval.id
        );
        return Ok(());
    }
    match session.json {
        // Standard output has the result alone.
        true => anstream::eprintln!(
            "Confirm at {}",
            plain(text(approval.approval_url.as_deref()))
        ),
        false => tell(&what.text, approval),
    }
    decided(session, &approval.id).await
}

fn tell(what: &str, approval: &Approval) {
    anstream::println!("{} {}.", paint(WAITS, "Requested:"), plain(what));
    let until = match approval.expires_at {
        Some(until) => format!(", until {} UTC", time(Some(until))),
        None => String::new(),
    };
    let url = plain(text(approval.approval_url.as_deref()));
    anstream::println!("  A human confirms it at {url}{until}. Nothing is spent before that.");
}

pub(super) async fn show(args: &ApprovalsArgs, session: &Session) -> Result<(), CliError> {
    let id = ApprovalId::from(args.approval.as_str());
    if args.wait {
        return decided(session, &id).await;
    }
    let approval = session.client.approval(&id).await?;
    if session.json {
        return json(&json!({ "approval": approval }));
    }
    members([
        ("approval", approval.id.to_string()),
        ("type", text(approval.kind.as_deref())),
        ("status", approval.status.to_string()),
        ("page", text(approval.approval_url.as_deref())),
        ("expires", time(approval.expires_at)),
        ("contract", contract(&approval)),
    ]);
    Ok(())
}

fn contract(approval: &Approval) -> String {
    let own = approval.contract_id.clone();
    let contract = own.or_else(|| approval.hired_contract());
    contract.map_or_else(String::new, |id| id.to_string())
}

/// Waits until a human has decided. A refusal is a failure.
async fn decided(session: &Session, id: &ApprovalId) -> Result<(), CliError> {
    let is_pending = |own: &Approval| own.status == ApprovalStatus::Pending;
    let approval = until_decided(|| session.client.approval(id), is_pending).await?;
    if session.json {
        json(&json!({ "approval": approval }))?;
    }
    let status = &approval.status;
    if *status != ApprovalStatus::Confirmed {
        return Err(anyhow!(
            "the approval {id} is {status}: nothing was done and nothing is spent"
        )
        .into());
    }
    if !session.json {
        let contract = contract(&approval);
        let about = if contract.is_empty() {
            ""
        } else {
            " Contract "
        };
        anstream::println!("{}{about}{}", paint(GOOD, "Confirmed."), plain(contract));
    }
    Ok(())
}
