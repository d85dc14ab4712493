//! Origins of settings.

use shared::config::{Origin, Setting, Vars};

/// Where the value of a setting comes from.
pub(crate) fn from(setting: &Setting, vars: &Vars) -> String {
    match vars.origin(setting.name) {
        Some(Origin::File(path)) => path,
        Some(Origin::ValueFile(path)) => format!("{path} ({}_FILE)", setting.name),
        origin => kind(origin.as_ref()).to_owned(),
    }
}

/// The same without a path.
pub(crate) fn kind(origin: Option<&Origin>) -> &'static str {
    match origin {
        None => "default",
        Some(Origin::Flag) => "flag",
        Some(Origin::Environment) => "environment",
        Some(Origin::Service) => "service",
        Some(Origin::Stack) => "stack",
        Some(Origin::File(_)) => "settings file",
        Some(Origin::ValueFile(_)) => "file of its own",
    }
}
