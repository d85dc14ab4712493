//! What a sandbox begins with, so that its commands can be copied.

use std::fmt;

use jiff::Timestamp;

use super::public::scope::TokenScope;
use crate::{
    model::{
        install::{ConsentOptions, DEFAULT_ORGANIZATION},
        job::JobOptions,
    },
    opentrain::public::state::Market,
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

/// An install, a token of an employer, and an open job.
#[derive(Clone)]
pub struct Samples {
    /// Token of the install `ins_1`, for the Platform API.
    pub partner_token: String,
    /// Token of the employer `org_1` with all scopes, for the Public API.
    pub personal_token: String,
    /// A job of this employer.
    pub job_id: String,
}

impl fmt::Debug for Samples {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Samples")
            .field("job_id", &self.job_id)
            .finish_non_exhaustive()
    }
}

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
