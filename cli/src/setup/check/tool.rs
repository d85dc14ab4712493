//! Checks that the tool accepts the calls that the bridge makes.

use std::collections::BTreeMap;

use futures::{StreamExt, stream};
use shared::model::ids::{ProjectId, TrainerId};
use shared::opentrain::{ProjectLink, ProvisioningMode};
use shared::tool::{
    Accounts, AnnotationTool, Capabilities, Grade, Membership, Readding, Remark, Removal, Removed,
    Scope, TimeSource, ToolError,
};

use super::super::findings::{Finding, State, failed, good, note};

const PART: &str = "tool";

/// An id that no trainer at OpenTrain has. Its removal changes nothing in the tool.
const NOBODY: &str = "opentrain-bridge-check";

/// Number of projects that are checked at the same time.
const AT_ONCE: usize = 8;

/// `flags` name the connection of the links in commands.
pub(super) async fn look(
    tool: &dyn AnnotationTool,
    links: &[ProjectLink],
    flags: &str,
) -> Vec<Finding> {
    let capabilities = match tool.capabilities().await {
        Ok(can) => good(PART, describe(can)),
        Err(error) => return vec![failed(PART, error)],
    };
    let own = tool.check().await.into_iter().map(finding);
    let mut findings: Vec<_> = [capabilities].into_iter().chain(own).collect();
    let managed = |link: &&ProjectLink| link.provisioning_mode == ProvisioningMode::ManagedAdapter;
    let mut projects: BTreeMap<&ProjectId, Vec<&ProjectLink>> = BTreeMap::new();
    for link in links.iter().filter(|it| !managed(it)) {
        let own = projects.entry(&link.external_project_id).or_default();
        own.push(link);
    }
    if projects.is_empty() {
        let unproven = note(
            PART,
            "its token can't be verified: no project is linked",
            "link a project, then check again",
        );
        findings.push(unproven);
        return findings;
    }
    let looked = stream::iter(projects)
        .map(|(project, links)| all(tool, project, Some(relink(&links, flags))));
    let found: Vec<_> = looked.buffered(AT_ONCE).collect().await;
    findings.extend(found.into_iter().flatten());
    findings
}

/// The commands with which the job of these links leads to another project.
fn relink(links: &[&ProjectLink], flags: &str) -> String {
    let unlink = links
        .iter()
        .map(|it| format!("`bridge unlink {}{flags} --force`", it.id));
    let job = links.iter().find_map(|it| it.job_id.as_ref());
    format!(
        "{}, then `bridge link --job {} --project PROJECT{flags}` with a project that exists",
        unlink.collect::<Vec<_>>().join(" and "),
        job.map_or("JOB", |it| it.as_str())
    )
}

/// Checks a project. `relink` is the fix if the tool has no such project.
pub(super) async fn all(
    tool: &dyn AnnotationTool,
    project: &ProjectId,
    relink: Option<String>,
) -> Vec<Finding> {
    let access = one(tool, project, relink).await;
    let own = tool.check_project(project).await;
    [access]
        .into_iter()
        .chain(own.into_iter().map(finding))
        .collect()
}

fn finding(remark: Remark) -> Finding {
    let state = match remark.grade {
        Grade::Good => State::Good,
        Grade::Note => State::Note,
        Grade::Wrong => State::Wrong,
    };
    Finding {
        part: PART,
        state,
        says: remark.says,
        cure: remark.cure,
        names: Vec::new(),
    }
}

/// Reads the project and removes a trainer who is no member. The token of a plain member can often add members but not
/// remove them. Without this call, that fault would appear only when the first contract ends.
async fn one(tool: &dyn AnnotationTool, project: &ProjectId, relink: Option<String>) -> Finding {
    let found = match tool.project(project).await {
        Ok(found) => found,
        Err(error) => {
            let gone = matches!(error, ToolError::NoProject { .. });
            return Finding {
                cure: relink.filter(|_| gone),
                ..failed(PART, format!("project `{project}`: {error}"))
            };
        }
    };
    let nobody = Membership {
        trainer: TrainerId::from(NOBODY),
        accounts: Vec::new(),
        emails: Vec::new(),
        let_in: false,
        witnessed: true,
        keeps: Vec::new(),
    };
    match tool.remove(project, &nobody).await {
        Ok(Removed::Proven(_)) => Finding {
            names: vec![found.name.clone()],
            ..good(
                PART,
                format!(
                    "project `{project}` ({}): it can be read, and members can be removed",
                    found.name
                ),
            )
        },
        Ok(Removed::NotFound(reason) | Removed::Unconfirmed(reason)) => failed(
            PART,
            format!("project `{project}`: a removal can't be confirmed: {reason}"),
        ),
        Err(error) => failed(
            PART,
            format!("project `{project}`: members can't be removed: {error}"),
        ),
    }
}

fn describe(can: Capabilities) -> String {
    let scope = match can.scope {
        Scope::Project => "project by project",
        Scope::Organization => "to the whole organisation at once",
    };
    let accounts = match can.accounts {
        Accounts::Created => "new members get an account at once",
        Accounts::InviteOnly => "new members accept an invitation",
        Accounts::Claimed => "new members get an account that you hand over",
    };
    let removal = match can.removal {
        Removal::Full => "removed members have no access",
        Removal::Soft => "removed members keep a part of their access",
    };
    let readding = match can.readding {
        Readding::Api => "and can be added again",
        Readding::Manual => "and can be added again only by hand",
    };
    let time = match can.time {
        TimeSource::Active => "it measures active time",
        TimeSource::WallClock => "it measures time from open to submit",
        TimeSource::Platform => "it states the time worked",
        TimeSource::None => "it measures no time, so none is reported",
    };
    format!("it grants access {scope}; {accounts}; {removal}, {readding}; {time}")
}
