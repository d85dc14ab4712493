//! `bridge check`: verifies everything that the bridge needs, and prints each problem with its fix.

pub(super) mod alive;
mod clocks;
mod endpoint_answers;
mod endpoints;
mod install;
mod masks;
mod members;
mod report;
mod running;
mod tool;
mod work;

pub(crate) use endpoint_answers::answers;

use std::sync::Arc;

use anyhow::anyhow;
use shared::app::ToolSettings;
use shared::config::{Fault, OpenTrainSettings, Reader, own_authorities};
use shared::connection::{ConnectionStore as _, Index};
use shared::model::ConnectionName;
use shared::model::ids::ProjectId;
use shared::opentrain::ProjectLink;
use shared::tool::{AdapterState, AnnotationTool, NoState};

use self::masks::Masks;
use super::args::CheckArgs;
use super::findings::{Finding, State, failed, good, note, show, wrong};
use super::output::Checked;
use super::print;
use super::session::{Session, clock, flags};
use crate::exit::CliError;
use crate::new_file::NewFile;
use crate::targets::Target;

/// Prints all findings. Fails if one of them is a problem.
pub(super) async fn run(args: &CheckArgs, target: &Target) -> Result<(), CliError> {
    let file = args.report.as_deref();
    let file = file.map(|path| NewFile::create(path, "--report"));
    let file = file.transpose()?;
    let checked = check(target, args.common.connection.clone()).await;
    if let Some(file) = file {
        let masks = masks(args, target).await;
        let text = report::text(&checked.findings, masks, target, clock().now());
        file.write(&text)?;
    }
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

/// Masks for the names of all connections, including those without a token.
async fn masks(args: &CheckArgs, target: &Target) -> Masks {
    let mut reader = Reader::new(target.vars());
    let settings = target.opentrain(&mut reader);
    let mut names: Vec<_> = args.common.connection.iter().cloned().collect();
    let mut index = Index::default();
    // Settings and files that can't be read are findings themselves, which name no connection.
    if let Ok(settings) = reader.finish(settings) {
        let keeper = &settings.kept().keeper;
        let read = keeper.read_each().await.unwrap_or_default();
        names.extend(read.kept.into_keys());
        index = keeper.index().await.unwrap_or_default();
    }
    Masks::new(&names, index, target.vars())
}

/// Checks one connection. Without a name, checks `default` and the endpoints of all connections.
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
    findings.extend(running::look(target).await);
    let links = match reader.finish(settings) {
        Ok(settings) => of_connection(connection, &settings, target, &mut findings).await,
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
            let base = settings.base_url().clone();
            match settings.connect(clock(), memory(target)) {
                Ok(adapter) => {
                    let flags = flags(target, &connection.cloned().unwrap_or_default());
                    findings.extend(tool::look(adapter.as_ref(), &links, &flags).await);
                    findings.extend(clocks::tool(&base));
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

/// Checks the connection and the bridge's data; without a name, also the endpoints of all other connections. Returns
/// the links.
async fn of_connection(
    connection: Option<&ConnectionName>,
    settings: &OpenTrainSettings,
    target: &Target,
    findings: &mut Vec<Finding>,
) -> Vec<ProjectLink> {
    let name = connection.cloned().unwrap_or_default();
    let links = match disconnected(target, &name).await {
        Some(skipped) => {
            findings.push(skipped);
            Vec::new()
        }
        None => match Session::open(target, &name).await {
            Ok(session) => install::look(&session, findings).await,
            Err(error) => {
                findings.push(failed("connection", error));
                return Vec::new();
            }
        },
    };
    if connection.is_none() {
        findings.extend(endpoints::of_others(settings, &name, target).await);
    }
    findings.extend(clocks::opentrain(settings.base_url()));
    findings.extend(work::look(target).await);
    links
}

/// Finding about a connection that an operator has disconnected. Then OpenTrain is not called for it.
async fn disconnected(target: &Target, name: &ConnectionName) -> Option<Finding> {
    // A ledger that can't be read is a finding of `work`.
    let ledger = target.ledger_if_any().ok()??;
    let install = ledger.install(name).await.ok()??;
    let says = format!(
        "connection `{name}`: disconnected by an operator, so OpenTrain is not called for it; `bridge connect{}` connects it again",
        flags(target, name)
    );
    install.disconnected.then(|| good("connection", says))
}

/// Calls the tool, and the project if there is one. Shows the findings. Returns whether nothing is wrong.
pub(crate) async fn is_tool_good(tool: &dyn AnnotationTool, project: Option<ProjectId>) -> bool {
    let mut findings = tool::look(tool, &[], "").await;
    if let Some(project) = project {
        findings.retain(|it| it.state != State::Note);
        findings.extend(tool::all(tool, &project, None).await);
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
