//! `bridge check`: verifies everything that the bridge needs, and prints each problem with its fix.

pub(super) mod alive;
mod endpoint_answers;
mod endpoints;
mod members;
mod tool;

pub(crate) use endpoint_answers::answers;

use std::sync::Arc;

use anyhow::anyhow;
use shared::app::ToolSettings;
use shared::config::{Fault, Reader, own_authorities};
use shared::connection::{Readable, are_recorded, organizations, owner};
use shared::model::ConnectionName;
use shared::model::ids::ProjectId;
use shared::model::json::Listing;
use shared::opentrain::{Install, InstallStatus, ProjectLink};
use shared::tool::{AdapterState, AnnotationTool, NoState};

use super::args::CheckArgs;
use super::findings::{Finding, State, failed, good, note, show, unreadable, wrong};
use super::needs::{NEEDS, Need};
use super::output::Checked;
use super::print;
use super::projects::owner_but;
use super::session::{Session, clock};
use crate::exit::CliError;
use crate::targets::Target;

/// Prints all findings. Fails if one of them is a problem.
pub(super) async fn run(args: &CheckArgs, target: &Target) -> Result<(), CliError> {
    let checked = check(target, args.common.connection.clone()).await;
    let findings = checked.findings.iter();
    let wrong = findings.filter(|it| it.state == State::Wrong).count();
    match args.common.json {
        true => print::json(&checked)?,
        false => show(&checked.findings),
    }
    match wrong {
        0 => Ok(()),
        1 => Err(anyhow!("1 problem found; see the suggested fix above").into()),
        n => Err(anyhow!("{n} problems found; see the suggested fixes above").into()),
    }
}

/// Checks one connection; without a name `default`, and the endpoints of all connections.
pub(crate) async fn check(target: &Target, connection: Option<ConnectionName>) -> Checked {
    let findings = look(connection.as_ref(), target).await;
    Checked {
        connection: connection.unwrap_or_default(),
        good: findings.iter().all(|it| it.state != State::Wrong),
        findings,
    }
}

pub(super) async fn look(connection: Option<&ConnectionName>, target: &Target) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut reader = Reader::new(target.vars());
    let settings = target.opentrain(&mut reader);
    let links = match reader.finish(settings) {
        Ok(_) => match Session::open(target, &connection.cloned().unwrap_or_default()).await {
            Ok(session) => {
                let links = opentrain(&session, &mut findings).await;
                if connection.is_none() {
                    findings.extend(endpoints::of_others(&session, target).await);
                }
                findings.extend(endpoints::stopped(target).await);
                links
            }
            Err(error) => {
                findings.push(failed("connection", error));
                Vec::new()
            }
        },
        Err(faults) => {
            findings.extend(faults.0.iter().map(fault));
            Vec::new()
        }
    };
    findings.extend(target.vars().notes().iter().map(readable));
    findings.extend(target.vars().unknown().map(unknown));
    findings.extend(authorities(target));
    let mut reader = Reader::new(target.vars());
    let settings = tools::settings(&mut reader);
    match reader.finish(settings) {
        Ok(settings) => {
            findings.extend(unencrypted(settings.as_ref()));
            match settings.connect(clock(), memory(target)) {
                Ok(adapter) => {
                    findings.extend(tool::look(adapter.as_ref(), &links).await);
                    findings.extend(members::look(adapter.as_ref(), target, &links).await);
                }
                Err(error) => findings.push(failed("tool", error)),
            }
        }
        Err(faults) => {
            let known: Vec<_> = findings.iter().map(|it| it.says.clone()).collect();
            let new = faults.0.iter().map(fault);
            findings.extend(new.filter(|it| !known.contains(&it.says)));
        }
    }
    findings
}

/// Calls the tool, and the project if there is one. Shows the findings. Returns whether nothing is wrong.
pub(crate) async fn is_tool_good(tool: &dyn AnnotationTool, project: Option<ProjectId>) -> bool {
    let mut findings = tool::look(tool, &[]).await;
    if let Some(project) = project {
        findings.retain(|it| it.state != State::Note);
        findings.extend(tool::all(tool, &project).await);
    }
    super::findings::show(&findings);
    findings.iter().all(|it| it.state != State::Wrong)
}

fn fault(fault: &Fault) -> Finding {
    let says = format!("{}: {}", fault.variable, fault.problem);
    wrong("settings", says, &fault.cure)
}

/// The ledger, if there is one, because it contains the accounts of the trainers.
fn memory(target: &Target) -> Arc<dyn AdapterState> {
    match target.ledger_if_any() {
        Ok(Some(ledger)) => Arc::new(ledger),
        Ok(None) | Err(_) => Arc::new(NoState),
    }
}

/// Certificate authorities in addition to the bundled ones.
fn authorities(target: &Target) -> Option<Finding> {
    let count = own_authorities(&mut Reader::new(target.vars())).filter(|count| *count > 0)?;
    let says = format!(
        "{count} certificate authorities of TLS_CA are trusted in addition to the bundled ones"
    );
    Some(good("settings", says))
}

/// A file with a secret that a group can read.
fn readable(says: &String) -> Finding {
    let fix = "check that only the bridge's user is in that group";
    note("settings", says, fix)
}

fn unknown(variable: &str) -> Finding {
    let says = format!("{variable} is not a setting of the bridge: it is ignored");
    note(
        "settings",
        says,
        "unset it, or correct its name: docs/settings.md lists all settings",
    )
}

fn unencrypted(tool: &dyn ToolSettings) -> Option<Finding> {
    let base = tool.base_url();
    base.is_plain_http().then(|| {
        note(
            "tool",
            format!("its token and trainers' e-mail addresses are sent unencrypted to {base} (TOOL_ALLOW_HTTP)"),
            "use https, unless every machine of that network is trusted",
        )
    })
}

