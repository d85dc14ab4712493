//! What a sandbox begins with, so that its commands can be copied.

use std::fmt;

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
