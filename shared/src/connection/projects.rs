//! The organisation to which a project of the tool belongs. While a bridge serves one organisation, nothing is
//! recorded. From the second organisation on, each connection has the list of the projects that its organisation may
//! use. A project that is in no list may not be used until an operator allows it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::Kept;
use crate::model::ConnectionName;
use crate::model::ids::ProjectId;
use crate::opentrain::ProjectLink;

/// A project that a connection has linked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    /// The project.
    pub project: ProjectId,
    /// Time at which the link was made, or the latest possible time if it is not known.
    pub made: Timestamp,
}

impl From<&ProjectLink> for Linked {
    fn from(link: &ProjectLink) -> Self {
        Self {
            project: link.external_project_id.clone(),
            made: link.created_at.unwrap_or(Timestamp::MAX),
        }
    }
}

/// The organisations that are served. A connection with an unknown organisation counts as a separate organisation.
pub fn organizations(kept: &Kept) -> BTreeSet<String> {
    kept.keys().map(|name| organization(kept, name)).collect()
}

/// Whether the owners of projects are recorded: at least one connection has a list.
pub fn are_recorded(kept: &Kept) -> bool {
    kept.values().any(|own| own.projects.is_some())
}

/// Whether the owners of projects have to be recorded now, because several organisations are served.
pub fn is_record_due(kept: &Kept) -> bool {
    !are_recorded(kept) && organizations(kept).len() > 1
}

/// If lists are recorded, gives each connection without a list that of its organisation, or an empty one.
pub(super) fn complete(kept: &mut Kept) {
    if are_recorded(kept) {
        fill(kept);
    }
}

fn fill(kept: &mut Kept) {
    let mut lists: BTreeMap<String, BTreeSet<ProjectId>> = BTreeMap::new();
    for (name, own) in &*kept {
        let list = lists.entry(organization(kept, name)).or_default();
        list.extend(own.projects.iter().flatten().cloned());
    }
    let missing: Vec<_> = kept
        .iter()
        .filter(|(_, own)| own.projects.is_none())
        .map(|(name, _)| (name.clone(), organization(kept, name)))
        .collect();
    for (name, organization) in missing {
        let list = lists.get(&organization).cloned().unwrap_or_default();
        kept.entry(name).or_default().projects = Some(list);
    }
}

/// The connections with the projects that they may use: all projects if the bridge serves one organisation, and those
/// of their lists otherwise. If several organisations are served and nothing is recorded, none of them may use a
/// project.
pub fn as_served(mut kept: Kept) -> Kept {
    let served = kept.iter().filter(|(_, own)| own.token.is_some());
    let served: BTreeSet<_> = served.map(|(name, _)| organization(&kept, name)).collect();
    if served.len() > 1 || are_recorded(&kept) {
        fill(&mut kept);
    }
    kept
}

/// The organisation for which a project is recorded.
pub fn owner(kept: &Kept, project: &ProjectId) -> Option<String> {
    let mut all = kept.iter();
    let of = all.find(|(_, own)| own.projects.as_ref().is_some_and(|it| it.contains(project)));
    of.map(|(name, _)| organization(kept, name))
}

/// Records each linked project for the organisation of its oldest link. A project that is already recorded keeps its
/// organisation.
pub fn record(kept: &mut Kept, links: &BTreeMap<ConnectionName, Vec<Linked>>) {
    let mut oldest: BTreeMap<&ProjectId, (Timestamp, &ConnectionName)> = BTreeMap::new();
    for (name, links) in links {
        for link in links {
            let first = oldest.entry(&link.project).or_insert((link.made, name));
            *first = (*first).min((link.made, name));
        }
    }
    let recorded: Vec<_> = oldest
        .into_iter()
        .filter(|(project, _)| owner(kept, project).is_none())
        .map(|(project, (_, name))| (project.clone(), name.clone()))
        .collect();
    fill(kept);
    for (project, name) in recorded {
        allow(kept, &name, &project);
    }
}

/// Lets the organisation of a connection use a project, and no other organisation.
pub fn allow(kept: &mut Kept, name: &ConnectionName, project: &ProjectId) {
    let organization_of_name = organization(kept, name);
    let all: Vec<_> = kept.keys().cloned().collect();
    for other in all {
        let is_own = organization(kept, &other) == organization_of_name;
        let Some(entry) = kept.get_mut(&other) else {
            continue;
        };
        let projects = entry.projects.get_or_insert_default();
        match is_own {
            true => projects.insert(project.clone()),
            false => projects.remove(project),
        };
    }
}

/// The organisation of a connection, or a unique name if it is not known.
pub fn organization(kept: &Kept, name: &ConnectionName) -> String {
    let known = kept.get(name).and_then(|own| own.organization.clone());
    known.unwrap_or_else(|| format!("connection {name}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::connection::Credentials;

    fn name(name: &str) -> ConnectionName {
        ConnectionName::parse(name).unwrap()
    }

    fn kept(all: &[(&str, Option<&str>)]) -> Kept {
        let entry = |(connection, organization): &(&str, Option<&str>)| {
            let credentials = Credentials {
                organization: organization.map(str::to_owned),
                ..Credentials::default()
            };
            (name(connection), credentials)
        };
        all.iter().map(entry).collect()
    }

    fn link(id: &str, project: &str, made: &str) -> Linked {
        let link: ProjectLink = serde_json::from_value(json!({
            "id": id, "externalProjectId": project, "provisioningMode": "PARTNER_WEBHOOK", "createdAt": made,
        }))
        .unwrap();
        Linked::from(&link)
    }

    #[test]
    fn a_project_goes_to_the_organisation_of_its_oldest_link() {
        let mut kept = kept(&[
            ("acme", Some("org_a")),
            ("acme2", Some("org_a")),
            ("globex", None),
        ]);
        assert_eq!(organizations(&kept).len(), 2);
        assert!(is_record_due(&kept));
        let links = [
            (
                name("globex"),
                vec![link("l1", "p", "2026-02-01T00:00:00Z")],
            ),
            (
                name("acme"),
                vec![
                    link("l2", "p", "2026-01-01T00:00:00Z"),
                    link("l3", "q", "2026-03-01T00:00:00Z"),
                ],
            ),
        ];
        record(&mut kept, &links.into());
        assert!(are_recorded(&kept) && !is_record_due(&kept));
        let of = |kept: &Kept, connection: &str| {
            let projects = kept[&name(connection)].projects.clone().unwrap();
            projects.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(of(&kept, "acme"), ["p", "q"]);
        assert_eq!(of(&kept, "acme2"), ["p", "q"], "the same organisation");
        assert!(of(&kept, "globex").is_empty());

        allow(&mut kept, &name("globex"), &"q".into());
        assert_eq!(of(&kept, "globex"), ["q"]);
        assert_eq!(of(&kept, "acme"), ["p"]);
        assert_eq!(
            owner(&kept, &"q".into()).as_deref(),
            Some("connection globex")
        );
        // A recorded project keeps its organisation.
        let again = [(name("acme"), vec![link("l3", "q", "2026-01-01T00:00:00Z")])];
        record(&mut kept, &again.into());
        assert_eq!(of(&kept, "globex"), ["q"]);
    }
}
