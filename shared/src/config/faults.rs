//! All faults of the settings together.

use std::fmt;

/// One setting that is missing or wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The variable.
    pub variable: &'static str,
    /// The fault. Never contains the value, which may be a secret.
    pub problem: String,
    /// The fix.
    pub cure: String,
}

/// All settings that are missing or wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Faults(pub Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => write!(f, "one setting is wrong:")?,
            n => write!(f, "{n} settings are wrong:")?,
        }
        for fault in &self.0 {
            write!(
                f,
                "\n  {}: {}\n      {}",
                fault.variable, fault.problem, fault.cure
            )?;
        }
        Ok(())
    }
}
