//! Rules of project links.

use jiff::Timestamp;
use serde_json::json;

use super::World;
use crate::{
    kit::{clock::iso, refusal::Refusal},
    model::{
        event::{Draft, EventType},
        link::{NewLink, ProjectLink},
    },
};

impl World {
    /// The links on a job, of all installs, oldest first.
    pub(crate) fn links_on(&self, job: &str) -> impl Iterator<Item = &ProjectLink> {
        let job = self.jobs.get(job);
        let ids = job.map(|job| job.link_ids.as_slice()).unwrap_or_default();
        ids.iter().filter_map(|id| self.links.get(id))
    }

    /// An install's own link.
    pub(crate) fn link(&self, install: &str, id: &str) -> Result<&ProjectLink, Refusal> {
        let link = self.links.get(id);
        link.filter(|link| link.install_id == install)
            .ok_or_else(|| Refusal::not_found("project link"))
    }

    pub(crate) fn create_link(
        &mut self,
        install: &str,
        new: NewLink,
        now: Timestamp,
    ) -> Result<ProjectLink, Refusal> {
        self.check_link(install, &new)?;
        let name = (install.to_owned(), new.external_project_id.clone());
        let job_id = new.job_id.clone();
        let id = self.links.add(|id| ProjectLink {
            id,
            job_id: new.job_id,
            external_project_id: new.external_project_id,
            external_project_name: new.external_project_name,
            external_project_url: new.external_project_url,
            provisioning_mode: new.provisioning_mode,
            created_at: iso(now),
            install_id: install.to_owned(),
        });
        self.link_names.insert(name);
        *self.link_counts.entry(install.to_owned()).or_default() += 1;
        if let Some(job) = job_id.and_then(|job| self.jobs.get_mut(&job)) {
            job.link_ids.push(id.clone());
        }
        let link = self.link(install, &id)?.clone();
        self.tell_of_link(EventType::ProjectLinkCreated, &link, now);
        Ok(link)
    }

    fn check_link(&self, install: &str, new: &NewLink) -> Result<(), Refusal> {
        let name = (install.to_owned(), new.external_project_id.clone());
        if self.link_names.contains(&name) {
            return Err(Refusal::conflict("externalProjectId is already linked"));
        }
        let count = self.link_counts.get(install).copied().unwrap_or_default();
        if count >= self.link_limit {
            return Err(Refusal::conflict("the install's link limit is reached"));
        }
        let organization = self.installs.get(install).map(|own| &own.organization);
        match new.job_id.as_deref().map(|id| self.jobs.get(id)) {
            Some(job) if job.map(|job| &job.organization) != organization => {
                Err(Refusal::not_found("job"))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn delete_link(
        &mut self,
        install: &str,
        id: &str,
        now: Timestamp,
    ) -> Result<ProjectLink, Refusal> {
        let link = self.link(install, id)?.clone();
        self.links.remove(id);
        let name = (install.to_owned(), link.external_project_id.clone());
        self.link_names.remove(&name);
        *self.link_counts.entry(install.to_owned()).or_insert(1) -= 1;
        let job = link.job_id.as_deref();
        if let Some(job) = job.and_then(|job| self.jobs.get_mut(job)) {
            job.link_ids.retain(|own| own != id);
        }
        self.tell_of_link(EventType::ProjectLinkRemoved, &link, now);
        Ok(link)
    }

    fn tell_of_link(&mut self, kind: EventType, link: &ProjectLink, now: Timestamp) {
        let draft = Draft::new(kind, &link.id, json!({"projectLink": link}));
        self.emit(&link.install_id, draft.on_job(link.job_id.as_deref()), now);
    }
}
