//! The connection's install at OpenTrain: its token, scopes, webhook endpoints, links and projects.

use shared::connection::{Readable, are_recorded, organizations, owner};
use shared::model::ConnectionName;
use shared::model::json::Listing;
use shared::opentrain::{Install, InstallStatus, ProjectLink};

use super::super::findings::{Finding, failed, good, note, unreadable, wrong};
use super::super::needs::{NEEDS, Need};
use super::super::projects::owner_but;
use super::super::session::Session;
use super::endpoints;

/// Checks everything at OpenTrain. Returns the links.
pub(super) async fn look(session: &Session, findings: &mut Vec<Finding>) -> Vec<ProjectLink> {
    findings.push(connection(session));
    let note = session.settings.kept().keeper.note();
    findings.extend(note.as_ref().map(super::readable));
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
                false => failed("token", session.named(error)),
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
            findings.push(failed("links", session.named(error)));
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
