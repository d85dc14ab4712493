//! More environment variables of the functions that run use cases.

use crate::app::function::Ground;
use crate::config::{
    Reader, claims_table, dead_letter_queue_url, jobs_queue_url, retry_queue_url, settings_secret,
    table,
};

/// Settings of every function except intake.
pub struct StackGround {
    pub(super) ground: Ground,
    pub(super) table: String,
    pub(super) claims: String,
    pub(super) settings_secret: String,
}

impl StackGround {
    /// Reads the settings; `None` after an error, which the reader has recorded.
    pub fn read(settings: &mut Reader<'_>) -> Option<Self> {
        let ground = Ground::read(settings);
        let (table, claims) = (table(settings), claims_table(settings));
        let settings_secret = settings_secret(settings);
        Some(Self {
            ground: ground?,
            table: table?,
            claims: claims?,
            settings_secret: settings_secret?,
        })
    }
}

/// Settings of a scheduled function.
pub struct ScheduledGround {
    pub(super) stack: StackGround,
    pub(super) jobs: String,
}

impl ScheduledGround {
    /// Reads the settings; `None` after an error, which the reader has recorded.
    pub fn read(settings: &mut Reader<'_>) -> Option<Self> {
        let stack = StackGround::read(settings);
        let jobs = jobs_queue_url(settings);
        Some(Self {
            stack: stack?,
            jobs: jobs?,
        })
    }
}

/// Settings of the provisioner function.
pub struct ConsumerGround {
    pub(super) stack: StackGround,
    pub(super) dead_letters: String,
    pub(super) retry: String,
}

impl ConsumerGround {
    /// Reads the settings; `None` after an error, which the reader has recorded.
    pub fn read(settings: &mut Reader<'_>) -> Option<Self> {
        let stack = StackGround::read(settings);
        let dead_letters = dead_letter_queue_url(settings);
        let retry = retry_queue_url(settings);
        Some(Self {
            stack: stack?,
            dead_letters: dead_letters?,
            retry: retry?,
        })
    }
}
