//! Jobs and the installs that link them.

use super::World;
use crate::model::{job::Job, misuse::Misuse};

impl World {
    pub(crate) fn job(&self, id: &str) -> Result<&Job, Misuse> {
        self.jobs.get(id).ok_or(Misuse::Unknown("job"))
    }

    /// The ACTIVE installs that link a job, each once, in the order of their links.
    pub(crate) fn installs_on(&self, job: &str) -> Vec<String> {
        let mut installs: Vec<String> = Vec::new();
        for link in self.links_on(job) {
            let active = self.installs.get(&link.install_id);
            let active = active.is_some_and(|install| install.is_active());
            if active && !installs.contains(&link.install_id) {
                installs.push(link.install_id.clone());
            }
        }
        installs
    }
}
