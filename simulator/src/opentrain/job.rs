//! Jobs with their links and contracts.

use serde::Serialize;

use super::{Misuse, OpenTrain, install::DEFAULT_ORGANIZATION, payment::PaymentType, world::World};

/// A job to create.
#[derive(Clone, Debug)]
pub struct JobOptions {
    /// The title.
    pub title: String,
    /// Unit of payment; `None` if it is not decided.
    pub payment_type: Option<PaymentType>,
    /// The employer.
    pub organization: String,
}

impl Default for JobOptions {
    fn default() -> Self {
        Self {
            title: "Label street scenes".to_owned(),
            payment_type: Some(PaymentType::PayPerHour),
            organization: DEFAULT_ORGANIZATION.to_owned(),
        }
    }
}

/// A job.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// The id.
    pub id: String,
    /// The title.
    pub title: String,
    /// Unit of payment.
    pub payment_type: Option<PaymentType>,
    /// The employer.
    pub organization: String,
    /// The links on it, of all installs, oldest first.
    pub link_ids: Vec<String>,
    /// The contracts on it, oldest first.
    pub contract_ids: Vec<String>,
}

impl OpenTrain {
    /// Posts a job.
    pub fn create_job(&self, options: JobOptions) -> String {
        let now = self.now();
        self.change(|world| world.create_job(options, now))
    }

    /// Every job, oldest first.
    pub fn jobs(&self) -> Vec<Job> {
        self.look(|world| world.jobs.iter().cloned().collect())
    }
}

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
