//! `bridge unlink`: reports the link's work, then deletes the link permanently.

use std::io::{IsTerminal, Write};

use anyhow::{Context, anyhow};
use serde_json::json;
use shared::model::ids::LinkId;
use shared::model::progress::unwatched;
use shared::usage::Options;

use super::args::UnlinkArgs;
use super::print;
use super::session::Session;
use crate::exit::Failed;
use crate::operator::{Order, ask_at};
use crate::paint::{GOOD, WAITS, paint};
use crate::place::Place;
use crate::usage::report_first;

/// Reports the work of the link's contracts, deletes the link, and has the bridge revoke the access.
pub(super) async fn run(args: &UnlinkArgs, place: &Place) -> Result<(), Failed> {
    let session = Session::open(place, &args.common.name()).await?;
    let id = LinkId::from(args.link.as_str());
    // Fails for an unknown link, before work is reported.
    session.platform.link(&id).await?;
    let entries = match place.has_ledger()? {
        true => report(args, place, &id).await?,
        false => None,
    };
    let link = session.platform.delete_link(&id).await?;
    let recorded = state(&session, place, &id).await;
    if args.common.json {
        print::json(
            &json!({ "deleted": id, "link": link, "entriesReported": entries, "recorded": recorded }),
        );
        return Ok(());
    }
    let what = link.map_or(String::new(), |link| {
        let job = link.job_id.as_ref().map_or("no job", |job| job.as_str());
        format!(": job {job} ↔ project {}", link.external_project_id)
    });
    anstream::println!("{} {id}{}", paint(GOOD, "Deleted"), print::plain(&what));
    let work = match entries {
        Some(entries) => format!("Its work was reported first: {entries} entries were new."),
        None => "Its work was not reported first.".to_owned(),
    };
    let access = match recorded {
        true => "Access that only this link granted is being revoked, unless ON_LINK_REMOVED=keep.",
        false => {
            "The bridge has not recorded it. Access that only this link granted is revoked when OpenTrain's event project_link.removed arrives."
        }
    };
    anstream::println!("  {work} {access}");
    Ok(())
}

/// Has the bridge record the deletion, because the event may be late or lost. Returns whether it has.
async fn state(session: &Session, place: &Place, link: &LinkId) -> bool {
    if !place.has_ledger().is_ok_and(|it| it) {
        return false;
    }
    let order = Order::Unlink {
        connection: session.name.clone(),
        link: link.clone(),
    };
    match ask_at::<bool>(place, &order, &unwatched).await {
        Ok(recorded) => recorded,
        Err(error) => {
            anstream::eprintln!("{} {error}", paint(WAITS, "Note:"));
            false
        }
    }
}

/// Reports the work of the link's contracts. Returns the number of new entries; `None` if the operator has accepted
/// that work is lost.
async fn report(args: &UnlinkArgs, place: &Place, link: &LinkId) -> Result<Option<usize>, Failed> {
    let options = Options {
        connection: Some(args.common.name()),
        link: Some(link.clone()),
        ..Options::default()
    };
    let problem = match report_first(place, options).await {
        Ok(entries) => return Ok(Some(entries)),
        Err(problem) => problem,
    };
    let lost = format!(
        "not all work of link {link} is reported: {problem}. After the link is deleted, OpenTrain accepts no usage for \
         its contracts"
    );
    if args.force || agrees(args, &lost)? {
        return Ok(None);
    }
    Err(anyhow!(
        "{lost}. The link was not deleted. Run `bridge usage` to see what is missing, or delete it with --force"
    )
    .into())
}

/// Asks whether to delete the link anyway. Returns false without a terminal.
fn agrees(args: &UnlinkArgs, lost: &str) -> Result<bool, Failed> {
    let input = std::io::stdin();
    if args.common.json || !input.is_terminal() {
        return Ok(false);
    }
    anstream::eprint!("{} {lost}. Delete it? [y/N] ", paint(WAITS, "Careful:"));
    std::io::stderr()
        .flush()
        .context("the terminal can't be written to")?;
    let mut answer = String::new();
    input
        .read_line(&mut answer)
        .context("the terminal can't be read")?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
