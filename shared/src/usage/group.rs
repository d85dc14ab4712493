//! Cuts the links into groups that can be worked on alone. Pure.
//!
//! Links that share a job share contracts, whose totals are added up over the links; links that share a
//! project share its totals, and people. What is connected by either belongs together: within a group a
//! project's totals are read once, and they are gone from memory when the group is done. As a rule a
//! group is one job, one link and one project.

use std::collections::{BTreeMap, HashMap};

use crate::connection::ConnectionName;
use crate::ids::{JobId, LinkId, ProjectId};
use crate::ledger::Link;

/// A link, and the connection it belongs to.
pub(super) type At = (ConnectionName, LinkId);

/// The links, each in one group.
pub(super) fn groups<'a>(links: impl Iterator<Item = (&'a At, &'a Link)>) -> Vec<Vec<At>> {
    let links: Vec<_> = links.collect();
    let mut parents: Vec<usize> = (0..links.len()).collect();
    let mut jobs: HashMap<&JobId, usize> = HashMap::new();
    let mut projects: HashMap<&ProjectId, usize> = HashMap::new();
    for (index, (_, link)) in links.iter().enumerate() {
        let by_job = link
            .job
            .as_ref()
            .map(|job| *jobs.entry(job).or_insert(index));
        let by_project = link
            .project
            .as_ref()
            .map(|it| *projects.entry(it).or_insert(index));
        for other in by_job.into_iter().chain(by_project) {
            let (a, b) = (root(&mut parents, index), root(&mut parents, other));
            parents[a.max(b)] = a.min(b);
        }
    }
    let mut groups: BTreeMap<usize, Vec<At>> = BTreeMap::new();
    for (index, (at, _)) in links.iter().enumerate() {
        let group = root(&mut parents, index);
        groups.entry(group).or_default().push((*at).clone());
    }
    groups.into_values().collect()
}

/// The first link of a link's group; shortens the way there.
fn root(parents: &mut [usize], mut index: usize) -> usize {
    while parents[index] != index {
        parents[index] = parents[parents[index]];
        index = parents[index];
    }
    index
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn link(id: &str, job: &str, project: &str) -> (At, Link) {
        let link = Link {
            id: id.into(),
            job: Some(job.into()),
            project: Some(project.into()),
            project_name: None,
            managed: false,
            install: None,
            removed: false,
            absent: false,
            at: Timestamp::UNIX_EPOCH,
        };
        ((ConnectionName::single(), id.into()), link)
    }

    #[test]
    fn links_that_share_a_job_or_a_project_stay_together() {
        let links = [
            link("1", "a", "p"),
            link("2", "b", "q"),
            link("3", "a", "r"),
            link("4", "c", "s"),
            link("5", "d", "r"),
        ];
        let groups = groups(links.iter().map(|(at, link)| (at, link)));
        let ids: Vec<Vec<_>> = groups
            .iter()
            .map(|group| group.iter().map(|(_, id)| id.as_str()).collect())
            .collect();
        assert_eq!(ids, [vec!["1", "3", "5"], vec!["2"], vec!["4"]]);
    }
}
