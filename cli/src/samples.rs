//! The samples in `events/webhook`, built in.

pub struct Sample {
    /// The file's name without `.json`.
    pub name: &'static str,
    pub body: &'static str,
}

macro_rules! samples {
    ($($name:literal),* $(,)?) => {
        /// All samples. A test compares the list with the folder.
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

pub fn find(name: &str) -> Option<&'static Sample> {
    SAMPLES.iter().find(|sample| sample.name == name)
}

pub fn names() -> Vec<&'static str> {
    SAMPLES.iter().map(|sample| sample.name).collect()
}
