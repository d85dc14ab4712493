//! Reads the present state from OpenTrain. Writes nothing.

use std::collections::BTreeSet;
use std::time::Duration;

use super::heard::Heard;
use super::snapshot::Snapshot;
use super::tally::Tally;
use super::{Reconciler, scopes};
use crate::connection::Connection;
use crate::ledger::Link;
use crate::model::ConnectionName;
use crate::model::clock::after;
use crate::opentrain::{Install, InstallStatus, OpenTrainError, PAGES, Scope};

/// Maximum difference of the clocks at which signatures are valid.
const CLOCKS_DIFFER: Duration = Duration::from_secs(300);

impl Reconciler {
    /// OpenTrain's state of one connection. A request that fails is returned as a problem and does not stop the others.
    pub(super) async fn survey(
        &self,
        connection: &Connection,
        snapshot: &Snapshot,
        tally: &Tally<'_>,
    ) -> Heard {
        let name = &connection.name;
        let mut heard = Heard::nothing(name.clone());
        let known = snapshot.environment.installs.get(name);
        if known.is_some_and(|it| it.disconnected) {
            heard.note("install", disconnected(name));
            return heard;
        }
        let asked_at = self.provisioner.clock.now();
        let install = match connection.platform.install().await {
            Ok(install) => install,
            Err(error) => {
                heard.refused = error.is_refusal();
                heard.problem("install", unread(&error, name));
                return heard;
            }
        };
        if let Some(reason) = foreign(snapshot.environment.organization(name), &install, name) {
            heard.foreign = true;
            heard.problem("install", reason);
            return heard;
        }
        heard.install = Some((install.clone(), asked_at));
        if install.status == InstallStatus::Revoked {
            heard.problem("install", revoked(name));
            return heard;
        }
        scopes::examine(&install, &mut heard);
        self.survey_links(connection, snapshot, &mut heard).await;
        self.survey_contracts(connection, snapshot, &mut heard, tally)
            .await;
        if install.shows_emails() {
            self.survey_emails(connection, snapshot, &mut heard).await;
        }
        if install.grants(&Scope::WebhooksManage) {
            survey_endpoints(connection, &mut heard).await;
        }
        heard
    }

    /// Reads the links, and requests each link of the ledger that is not in the list.
    async fn survey_links(&self, connection: &Connection, snapshot: &Snapshot, heard: &mut Heard) {
        let links = match connection.platform.links().await {
            Ok(links) => links,
            Err(error) => return heard.problem("project links", error),
        };
        let install = heard.install.as_ref().map(|(install, _)| install.clone());
        let now = self.provisioner.clock.now();
        let whose = install.as_ref().map(|install| install.id.clone());
        heard.links_listed = links.is_complete() && !PAGES.contains(&links.len());
        let (links, unreadable) = links.into_parts();
        heard.unreadable("project links", &unreadable);
        let seen = links.into_iter().map(|link| Link {
            install: whose.clone(),
            ..Link::seen(link, now)
        });
        heard.links = seen.collect();
        note_returned(snapshot, heard);
        if !heard.links_listed {
            return;
        }
        for link in missing(snapshot, heard) {
            if install.as_ref().is_some_and(|it| of_an_earlier(&link, it)) {
                let text = "it belongs to an earlier install, and a reconnect has cut it off: ON_INSTALL_REVOKED decides about its trainers' access; link the project again to continue";
                heard.note(format!("link {}", link.id), text);
                heard
                    .earlier
                    .extend(link.install.is_none().then_some(link.id));
                continue;
            }
            // The list has no pages and could be cut off, so the link itself is requested.
            match connection.platform.link(&link.id).await {
                Ok(_) => {}
                Err(error) if error.is_not_found() => {
                    heard.gone.insert(link.id.clone());
                }
                Err(error) => heard.problem(format!("link {}", link.id), error),
            }
        }
    }
}

fn disconnected(name: &ConnectionName) -> String {
    format!(
        "disconnected by an operator: OpenTrain is not asked; `bridge connect{}` connects it again",
        name.flag()
    )
}

fn revoked(name: &ConnectionName) -> String {
    format!(
        "the customer has disconnected: OpenTrain sends no events; when they have connected again, run `bridge connect{}` with the new token",
        name.flag()
    )
}

async fn survey_endpoints(connection: &Connection, heard: &mut Heard) {
    match connection.platform.endpoints().await {
        Ok(endpoints) => {
            heard.unreadable("webhook endpoints", endpoints.unreadable());
            // The decision about a disabled endpoint depends on all endpoints.
            heard.endpoints = endpoints.whole().ok();
        }
        Err(error) => heard.problem("webhook endpoints", error),
    }
}

/// The ledger's links that are not in the list.
fn missing(snapshot: &Snapshot, heard: &Heard) -> Vec<Link> {
    let listed: BTreeSet<_> = heard.links.iter().map(|link| &link.id).collect();
    let known = snapshot.links_of(&heard.connection);
    let missing = known.filter(|link| !link.removed && !listed.contains(&link.id));
    missing.cloned().collect()
}

/// Adds a note for the operator if a removed link is listed. OpenTrain never restores a link.
fn note_returned(snapshot: &Snapshot, heard: &mut Heard) {
    let known = snapshot.links_of(&heard.connection);
    let removed: BTreeSet<_> = known
        .filter(|link| link.is_deleted())
        .map(|link| &link.id)
        .collect();
    let returned = heard.links.iter().filter(|link| removed.contains(&link.id));
    for id in returned.map(|link| link.id.clone()).collect::<Vec<_>>() {
        heard.note(
            format!("link {id}"),
            "an event stated that it was removed for good, and OpenTrain lists it: delete it and link the project again",
        );
    }
}

/// Whether the link belongs to an earlier install. This install does not list such links, which proves nothing about
/// them. If the link's install is not recorded, a link that was known well before this install was created cannot
/// belong to it.
fn of_an_earlier(link: &Link, install: &Install) -> bool {
    match &link.install {
        Some(own) => *own != install.id,
        None => install
            .created_at
            .is_some_and(|made| after(link.at, CLOCKS_DIFFER) < made),
    }
}

/// Reason why a token can't be used for a connection: in the ledger, the connection belongs to another organisation.
pub fn foreign(known: Option<&String>, install: &Install, name: &ConnectionName) -> Option<String> {
    let (known, of) = (known?, install.organization_id.as_ref()?);
    (known != of).then(|| {
        format!(
            "`{name}` is another customer's connection ({known}, and its token is now of {of}): nothing is read or granted by it. Connect {of} under a \
             name of its own with `bridge connect --connection NAME`, and give `{name}` a token of {known}"
        )
    })
}

/// Why a connection's install can't be read. OpenTrain's answer is the same for a revoked install and for a wrong token,
/// so the text names both fixes. The answer of another server is no reason to disconnect.
fn unread(error: &OpenTrainError, name: &ConnectionName) -> String {
    match error.is_refusal() {
        true => format!("{error} For `{name}`: {}", name.renewal()),
        false => error.to_string(),
    }
}
