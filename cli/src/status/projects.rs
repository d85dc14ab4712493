//! The report by project.

use std::collections::BTreeMap;

use shared::ledger::Link;
use shared::model::ConnectionName;
use shared::model::ids::ProjectId;

use super::report::Report;
use super::row::Row;

/// What the report has of one project.
#[derive(Default)]
pub(crate) struct Project<'a> {
    /// Links to the project, including removed ones.
    pub(crate) links: Vec<(&'a ConnectionName, &'a Link)>,
    pub(crate) access: Vec<&'a Row>,
}

impl Report {
    /// The projects that links or hires lead to.
    pub(crate) fn projects(&self) -> BTreeMap<&ProjectId, Project<'_>> {
        let mut all: BTreeMap<&ProjectId, Project<'_>> = BTreeMap::new();
        for connection in &self.connections {
            for link in &connection.links {
                if let Some(project) = &link.project {
                    let links = &mut all.entry(project).or_default().links;
                    links.push((&connection.name, link));
                }
            }
        }
        for row in &self.access {
            all.entry(&row.project).or_default().access.push(row);
        }
        all
    }
}
