//! Output of `bridge projects`.

use anyhow::anyhow;
use shared::config::OpenTrainSettings;
use shared::connection::{Kept, Readable, are_recorded, is_record_due, organization, owner};
use shared::ledger::Ledger;
use shared::model::ConnectionName;
use shared::model::ids::{LinkId, ProjectId};

use super::super::args::ProjectsArgs;
use super::super::output::{NotListed, ProjectRow as Row, Projects};
use super::super::print::{self, cell, table};
use super::super::session::served;
use super::record::{Links, links};
use crate::exit::CliError;
use crate::paint::{BAD, GOOD, WAITS, paint};

/// Prints projects and links; only those of `--connection` if that is given.
pub(super) async fn show(
    settings: &OpenTrainSettings,
    ledger: Option<&Ledger>,
    args: &ProjectsArgs,
) -> Result<(), CliError> {
    let Readable { mut kept, faults } = settings.kept().keeper.read_each().await?;
    for name in served(settings).await? {
        kept.entry(name).or_default();
    }
    let only = args.common.connection.as_ref();
    if let Some(name) = only.filter(|name| !kept.contains_key(*name)) {
        return Err(CliError::Usage(name.unknown(kept.keys())));
    }
    let all = links(settings, ledger, &kept).await?;
    let is_asked = |name: &ConnectionName| only.is_none_or(|only| only == name);
    let asked = all.iter().filter(|(name, _)| is_asked(name));
    let mut rows: Vec<_> = asked
        .clone()
        .flat_map(|(name, links)| linked(&kept, name, links))
        .collect();
    let unlinked = unlinked(&kept, &rows);
    rows.extend(unlinked.into_iter().filter(|row| is_asked(&row.connection)));
    let failed =
        asked.filter_map(|(name, links)| Some((Some(name), links.failed.as_ref()?.to_string())));
    // The reason contains the name of an unreadable connection.
    let unread = faults.iter().map(|fault| (None, fault.to_string()));
    let failed: Vec<_> = failed.chain(unread).collect();
    let is_unrecorded = is_record_due(&kept);
    if args.common.json {
        let failed = failed.iter();
        let failed = failed.map(|(name, reason)| NotListed {
            connection: name.cloned(),
            reason: reason.clone(),
        });
        print::json(&Projects {
            projects: rows,
            not_listed: failed.collect(),
            recorded: !is_unrecorded,
        })?;
    } else {
        print(&rows, is_unrecorded);
    }
    match failed.as_slice() {
        [] => Ok(()),
        all => {
            let lines: Vec<_> = all.iter().map(line).collect();
            Err(anyhow!("OpenTrain's links can't be listed: {}", lines.join("; ")).into())
        }
    }
}

fn line((connection, why): &(Option<&ConnectionName>, String)) -> String {
    match connection {
        Some(connection) => format!("{connection}: {why}"),
        None => why.clone(),
    }
}

fn linked(kept: &Kept, name: &ConnectionName, links: &Links) -> Vec<Row> {
    let list = kept.get(name).and_then(|own| own.projects.as_ref());
    let all_may = !are_recorded(kept) && !is_record_due(kept);
    let row = |project: ProjectId, link: LinkId| Row {
        organization: owner(kept, &project),
        connection: name.clone(),
        allowed: list.map_or(all_may, |it| it.contains(&project)),
        link: Some(link),
        project,
    };
    let listed = links.listed.iter();
    let mut rows: Vec<_> = listed
        .map(|link| row(link.external_project_id.clone(), link.id.clone()))
        .collect();
    if rows.is_empty() {
        let known = links.known.iter();
        rows.extend(known.filter_map(|link| Some(row(link.project.clone()?, link.id.clone()))));
    }
    rows
}

/// Projects that are recorded for an organisation, but linked by none of its connections.
fn unlinked(kept: &Kept, rows: &[Row]) -> Vec<Row> {
    let mut found: Vec<Row> = Vec::new();
    for (name, own) in kept {
        for project in own.projects.iter().flatten() {
            let is_shown = |row: &Row| row.project == *project && row.allowed;
            if rows.iter().chain(&found).any(is_shown) {
                continue;
            }
            found.push(Row {
                project: project.clone(),
                organization: Some(organization(kept, name)),
                connection: name.clone(),
                link: None,
                allowed: true,
            });
        }
    }
    found
}

fn print(rows: &[Row], is_unrecorded: bool) {
    if rows.is_empty() {
        anstream::println!("No project is linked or recorded.");
    } else {
        let mut shown = table(["project", "organisation", "connection", "link", "allowed"]);
        for row in rows {
            let link = row.link.as_ref().map_or("not linked", |link| link.as_str());
            shown.add_row([
                cell(&row.project),
                cell(row.organization.as_deref().unwrap_or_default()),
                cell(&row.connection),
                cell(link),
                print::own(allowed(row)),
            ]);
        }
        anstream::println!("{shown}");
    }
    if is_unrecorded {
        anstream::println!(
            "{} Several organisations are served, but the organisations of the projects are not recorded: no project may be used until they are. Run `bridge projects record`.",
            paint(WAITS, "Note:")
        );
    }
}

fn allowed(row: &Row) -> String {
    let (project, connection) = (&row.project, &row.connection);
    let why = match (&row.organization, row.allowed) {
        (_, true) => return paint(GOOD, "yes"),
        (Some(owner), false) => format!("no: belongs to {owner}"),
        (None, false) => format!(
            "no: not recorded for any organisation; bridge projects allow {project} --connection {connection}"
        ),
    };
    paint(BAD, &print::plain(&why))
}
