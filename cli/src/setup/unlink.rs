//! `bridge unlink`: reports the link's work, then deletes the link for good.

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

/// Reports the work of the link's contracts, deletes the link, and states that to the bridge, which revokes the access.
pub(super) async fn run(args: &UnlinkArgs, place: &Place) -> Result<(), Failed> {
    let session = Session::open(place, &args.common.name()).await?;
    let id = LinkId::from(args.link.as_str());
    // A link that is not there has no work to be reported.
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
        true => "Access that only this link gave is being revoked, unless ON_LINK_REMOVED=keep.",
        false => {
            "The bridge has not recorded it. OpenTrain sends project_link.removed, and access that only this link gave ends with it."
        }
    };
    anstream::println!("  {work} {access}");
    Ok(())
}

/// States that the link was deleted: the event may be late or lost. Returns whether the bridge has recorded it.
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

/// Reports the work of the link's contracts: the number of entries that were new, or none after the operator has agreed
/// to lose work.
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
        "the work of link {link} is not all reported: {problem}. After the link is deleted, OpenTrain takes no usage for \
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

/// Asks whether to delete the link all the same. Without a terminal the answer is no.
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
