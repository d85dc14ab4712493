//! `bridge settings`: each value and where it comes from.

use schemars::JsonSchema;
use serde::Serialize;
use shared::config::{Faults, SETTINGS, Setting, Vars};

use super::ServeSettings;
use super::args::SettingsArgs;
use super::origin::from;
use crate::exit::CliError;
use crate::paint::{DIM, WAITS, paint};
use crate::screen::{cell, json, own, table};
use crate::targets::Target;

/// The result of `bridge settings`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shown {
    settings: Vec<Row>,
    /// Variables that look like settings and are none.
    unknown: Vec<String>,
    /// What is wrong, if `bridge serve` would refuse the settings.
    faults: Vec<Wrong>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Row {
    name: &'static str,
    /// None for a secret.
    value: Option<String>,
    is_set: bool,
    is_secret: bool,
    /// `flag`, `environment`, a file's path, `service`, `stack` or `default`.
    from: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Wrong {
    name: &'static str,
    problem: String,
    fix: String,
}

/// Shows the settings. Fails if `bridge serve` would refuse them.
///
/// # Errors
/// A setting is wrong, or the stack can't be read.
pub async fn run(args: &SettingsArgs, vars: &Vars) -> Result<(), CliError> {
    let target = Target::of(&args.target.over(vars)).await?;
    let vars = target.vars();
    let faults = match target.is_machine() {
        true => ServeSettings::read(vars).err(),
        false => None,
    };
    let is_shown = |it: &&&Setting| args.all || vars.get(it.name).is_some();
    let shown = Shown {
        settings: SETTINGS
            .iter()
            .filter(is_shown)
            .map(|it| row(it, vars))
            .collect(),
        unknown: vars.unknown().map(str::to_owned).collect(),
        faults: faults.iter().flat_map(wrong).collect(),
    };
    match args.json {
        true => json(&shown)?,
        false => print(&shown),
    }
    faults.map_or(Ok(()), |faults| Err(faults.into()))
}

fn row(setting: &'static Setting, vars: &Vars) -> Row {
    let is_secret = setting.is_secret();
    let value = vars.get(setting.name).or(setting.default);
    Row {
        name: setting.name,
        value: value
            .filter(|_| !is_secret)
            .map(|value| without_password(setting, value)),
        is_set: vars.origin(setting.name).is_some(),
        is_secret,
        from: from(setting, vars),
    }
}

/// Settings that contain an e-mail address.
const WITH_EMAIL: [&str; 2] = ["SMTP_FROM", "TOOL_ADMIN_EMAIL"];

/// A value without everything before its last `@`, which may be a name and a password. A password may have a `/` or a
/// `?`, and the address may lack its scheme.
fn without_password(setting: &Setting, value: &str) -> String {
    match value.rfind('@') {
        Some(at) if !WITH_EMAIL.contains(&setting.name) => format!("…{}", &value[at..]),
        _ => value.to_owned(),
    }
}

fn wrong(faults: &Faults) -> impl Iterator<Item = Wrong> {
    faults.0.iter().map(|fault| Wrong {
        name: fault.variable,
        problem: fault.problem.clone(),
        fix: fault.cure.clone(),
    })
}

fn print(shown: &Shown) {
    let mut rows = table(["setting", "value", "from"]);
    for row in &shown.settings {
        let value = match (&row.value, row.is_set) {
            (Some(value), _) if !value.is_empty() => cell(value.lines().next().unwrap_or_default()),
            (None, true) if row.is_secret => own(paint(DIM, "set, not shown")),
            _ => own(paint(DIM, "–")),
        };
        rows.add_row([cell(row.name), value, cell(&row.from)]);
    }
    match shown.settings.is_empty() {
        true => anstream::println!("No setting is set. `bridge init` asks for what is needed."),
        false => anstream::println!("{rows}"),
    }
    for name in &shown.unknown {
        anstream::println!(
            "{} {name} is not a setting of the bridge",
            paint(WAITS, "ignored:")
        );
    }
}

#[cfg(test)]
mod tests {
    use shared::config::SETTINGS;

    use super::without_password;

    #[test]
    fn no_value_shows_a_password() {
        for (name, value, shown) in [
            ("TOOL_BASE_URL", "https://host/a", "https://host/a"),
            ("TOOL_BASE_URL", "https://u:pass@host/a", "…@host/a"),
            ("TOOL_BASE_URL", "https://u:pa/ss@host", "…@host"),
            ("TOOL_BASE_URL", "https://u:pa@ss@host:1", "…@host:1"),
            ("TOOL_BASE_URL", "https://u:pa?s#s@host", "…@host"),
            ("TOOL_BASE_URL", "u:pass@host", "…@host"),
            ("SMTP_FROM", "Us <us@host>", "Us <us@host>"),
        ] {
            let setting = SETTINGS.iter().find(|it| it.name == name).unwrap();
            assert_eq!(without_password(setting, value), shown);
        }
    }
}
