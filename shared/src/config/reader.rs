//! Reads settings one by one, and collects their faults.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::SignedDuration;

use super::{Fault, Faults, Setting, Vars};

/// Reads settings one by one, and collects their faults.
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
        if let Some(fault) = self.vars.fault_of(setting) {
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

    /// The setting's text, parsed. `parse` returns the problem and the fix, which must not quote a secret.
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

    /// An optional setting. The outer `None` is a fault; the inner `None` means that it is not set.
    pub fn optional<T>(
        &mut self,
        setting: &'static Setting,
        parse: impl FnOnce(&str) -> Result<T, (String, String)>,
    ) -> Option<Option<T>> {
        self.asked.insert(setting.name);
        let is_given =
            self.vars.get(setting.name).is_some() || self.vars.fault_of(setting).is_some();
        match is_given {
            true => self.parsed(setting, parse).map(Some),
            false => Some(None),
        }
    }

    /// The setting, whose text has to be one of `values`.
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
                    "it is not one of the known values".to_owned(),
                    format!("set it to {}", names.join(" or ")),
                )
            })
        })
    }

    /// The names of all settings that were read so far.
    pub fn asked(&self) -> &BTreeSet<&'static str> {
        &self.asked
    }

    /// Records a fault, with the file of the value if there is one.
    pub fn fault(
        &mut self,
        setting: &Setting,
        problem: impl Into<String>,
        cure: impl Into<String>,
    ) {
        let variable = setting.name;
        let problem = match self.vars.file_of(setting) {
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

    /// Records a fault of a variable that is not a setting.
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

    /// Returns `value` if there is no fault, and all faults otherwise.
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
