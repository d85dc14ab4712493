//! The samples in `events/webhook`, built in.

/// A sample event: its name, and its body.
pub struct Sample {
    /// The file's name without `.json`.
    pub name: &'static str,
    /// The file's text.
    pub body: &'static str,
}

macro_rules! samples {
    ($($name:literal),* $(,)?) => {
        /// All samples; a test holds the list to the folder.
        pub const SAMPLES: &[Sample] = &[$(Sample {
            name: $name,
            body: include_str!(concat!("../../events/webhook/", $name, ".json")),
        }),*];
    };
}

samples![
    "contract.ended",
    "contract.started",
    "contract.started-managed",
    "contract.started-no-email",
    "contract.started-second-link",
    "contract.started-unknown-members",
    "install.revoked",
    "milestone.budget_depleted",
    "milestone.budget_low",
    "milestone.funded",
    "project_link.created",
    "project_link.removed",
    "unknown-type",
];

/// The sample of that name.
pub fn find(name: &str) -> Option<&'static Sample> {
    SAMPLES.iter().find(|sample| sample.name == name)
}

/// The names of all samples.
pub fn names() -> Vec<&'static str> {
    SAMPLES.iter().map(|sample| sample.name).collect()
}