/// Checks everything at OpenTrain. Returns the links.
async fn opentrain(session: &Session, findings: &mut Vec<Finding>) -> Vec<ProjectLink> {
    findings.push(connection(session));
    let note = session.settings.kept().keeper.note();
    findings.extend(note.as_ref().map(readable));
    let install = match session.platform.install().await {
        Ok(install) => install,
        Err(error) => {
            let of_environment = session.name == ConnectionName::default()
                && session.settings.kept().environment.token.is_some();
            findings.push(match of_environment {
                true => wrong(
                    "token",
                    error.to_string(),
                    "OPENTRAIN_PARTNER_TOKEN is set and takes precedence over the stored token: replace it, or unset it",
                ),
                false => failed("token", error),
            });
            return Vec::new();
        }
    };
    findings.push(token(session, &install));
    findings.extend(scopes(session, &install));
    findings.extend(endpoints::look(session).await);
    match session.platform.links().await {
        Ok(listed) => {
            let links = about_links(listed, session, findings);
            findings.extend(projects(session, &links).await);
            links
        }
        Err(error) => {
            findings.push(failed("links", error));
            Vec::new()
        }
    }
}

/// Checks the list of links. Returns the readable ones.
fn about_links(
    listed: Listing<ProjectLink>,
    session: &Session,
    findings: &mut Vec<Finding>,
) -> Vec<ProjectLink> {
    if listed.is_empty() {
        findings.push(note(
            "links",
            "no project is linked, so hires do not grant access",
            format!("bridge link --job JOB --project PROJECT{}", session.flags()),
        ));
    }
    let (links, odd) = listed.into_parts();
    findings.extend(unreadable("links", &odd));
    if !links.is_empty() {
        findings.push(good(
            "links",
            format!("links between jobs and projects: {}", links.len()),
        ));
    }
    links
}

/// Findings about projects of other organisations, and about unrecorded projects if several organisations are served.
async fn projects(session: &Session, links: &[ProjectLink]) -> Vec<Finding> {
    let kept = match session.settings.kept().keeper.read_each().await {
        Ok(read) => read,
        Err(error) => return vec![failed("projects", error)],
    };
    let Readable { kept, faults } = kept;
    let mut findings: Vec<_> = faults
        .into_iter()
        .map(|it| failed("projects", it))
        .collect();
    let in_environment = session.settings.kept().environment.token.is_some();
    let is_entered = !in_environment || kept.contains_key(&ConnectionName::default());
    let several = organizations(&kept).len() + usize::from(!is_entered) > 1;
    if several && !(is_entered && are_recorded(&kept)) {
        let says = "several organisations are served, but the organisations of the projects are not recorded: no project may be used until they are";
        findings.push(wrong("projects", says, "bridge projects record"));
        return findings;
    }
    let anothers = links.iter().filter_map(|link| {
        let project = &link.external_project_id;
        let (whose, fix) = match owner_but(&kept, &session.name, project) {
            Some(owner) => (format!("belongs to {owner}"), "move"),
            None if several && owner(&kept, project).is_none() => {
                ("is not recorded for any organisation".to_owned(), "allow")
            }
            None => return None,
        };
        let says = format!(
            "project `{project}` of link {} {whose}: the link grants no access",
            link.id
        );
        let fix = format!(
            "bridge projects {fix} {project}{} --connection {}, or delete the link",
            session.place_flag, session.name
        );
        Some(wrong("projects", says, fix))
    });
    findings.extend(anothers);
    findings
}

fn connection(session: &Session) -> Finding {
    let kept = session.settings.kept();
    let own = session.name == ConnectionName::default();
    let from = match own && kept.environment.token.is_some() {
        true => "OPENTRAIN_PARTNER_TOKEN".to_owned(),
        false => kept.keeper.to_string(),
    };
    good(
        "connection",
        format!("`{}`, its token from {from}", session.name),
    )
}

fn token(session: &Session, install: &Install) -> Finding {
    let of = install
        .organization_id
        .as_deref()
        .unwrap_or("an unknown organisation");
    match &install.status {
        InstallStatus::Active => {
            let stored = session.credentials.install.as_ref();
            if let Some(stored) = stored.filter(|stored| **stored != install.id) {
                return note(
                    "token",
                    format!(
                        "it belongs to the install {}, but {stored} was connected",
                        install.id
                    ),
                    format!(
                        "run `bridge connect{}` with the right token, and unset OPENTRAIN_PARTNER_TOKEN",
                        session.flags()
                    ),
                );
            }
            good("token", format!("install {} of {of}, active", install.id))
        }
        other => wrong(
            "token",
            format!(
                "install {} of {of} is {}",
                install.id,
                other.as_str().to_lowercase()
            ),
            consent_again(session),
        ),
    }
}

fn consent_again(session: &Session) -> String {
    format!(
        "have the customer consent again, and run `bridge connect{}` with the new token",
        session.flags()
    )
}

fn scopes(session: &Session, install: &Install) -> Vec<Finding> {
    let short = |need: &Need| {
        let missing = need.missing(install);
        (!missing.is_empty()).then(|| format!("{}: missing {}", need.feature, missing.join(", ")))
    };
    let cure = consent_again(session);
    let lacks: Vec<_> = NEEDS
        .iter()
        .filter_map(short)
        .map(|says| wrong("scopes", says, &cure))
        .collect();
    match lacks.is_empty() {
        true => vec![good(
            "scopes",
            "all required scopes, and the consent to show work e-mails",
        )],
        false => lacks,
    }
}
