//! The samples of a sandbox, and the names of its trainers.

use jiff::Timestamp;

use super::{
    Market,
    data::{samples::Samples, scope::TokenScope},
};
use crate::model::{
    install::{ConsentOptions, DEFAULT_ORGANIZATION},
    job::JobOptions,
};

/// Masked names, as employers see them.
const NAMES: [&str; 16] = [
    "Maria S.",
    "Tomás R.",
    "Aiko N.",
    "Priya K.",
    "Jonas B.",
    "Fatou D.",
    "Lucía M.",
    "Wei L.",
    "Amara O.",
    "Piotr Z.",
    "Noor H.",
    "Mateus C.",
    "Elif Y.",
    "Hugo P.",
    "Sara V.",
    "Kwame A.",
];

impl Market {
    pub(crate) fn add_samples(&mut self, now: Timestamp) {
        let partner_token = self.world.consent(ConsentOptions::default(), now).token;
        let job_id = self.create_job(JobOptions::default(), now);
        let owner = self.employers.get(DEFAULT_ORGANIZATION);
        let owner = owner.map(|own| own.owner.clone()).unwrap_or_default();
        let employer = (DEFAULT_ORGANIZATION, owner.as_str());
        let scopes = TokenScope::ALL.to_vec();
        let personal = self.mint(employer, "Sample token", scopes, None, now);
        let personal_token = personal.map(|id| self.secret(&id).to_owned());
        self.samples = Some(Samples {
            partner_token,
            personal_token: personal_token.unwrap_or_default(),
            job_id,
        });
    }
}

/// The masked name of a new trainer.
pub(crate) fn name(seed: u64, number: usize) -> String {
    let names = NAMES.len() as u64;
    let place = (seed % names + number as u64 - 1) % names;
    NAMES[place as usize].to_owned()
}
