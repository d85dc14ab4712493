//! A page of tasks: what is read of it.

use jiff::Timestamp;
use serde::Deserialize;

/// A page of tasks.
#[derive(Deserialize)]
pub(super) struct Page {
    /// How many tasks the filters let through, this page's included.
    pub(super) total: u64,
    pub(super) tasks: Vec<Task>,
}

/// A task.
#[derive(Deserialize)]
pub(super) struct Task {
    pub(super) id: u64,
    #[serde(default)]
    pub(super) annotations: Vec<Annotation>,
}

/// A piece of work. `created_at` is the server's; the rest the annotator's browser could forge.
#[derive(Deserialize)]
pub(super) struct Annotation {
    pub(super) completed_by: Option<Who>,
    #[serde(default)]
    pub(super) updated_by: Option<Who>,
    pub(super) created_at: Timestamp,
    pub(super) lead_time: Option<f64>,
    /// Skipped.
    #[serde(default)]
    pub(super) was_cancelled: bool,
    /// An answer to measure others by.
    #[serde(default)]
    pub(super) ground_truth: bool,
    #[serde(default)]
    pub(super) result: Vec<Region>,
}

/// A label; several parts of one share its id.
#[derive(Deserialize)]
pub(super) struct Region {
    #[serde(default)]
    pub(super) id: Option<String>,
}

/// An account: by its id, or written out.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Who {
    Id(u64),
    Whole { id: u64 },
}

impl Who {
    pub(super) fn id(&self) -> u64 {
        match self {
            Self::Id(id) | Self::Whole { id } => *id,
        }
    }
}
