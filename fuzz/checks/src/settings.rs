//! Settings files, as `bridge.toml` and as lines `NAME=value`.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use bridge::settings::args::SourceArgs;
use shared::app::ServiceSettings;
use shared::config::{
    JobSettings, Reader, SETTINGS, Schedule, Vars, admin_listen, listen, log_filter, log_format,
    policy,
};

thread_local! {
    /// In memory where the machine has such a folder.
    static FOLDER: tempfile::TempDir = tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .expect("a folder");
}

/// Values of secrets in the inputs: no message quotes them.
const CANARY: &str = "canary";

/// The first byte chooses the form, the rest is the file. The product reads the same values as a second, plain
/// implementation. Each setting is in its range or a fault, and no fault quotes a secret.
pub(crate) fn settings(input: &[u8]) -> bool {
    let Some((form, text)) = input.split_first() else {
        return false;
    };
    let is_toml = form % 2 == 1;
    let path = FOLDER.with(|folder| folder.path().join("file"));
    fs::write(&path, text).expect("the file is written");
    fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("the file's mode is set");
    let text = String::from_utf8_lossy(text);
    let plain = match is_toml {
        true => toml(&text),
        false => lines(&text),
    };
    match bridge::settings::read(&args(path, is_toml)) {
        Ok(vars) => {
            let plain = plain.expect("the file is one by the plain reader");
            for setting in SETTINGS {
                let own = plain.get(setting.name).map(|it| it.trim());
                // `NAME_FILE` may name another file with the value, and the environment takes precedence.
                if vars.get(&format!("{}_FILE", setting.name)).is_none() {
                    assert_eq!(
                        vars.get(setting.name),
                        own.filter(|it| !it.is_empty()),
                        "{}",
                        setting.name
                    );
                }
            }
            in_range(&vars);
            true
        }
        Err(error) => {
            let told = format!("{error:?} {error}");
            let names = plain.map(|it| it.into_keys().collect::<String>().to_lowercase());
            let is_name = names.is_some_and(|it| it.contains(CANARY));
            assert!(is_name || !told.to_lowercase().contains(CANARY), "{told}");
            false
        }
    }
}

fn args(path: PathBuf, is_toml: bool) -> SourceArgs {
    let nothing = PathBuf::from("/dev/null");
    match is_toml {
        true => SourceArgs {
            config: Some(path),
            env_file: None,
        },
        false => SourceArgs {
            config: Some(nothing),
            env_file: Some(path),
        },
    }
}

/// Lines `NAME=value`, read without the product.
fn lines(text: &str) -> Option<BTreeMap<String, String>> {
    let mut all = BTreeMap::new();
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, value) = line.split_once('=')?;
        let name = name.strip_prefix("export ").unwrap_or(name).trim();
        let value = value.trim();
        let value = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => {
                let inner = value.strip_prefix(quote)?.strip_suffix(quote)?;
                (!inner.contains(quote)).then_some(inner)?
            }
            _ => value,
        };
        all.insert(name.to_owned(), value.to_owned());
    }
    Some(all)
}

/// The texts and numbers of a TOML file. The library is the same, the conversion is not.
fn toml(text: &str) -> Option<BTreeMap<String, String>> {
    let table: toml::Table = text.parse().ok()?;
    let value = |it: &toml::Value| match it {
        toml::Value::Boolean(true) => "1".to_owned(),
        toml::Value::Boolean(false) => "0".to_owned(),
        toml::Value::Array(list) => {
            let texts: Vec<_> = list.iter().filter_map(|it| it.as_str()).collect();
            texts.join(",")
        }
        toml::Value::String(text) => text.clone(),
        toml::Value::Float(number) => number.to_string(),
        number => number.to_string(),
    };
    let all = table
        .iter()
        .map(|(name, it)| (name.to_uppercase(), value(it)));
    Some(all.collect())
}

fn in_range(vars: &Vars) {
    let mut reader = Reader::new(vars);
    let _tool_mail_and_notices = ServiceSettings::read(&mut reader, tools::settings);
    let _addresses = (listen(&mut reader), admin_listen(&mut reader));
    let _log = (log_filter(&mut reader), log_format(&mut reader));
    if let Some(it) = policy(&mut reader) {
        assert!((30..=3650).contains(&it.audit_days));
        assert!(it.confirm_after >= Duration::from_secs(1));
    }
    if let Some(it) = JobSettings::read(&mut reader) {
        assert!(it.usage.look_back_days <= 30 && it.guard.percent <= 100);
    }
    if let Some(it) = Schedule::read(&mut reader) {
        let periods = [it.reconcile_every, it.usage_every];
        assert!(
            periods
                .into_iter()
                .flatten()
                .all(|it| it >= Duration::from_secs(1))
        );
    }
    let faults = reader
        .finish(Some(()))
        .err()
        .map_or_else(String::new, |it| format!("{it} {it:?}"));
    for setting in SETTINGS.iter().filter(|it| it.is_secret()) {
        let value = vars.get(setting.name).unwrap_or_default();
        // A short value may occur in our own text.
        assert!(value.len() < 16 || !faults.contains(value), "{faults}");
    }
}
