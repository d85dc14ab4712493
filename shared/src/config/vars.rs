//! Where settings come from: the environment and the files that it names, read in one place, and flags over it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::SignedDuration;

use super::{Fault, Faults, Setting, SettingsFile};

/// The variables that were set when the program started.
#[derive(Clone, Default)]
pub struct Vars {
    values: BTreeMap<String, String>,
    /// What is wrong with the file of a setting.
    broken: BTreeMap<&'static str, Fault>,
    notes: Vec<String>,
    /// The files that settings were read from.
    files: BTreeMap<&'static str, String>,
    /// Where values come from that are not the environment's.
    origins: BTreeMap<String, Origin>,
}

/// Where the value of a setting comes from.
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

    /// The same over settings files. An earlier one takes precedence.
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

    /// The same with one variable set, as a flag does it.
    #[must_use]
    pub fn with(mut self, name: &str, value: Option<impl Into<String>>) -> Self {
        if let Some(value) = value {
            self.set(name, value.into(), Origin::Flag);
        }
        self
    }

    /// The same with one variable set, unless it is set already.
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

    /// Where the value of a setting comes from; none if it is not set.
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

    /// A variable's value as it stands, blank or not.
    pub(super) fn raw(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// The variables of these names, with what is wrong with them.
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

    /// What is worth a look about the files that settings were read from.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    pub(super) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// The same with a setting that a file gives.
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

/// Reads settings one by one and gathers what is wrong with them.
pub struct Reader<'a> {
    vars: &'a Vars,
    faults: Vec<Fault>,
    asked: BTreeSet<&'static str>,
}

impl<'a> Reader<'a> {
    /// A reader of these variables.
    pub fn new(vars: &'a Vars) -> Self {
        Self {
            vars,
            faults: Vec::new(),
            asked: BTreeSet::new(),
        }
    }

    /// The setting's text, or its default.
    pub fn text(&mut self, setting: &'static Setting) -> Option<&'a str> {
        self.asked.insert(setting.name);
        if let Some(fault) = self.vars.broken.get(setting.name) {
            self.push(fault.clone());
            return None;
        }
        let value = self.vars.get(setting.name).or(setting.default);
        if value.is_none() {
            self.fault(
                setting,
                "it is not set",
                format!("set it to {}", setting.meaning),
            );
        }
        value
    }

    /// The setting's text, parsed. `parse` says what is wrong and what to do; it must not quote a secret.
    pub fn parsed<T>(
        &mut self,
        setting: &'static Setting,
        parse: impl FnOnce(&str) -> Result<T, (String, String)>,
    ) -> Option<T> {
        let text = self.text(setting)?;
        match parse(text) {
            Ok(value) => Some(value),
            Err((problem, cure)) => {
                self.fault(setting, problem, cure);
                None
            }
        }
    }

    /// A setting that need not be set: the outer `None` is a fault, the inner one means that it isn't set.
    pub fn optional<T>(
        &mut self,
        setting: &'static Setting,
        parse: impl FnOnce(&str) -> Result<T, (String, String)>,
    ) -> Option<Option<T>> {
        self.asked.insert(setting.name);
        let is_given =
            self.vars.get(setting.name).is_some() || self.vars.broken.contains_key(setting.name);
        match is_given {
            true => self.parsed(setting, parse).map(Some),
            false => Some(None),
        }
    }

    /// The setting as one of the values that it may have.
    pub fn one_of<T: Copy>(
        &mut self,
        setting: &'static Setting,
        values: &[(&str, T)],
    ) -> Option<T> {
        self.parsed(setting, |text| {
            let known = values.iter().find(|(name, _)| *name == text);
            known.map(|(_, value)| *value).ok_or_else(|| {
                let names: Vec<_> = values.iter().map(|(name, _)| format!("`{name}`")).collect();
                (
                    "it is none of the words that are known".to_owned(),
                    format!("set it to {}", names.join(" or ")),
                )
            })
        })
    }

    /// The names of all settings that were asked for so far.
    pub fn asked(&self) -> &BTreeSet<&'static str> {
        &self.asked
    }

    /// Notes a fault. It names the file that the value comes from, if there is one.
    pub fn fault(
        &mut self,
        setting: &Setting,
        problem: impl Into<String>,
        cure: impl Into<String>,
    ) {
        let variable = setting.name;
        let problem = match self.vars.files.get(variable) {
            Some(path) => format!("{variable}_FILE, {path}: {}", problem.into()),
            None => problem.into(),
        };
        self.push(Fault {
            variable,
            problem,
            cure: cure.into(),
        });
    }

    /// A setting that several readers share is reported once.
    fn push(&mut self, fault: Fault) {
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    /// Notes what is wrong with a variable that is not a setting.
    pub(super) fn fault_of(&mut self, variable: &'static str, problem: &str, cure: &str) {
        self.push(Fault {
            variable,
            problem: problem.to_owned(),
            cure: cure.to_owned(),
        });
    }

    pub(super) fn vars(&self) -> &'a Vars {
        self.vars
    }

    /// `value`, if nothing was wrong; else every fault.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Faults> {
        match value {
            Some(value) if self.faults.is_empty() => Ok(value),
            _ => Err(Faults(self.faults)),
        }
    }
}

/// A time of at least a second, such as `15m`, `1h 30m` or `PT15M`.
pub(super) fn period(text: &str) -> Result<Duration, (String, String)> {
    let cure = "set it to a time of one second or more, such as 15m or 1h";
    let fault = |problem: String| (problem, cure.to_owned());
    let period: SignedDuration = text.parse().map_err(|_| fault("it is not a time".into()))?;
    let period = Duration::try_from(period).map_err(|_| fault("it is negative".into()))?;
    if period < Duration::from_secs(1) {
        return Err(fault("it is too short".into()));
    }
    Ok(period)
}
