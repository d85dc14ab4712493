//! Files and folders in a text.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::{Path, absolute};

use shared::config::{Origin, SETTINGS, Vars};

/// The files of the settings, and the folders that they are in.
pub(super) fn paths(vars: &Vars) -> Vec<(String, String)> {
    let own = SETTINGS.iter().filter(|it| !it.is_secret());
    let values = own.filter_map(|it| vars.get(it.name).or(it.default));
    let values = values.map(str::to_owned);
    let origins = SETTINGS
        .iter()
        .filter_map(|it| match vars.origin(it.name)? {
            Origin::File(path) | Origin::ValueFile(path) => Some(path),
            _ => None,
        });
    let is_path = |it: &String| it.contains('/') && !it.contains("://") && !it.contains('\n');
    let mut found = BTreeMap::new();
    for path in values.filter(is_path).chain(origins) {
        add(&mut found, Path::new(&path));
    }
    // The folder of files that are named without a folder.
    if let Ok(folder) = absolute(".") {
        found.insert(folder.display().to_string(), "…".to_owned());
    }
    found.remove("/");
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_by_key(|(path, _)| Reverse(path.len()));
    found
}

fn add(found: &mut BTreeMap<String, String>, path: &Path) {
    let Some(name) = path.file_name() else {
        return;
    };
    let shown = format!("…/{}", name.display());
    if path.parent().is_some_and(|it| it != Path::new("")) {
        found.insert(path.display().to_string(), shown.clone());
    }
    for whole in [absolute(path), path.canonicalize()].into_iter().flatten() {
        found.insert(whole.display().to_string(), shown.clone());
        if let Some(folder) = whole.parent() {
            let folder = folder.display().to_string();
            found.entry(folder).or_insert_with(|| "…".to_owned());
        }
    }
}

/// The text with `shown` in the place of `path`, but not of a longer path.
pub(super) fn without_path(text: &str, path: &str, shown: &str) -> String {
    let is_inside = |it: char| it.is_alphanumeric() || it == '_';
    let (mut done, mut rest) = (String::new(), text);
    while let Some(at) = rest.find(path) {
        let (before, after) = (&rest[..at], &rest[at + path.len()..]);
        let is_begun = before.chars().next_back().is_some_and(is_inside);
        let is_whole = !is_begun && !after.starts_with(is_inside);
        done.push_str(before);
        done.push_str(if is_whole { shown } else { path });
        rest = after;
    }
    done + rest
}
