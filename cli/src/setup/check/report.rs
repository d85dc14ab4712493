//! `bridge check --report FILE`: the result for a support request, without names and secrets.
//!
//! Secrets are never in a finding. Names are: those of connections, of projects in the tool, and of hosts and folders.
//! Connections and hosts are numbered, so that a reader sees which lines are about the same one.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;
use shared::config::{Origin, SETTINGS, Vars};
use shared::model::ConnectionName;

use super::super::findings::{Finding, State};
use crate::targets::Target;
use crate::version::VERSION;

/// OpenTrain's own host, which is no customer's name.
const PUBLIC: &str = "app.opentrain.ai";

/// The text of the file.
pub(super) fn text(
    findings: &[Finding],
    names: &[ConnectionName],
    target: &Target,
    at: Timestamp,
) -> String {
    let mut masks = Masks::new(names);
    let place = match target.is_machine() {
        true => "a machine",
        false => "a stack",
    };
    let (os, cpu) = (std::env::consts::OS, std::env::consts::ARCH);
    let mut text = format!("bridge {VERSION}\ncheck of {place}, {os} {cpu}, at {at:.0}\n\n");
    for finding in findings {
        let state = match finding.state {
            State::Good => "good",
            State::Note => "look",
            State::Wrong => "wrong",
        };
        let says = masks.line(&finding.says, &finding.names);
        // Writing to a string never fails.
        let _written = writeln!(text, "{state} {}: {says}", finding.part);
        if let Some(cure) = &finding.cure {
            let cure = masks.line(cure, &finding.names);
            let _written = writeln!(text, "  fix: {cure}");
        }
    }
    text.push_str("\nsettings and where they come from:\n");
    for (name, from) in origins(target.vars()) {
        let _written = writeln!(text, "{name}: {from}");
    }
    text
}

/// The settings that are set, without values and paths.
fn origins(vars: &Vars) -> impl Iterator<Item = (&'static str, &'static str)> {
    SETTINGS.iter().filter_map(|setting| {
        let from = match vars.origin(setting.name)? {
            Origin::Flag => "flag",
            Origin::Environment => "environment",
            Origin::ValueFile(_) => "file of its own",
            Origin::File(_) => "settings file",
            Origin::Service => "service",
            Origin::Stack => "stack",
        };
        Some((setting.name, from))
    })
}

/// What is written in the place of names.
struct Masks {
    connections: Vec<(String, String)>,
    hosts: BTreeMap<String, usize>,
}

impl Masks {
    /// `default` is no customer's name.
    fn new(names: &[ConnectionName]) -> Self {
        let named = names.iter().filter(|it| **it != ConnectionName::default());
        let mut connections: Vec<_> = named
            .enumerate()
            .map(|(at, name)| (name.to_string(), format!("connection-{}", at + 1)))
            .collect();
        // A name may be the beginning of another one.
        connections.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        let hosts = BTreeMap::new();
        Self { connections, hosts }
    }

    /// One line without names.
    fn line(&mut self, text: &str, names: &[String]) -> String {
        let mut text = text.replace(['\n', '\r'], " ");
        for name in names.iter().filter(|it| !it.is_empty()) {
            text = text.replace(name.as_str(), "…");
        }
        for (name, number) in &self.connections {
            for (before, after) in [("`", "`"), ("/hooks/", ""), ("--connection ", "")] {
                let known = format!("{before}{name}{after}");
                text = text.replace(&known, &format!("{before}{number}{after}"));
            }
        }
        let text = without_answer(&text);
        let words = text.split(' ').map(|word| self.word(word));
        words.collect::<Vec<_>>().join(" ")
    }

    fn word(&mut self, word: &str) -> String {
        if let Some((scheme, rest)) = word.split_once("://") {
            let end = rest
                .find(['/', '?', '`', ',', ')', ';'])
                .unwrap_or(rest.len());
            let (host, rest) = rest.split_at(end);
            return format!("{scheme}://{}{rest}", self.host(host));
        }
        if word.contains('@') {
            return "…".to_owned();
        }
        let path = word.trim_start_matches(['`', '(']);
        match path.strip_prefix("./").or(path.strip_prefix('/')) {
            Some(path) if !path.starts_with("hooks/") => {
                format!("…/{}", path.rsplit('/').next().unwrap_or_default())
            }
            _ => word.to_owned(),
        }
    }

    fn host(&mut self, host: &str) -> String {
        let name = host.trim_end_matches([':', '.']);
        if name == PUBLIC {
            return host.to_owned();
        }
        let next = self.hosts.len() + 1;
        let number = self.hosts.entry(name.to_owned()).or_insert(next);
        format!("host-{number}{}", &host[name.len()..])
    }
}

/// The text before the answer of another system, which follows its status: `… (403): …`.
fn without_answer(text: &str) -> String {
    let is_status = |it: &str| it.len() == 3 && it.bytes().all(|byte| byte.is_ascii_digit());
    let mut parts = text.match_indices("): ");
    let found = parts.find(|(end, _)| {
        let status = text[..*end].rsplit_once('(').map(|(_, it)| it);
        status.is_some_and(|it| is_status(it.split(' ').next().unwrap_or_default()))
    });
    match found {
        Some((end, _)) => format!("{}): …", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use shared::model::ConnectionName;

    use super::Masks;

    fn masked(text: &str) -> String {
        let names = ["default", "acme", "acme-labels"];
        let names = names.map(|it| ConnectionName::parse(it).unwrap());
        Masks::new(&names).line(text, &["Street scenes".to_owned()])
    }

    #[test]
    fn names_are_numbered_or_left_out() {
        for (text, expected) in [
            (
                "connection `acme`: whe_1",
                "connection `connection-1`: whe_1",
            ),
            (
                "run it --connection acme-labels",
                "run it --connection connection-2",
            ),
            ("`default`, its token", "`default`, its token"),
            ("project `7` (Street scenes): good", "project `7` (…): good"),
            (
                "whe_1 delivers to https://acme.example/hooks/acme: x",
                "whe_1 delivers to https://host-1/hooks/connection-1: x",
            ),
            (
                "https://a.example: no, http://b.example:80, https://a.example",
                "https://host-1: no, http://host-2, https://host-1",
            ),
            (
                "at https://app.opentrain.ai/x",
                "at https://app.opentrain.ai/x",
            ),
            ("token of maria@acme.example here", "token of … here"),
            ("read /home/maria/bridge.toml now", "read …/bridge.toml now"),
            ("from ./acme/connections.json", "from …/connections.json"),
            (
                "the tool refuses the request (403): Maria may not",
                "the tool refuses the request (403): …",
            ),
            ("it (403 Forbidden): Maria", "it (403 Forbidden): …"),
            ("a line (here): stays", "a line (here): stays"),
            ("two\nlines", "two lines"),
        ] {
            assert_eq!(masked(text), expected);
        }
    }
}
