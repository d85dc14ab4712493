//! Version and settings of a running bridge, for the comparison with those of a command.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use shared::config::{SETTINGS, Setting, Vars};
use shared::ledger::audit::sha256;

use crate::settings::origin::from;
use crate::version::VERSION;

/// Settings that are not compared: each process has its own, or they are equal because both use this control socket.
const OWN: [&str; 8] = [
    "ADMIN_LISTEN",
    "BRIDGE_CONFIG",
    "BRIDGE_DB",
    "BRIDGE_LISTEN",
    "BRIDGE_LOG",
    "BRIDGE_LOG_FORMAT",
    "BRIDGE_STACK",
    "OPENTRAIN_PERSONAL_API_TOKEN",
];

/// A setting whose value depends on the process's folder.
const PATH: &str = "BRIDGE_CONNECTIONS";

/// A process, by its version and its settings.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Running {
    /// Version and commit.
    pub(crate) version: String,
    /// By name.
    pub(crate) settings: BTreeMap<String, Held>,
}

/// The value of a setting. Its digest includes a nonce, so it is useless after the comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Held {
    digest: String,
    /// Where it comes from, as `bridge settings` shows it.
    pub(crate) from: String,
}

/// A setting with two values.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) name: String,
    /// Where the running bridge has it from.
    pub(crate) there: String,
    /// Where this command has it from.
    pub(crate) here: String,
}

impl Running {
    pub(crate) fn of(vars: &Vars, nonce: &str) -> Self {
        let compared = SETTINGS.iter().filter(|it| !OWN.contains(&it.name));
        let held = |it: &Setting| Held {
            digest: sha256(&format!("{nonce}\n{}\n{}", it.name, value(it, vars))),
            from: from(it, vars),
        };
        Self {
            version: VERSION.to_owned(),
            settings: compared.map(|it| (it.name.to_owned(), held(it))).collect(),
        }
    }

    /// The settings in which this running bridge differs from the command. Only settings that both versions know.
    pub(crate) fn differences(&self, command: &Self) -> Vec<Difference> {
        let both = self.settings.iter().filter_map(|(name, there)| {
            let here = command.settings.get(name)?;
            (there.digest != here.digest).then(|| Difference {
                name: name.clone(),
                there: there.from.clone(),
                here: here.from.clone(),
            })
        });
        both.collect()
    }
}

/// The value in force. A path is absolute.
fn value(setting: &Setting, vars: &Vars) -> String {
    let value = vars.get(setting.name).or(setting.default);
    let value = value.unwrap_or_default();
    match setting.name == PATH {
        true => absolute(Path::new(value)),
        false => value.to_owned(),
    }
}

fn absolute(path: &Path) -> String {
    let known = path.canonicalize().or_else(|_| std::path::absolute(path));
    let path = known.unwrap_or_else(|_| path.to_owned());
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use shared::config::Vars;

    use super::{Difference, Running};

    #[test]
    fn a_setting_differs_by_its_value_and_never_by_its_origin() {
        let vars = |url: &str, listen: &str| {
            Vars::default()
                .with("TOOL_BASE_URL", Some(url.to_owned()))
                .with("BRIDGE_LISTEN", Some(listen.to_owned()))
        };
        let of = |vars: &Vars| Running::of(vars, "n");
        let there = of(&vars("https://a.example", "127.0.0.1:1"));
        let same = of(&vars("https://a.example", "127.0.0.1:2"));
        assert_eq!(there.differences(&same), []);
        // The default value, set explicitly.
        let given = Vars::default().with("TOOL_ROLE", Some("annotator"));
        assert_eq!(of(&Vars::default()).differences(&of(&given)), []);
        let found = there.differences(&of(&Vars::default()));
        let (name, here) = ("TOOL_BASE_URL".to_owned(), "default".to_owned());
        let there = found[0].there.clone();
        assert_eq!(found, [Difference { name, there, here }]);
        let other = Running::of(&vars("https://a.example", ""), "m");
        assert_ne!(
            other.settings["TOOL_BASE_URL"],
            same.settings["TOOL_BASE_URL"]
        );
    }
}
