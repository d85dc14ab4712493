//! Origins of settings.

use shared::config::{Origin, Setting, Vars};

/// Where the value of a setting comes from.
pub(crate) fn from(setting: &Setting, vars: &Vars) -> String {
    match vars.origin(setting.name) {
        None => "default".to_owned(),
        Some(Origin::Flag) => "flag".to_owned(),
        Some(Origin::Environment) => "environment".to_owned(),
        Some(Origin::Service) => "service".to_owned(),
        Some(Origin::Stack) => "stack".to_owned(),
        Some(Origin::File(path)) => path,
        Some(Origin::ValueFile(path)) => format!("{path} ({}_FILE)", setting.name),
    }
}
