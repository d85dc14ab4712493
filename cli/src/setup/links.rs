//! `bridge links`: compares OpenTrain's links with the ledger's.

use std::collections::BTreeMap;

use anyhow::Context;
use shared::ledger::Link;
use shared::model::ConnectionName;
use shared::model::ids::LinkId;
use shared::opentrain::{ProjectLink, ProvisioningMode};

use super::args::LinksArgs;
use super::output::Links;
use super::print::{self, cell, table};
use super::session::Session;
use crate::document::Foreign;
use crate::exit::CliError;
use crate::paint::{BAD, DIM, GOOD, WAITS, paint};
use crate::targets::Target;

type Known = BTreeMap<LinkId, Link>;

pub(super) async fn run(args: &LinksArgs, target: &Target) -> Result<(), CliError> {
    let session = Session::open(target, &args.common.name()).await?;
    let known = known(target, &session.name).await?;
    let listed = session.platform.links().await?;
    let (links, unreadable) = listed.into_parts();
    let is_there = |link: &&Link| links.iter().any(|it| it.id == link.id);
    // An unreadable link may be the missing one.
    let gone: Vec<_> = known
        .iter()
        .filter(|_| unreadable.is_empty())
        .flat_map(Known::values)
        .filter(|link| !link.removed && !is_there(link))
        .collect();
    if args.common.json {
        print::json(&Links {
            links: links.iter().map(|link| row(link, known.as_ref())).collect(),
            only_in_bridge: gone.into_iter().cloned().collect(),
            unreadable: unreadable.named().to_vec(),
        })?;
    } else {
        print::unreadable(&unreadable);
        if unreadable.is_empty() || !links.is_empty() {
            show(&session, &links, known.as_ref(), &gone);
        }
    }
    Ok(())
}

/// The ledger's links; `None` without a ledger.
async fn known(target: &Target, name: &ConnectionName) -> Result<Option<Known>, CliError> {
    let Some(ledger) = target.ledger_if_any()? else {
        return Ok(None);
    };
    let links = ledger.links(name).await;
    let links = links.with_context(|| format!("{} can't be read", target.what()))?;
    let named = links.into_iter().map(|link| (link.id.clone(), link));
    Ok(Some(named.collect()))
}

/// State of a link in the ledger; `None` without a ledger.
fn heard(link: &ProjectLink, known: Option<&Known>) -> Option<&'static str> {
    Some(match known?.get(&link.id) {
        None => "unheard",
        Some(own) if own.removed => "removed",
        Some(_) => "known",
    })
}

fn row(link: &ProjectLink, known: Option<&Known>) -> Foreign {
    Foreign::of(link).with("bridge", heard(link, known))
}

fn show(session: &Session, links: &[ProjectLink], known: Option<&Known>, gone: &[&Link]) {
    if links.is_empty() {
        anstream::println!(
            "No link yet. Create one with `bridge link --job JOB --project PROJECT{}`.",
            session.flags()
        );
    } else {
        let mut rows = table(["link", "job", "project", "mode", "made", "bridge"]);
        for link in links {
            let name = link.external_project_name.as_deref().unwrap_or_default();
            rows.add_row([
                cell(&link.id),
                cell(
                    link.job_id
                        .as_ref()
                        .map_or("none: no hires", |job| job.as_str()),
                ),
                cell(print::project(&link.external_project_id, name)),
                cell(mode(link)),
                cell(
                    link.created_at
                        .map_or(String::new(), |at| format!("{at:.0}")),
                ),
                print::own(told(heard(link, known))),
            ]);
        }
        anstream::println!("{rows}");
    }
    for link in gone {
        anstream::println!(
            "{} the ledger still has {}, which OpenTrain does not list: run `bridge reconcile{}`",
            paint(BAD, "gone"),
            link.id,
            session.place_flag
        );
    }
}

fn told(heard: Option<&str>) -> String {
    match heard {
        None => paint(DIM, "no database"),
        Some("known") => paint(GOOD, "known"),
        Some("unheard") => paint(WAITS, "not known yet"),
        Some(_) => paint(BAD, "recorded as removed"),
    }
}

fn mode(link: &ProjectLink) -> &str {
    match &link.provisioning_mode {
        ProvisioningMode::PartnerWebhook => "the bridge",
        ProvisioningMode::ManagedAdapter => "OpenTrain",
        other => other.as_str(),
    }
}
