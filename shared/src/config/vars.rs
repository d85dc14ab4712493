//! Sources of the settings: flags, the environment, and files.

use std::collections::BTreeMap;

use super::{Fault, Setting, SettingsFile};

/// The variables that were set when the program started.
#[derive(Clone, Default)]
pub struct Vars {
    values: BTreeMap<String, String>,
    /// Faults of the files of settings.
    broken: BTreeMap<&'static str, Fault>,
    notes: Vec<String>,
    /// The files that settings were read from.
    files: BTreeMap<&'static str, String>,
    /// Origins of the values that are not the environment's.
    origins: BTreeMap<String, Origin>,
}

/// Origin of a setting's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A flag of the command.
    Flag,
    /// The environment.
    Environment,
    /// The file of its `NAME_FILE`.
    ValueFile(String),
    /// A settings file, with its path.
    File(String),
    /// A folder of the service manager.
    Service,
    /// The settings secret of a stack.
    Stack,
}

impl Vars {
    /// The process's environment, and the files that its `NAME_FILE` variables name.
    pub fn from_env() -> Self {
        Self::from_env_over([])
    }

    /// As [`from_env`](Self::from_env), with settings files for variables that are not set. An earlier file takes
    /// precedence.
    #[allow(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the environment"
    )]
    pub fn from_env_over(files: impl IntoIterator<Item = SettingsFile>) -> Self {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        let values = std::env::vars_os().filter_map(text).collect();
        let vars = Self {
            values,
            ..Self::default()
        };
        let vars = files.into_iter().fold(vars, Self::with_settings_file);
        vars.with_service_folders().with_files()
    }

    /// Sets a variable, as a flag does.
    #[must_use]
    pub fn with(mut self, name: &str, value: Option<impl Into<String>>) -> Self {
        if let Some(value) = value {
            self.set(name, value.into(), Origin::Flag);
        }
        self
    }

    /// Sets a variable, unless it is set already.
    #[must_use]
    pub(super) fn or(mut self, name: &str, value: impl Into<String>, origin: Origin) -> Self {
        if self.get(name).is_none() {
            self.set(name, value.into(), origin);
        }
        self
    }

    /// A variable's value; blank counts as not set.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values
            .get(name)
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
    }
}

impl Vars {
    pub(super) fn set(&mut self, name: &str, value: String, origin: Origin) {
        self.values.insert(name.to_owned(), value);
        self.origins.insert(name.to_owned(), origin);
    }

    /// Adds the settings of a file that are not set yet. A setting and its `NAME_FILE` count as one.
    pub(super) fn with_settings_file(mut self, file: SettingsFile) -> Self {
        let is_new = |name: &str| {
            let name = name.strip_suffix("_FILE").unwrap_or(name);
            self.raw(name).is_none() && self.raw(&format!("{name}_FILE")).is_none()
        };
        let (path, values) = file.into_parts();
        let new: Vec<_> = values.into_iter().filter(|it| is_new(&it.0)).collect();
        for (name, value) in new {
            self.set(&name, value, Origin::File(path.clone()));
        }
        self
    }

    /// Origin of a setting's value; `None` if the setting is not set.
    pub fn origin(&self, name: &str) -> Option<Origin> {
        if let Some(path) = self.files.get(name) {
            return Some(Origin::ValueFile(path.clone()));
        }
        self.get(name)?;
        let known = self.origins.get(name).cloned();
        Some(known.unwrap_or(Origin::Environment))
    }

    /// The names of all variables that are set.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    /// A variable's unchanged value, which may be blank.
    pub(super) fn raw(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// Only the variables of these names, with their faults.
    #[must_use]
    pub fn only<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut kept = Self::default();
        for name in names {
            if let Some(value) = self.values.get(name) {
                kept.values.insert(name.to_owned(), value.clone());
            }
            if let Some((name, fault)) = self.broken.get_key_value(name) {
                kept.broken.insert(name, fault.clone());
            }
            if let Some((name, path)) = self.files.get_key_value(name) {
                kept.files.insert(name, path.clone());
            }
            if let Some((name, origin)) = self.origins.get_key_value(name) {
                kept.origins.insert(name.clone(), origin.clone());
            }
        }
        kept
    }

    /// Remarks about the files that settings were read from.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The fault of a setting's file.
    pub(super) fn fault_of(&self, setting: &Setting) -> Option<&Fault> {
        self.broken.get(setting.name)
    }

    /// The file that a setting was read from.
    pub(super) fn file_of(&self, setting: &Setting) -> Option<&str> {
        self.files.get(setting.name).map(String::as_str)
    }

    pub(super) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// Sets a setting to the text of its file.
    pub(super) fn given_by_file(mut self, setting: &Setting, path: &str, text: String) -> Self {
        self.files.insert(setting.name, path.to_owned());
        self.with(setting.name, Some(text))
    }

    pub(super) fn broken(mut self, setting: &Setting, problem: String, cure: String) -> Self {
        let variable = setting.name;
        let fault = Fault {
            variable,
            problem,
            cure,
        };
        self.broken.insert(variable, fault);
        self
    }
}
