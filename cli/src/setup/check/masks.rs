//! Replaces names in a file for a support request.

mod paths;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use shared::config::Vars;
use shared::config::setting::{BRIDGE_STACK, OPENTRAIN_BASE_URL, TOOL_ORG};
use shared::connection::Index;
use shared::model::ConnectionName;

use self::paths::{paths, without_path};

/// Numbers the same name in the same way in all lines.
pub(super) struct Masks {
    connections: BTreeMap<String, usize>,
    /// The stored connections, including those that can't be read.
    index: Index,
    hosts: BTreeMap<String, usize>,
    /// With their replacement, the longest first.
    paths: Vec<(String, String)>,
    /// Words of settings that may be a customer's name.
    words: Vec<String>,
}

impl Masks {
    /// `names` and `index` have the connections; the files and folders are those of the settings.
    pub(super) fn new(names: &[ConnectionName], index: Index, vars: &Vars) -> Self {
        let mut connections = BTreeMap::new();
        for name in names.iter().filter(|it| **it != ConnectionName::default()) {
            let next = connections.len() + 1;
            connections.entry(name.to_string()).or_insert(next);
        }
        let words = [&TOOL_ORG, &BRIDGE_STACK].into_iter();
        let words = words.filter_map(|it| vars.get(it.name));
        Self {
            connections,
            index,
            hosts: BTreeMap::new(),
            paths: paths(vars),
            words: words.map(str::to_owned).collect(),
        }
    }

    /// One line without names. `names` are further names in its text.
    pub(super) fn line(&mut self, text: &str, names: &[String]) -> String {
        let mut text = text.replace(['\n', '\r'], " ");
        let mut names: Vec<_> = names.iter().filter(|it| !it.is_empty()).collect();
        // A name may be the beginning of another one.
        names.sort_by_key(|it| Reverse(it.len()));
        for name in names {
            text = text.replace(&name.replace(['\n', '\r'], " "), "…");
        }
        for (path, shown) in &self.paths {
            text = without_path(&text, path, shown);
        }
        let text = without_message(&without_answer(&text));
        let words = text.split(' ').map(|word| self.word(word));
        let text = words.collect::<Vec<_>>().join(" ");
        self.numbered(&text)
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

    /// OpenTrain's own host is no customer's name.
    fn host(&mut self, host: &str) -> String {
        let name = host.trim_end_matches([':', '.']);
        let public = OPENTRAIN_BASE_URL.default.unwrap_or_default();
        if public.split_once("://").is_some_and(|(_, it)| it == name) {
            return host.to_owned();
        }
        let next = self.hosts.len() + 1;
        let number = self.hosts.entry(name.to_owned()).or_insert(next);
        format!("host-{number}{}", &host[name.len()..])
    }

    /// Numbers the connections: each word that is the name of one, and each word after `/hooks/`, which may be the name
    /// of a deleted connection.
    fn numbered(&mut self, text: &str) -> String {
        let (mut shown, mut rest) = (String::new(), text);
        while !rest.is_empty() {
            let is_hook = shown.ends_with('/') && shown.trim_end_matches('/').ends_with("/hooks");
            let is_end = |it: char| match is_hook {
                true => it.is_whitespace() || "/?#`\"',;:()…".contains(it),
                false => !it.is_alphanumeric() && it != '-' && it != '_',
            };
            let word = &rest[..rest.find(is_end).unwrap_or(rest.len())];
            let word = word.trim_end_matches('.');
            let after = match word.is_empty() {
                true => rest.chars().next().map_or(rest.len(), char::len_utf8),
                false => word.len(),
            };
            match word.is_empty() {
                true => shown.push_str(&rest[..after]),
                false => shown.push_str(&self.connection(word, is_hook)),
            }
            rest = &rest[after..];
        }
        shown
    }

    /// A word, or its number if it is a connection. `default` is no customer's name.
    fn connection(&mut self, word: &str, is_hook: bool) -> String {
        let name = word.to_ascii_lowercase();
        if name == ConnectionName::default().as_str() {
            return word.to_owned();
        }
        if self.words.iter().any(|it| it == word) {
            return "…".to_owned();
        }
        let is_stored = |it: ConnectionName| self.index.version(&it).is_some();
        let is_known = self.connections.contains_key(&name)
            || ConnectionName::parse(&name).is_ok_and(is_stored);
        if !is_known && !is_hook {
            return word.to_owned();
        }
        let next = self.connections.len() + 1;
        let number = self.connections.entry(name).or_insert(next);
        format!("connection-{number}")
    }
}

/// The text with `…` in the place of OpenTrain's message, which follows the request and precedes the request's id:
/// `OpenTrain answered 403 FORBIDDEN to GET /install: … (requestId r1). …`. Without an id, the rest is cut.
fn without_message(text: &str) -> String {
    const BEGIN: &str = "OpenTrain answered ";
    let Some(begun) = text.find(BEGIN) else {
        return text.to_owned();
    };
    let (before, answer) = text.split_at(begun);
    let end_of_request = [": ", " (", ". "].iter().filter_map(|it| answer.find(it));
    let Some(at) = end_of_request
        .min()
        .filter(|at| answer[*at..].starts_with(": "))
    else {
        return text.to_owned();
    };
    let (request, message) = answer.split_at(at);
    let after = message
        .rfind(" (requestId ")
        .map_or("", |it| &message[it..]);
    format!("{before}{request}: …{after}")
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
    use shared::config::Vars;
    use shared::connection::Index;
    use shared::model::ConnectionName;

    use super::Masks;

    fn masked(text: &str) -> String {
        let names = ["default", "acme", "acme-labels"];
        let connections = names.map(|it| ConnectionName::parse(it).unwrap());
        // One that can't be read.
        let mut index = Index::default();
        index.set(&ConnectionName::parse("hidden").unwrap(), 1);
        let vars = [
            ("BRIDGE_DB", "/srv/Acme Corp/bridge.db"),
            ("BRIDGE_CONNECTIONS", "customers/acme/connections.json"),
            ("TOOL_ORG", "globex"),
        ];
        let vars = vars
            .into_iter()
            .fold(Vars::default(), |vars, (name, value)| {
                vars.with(name, Some(value.to_owned()))
            });
        let names = ["Street".to_owned(), "Street scenes".to_owned()];
        Masks::new(&connections, index, &vars).line(text, &names)
    }

    #[test]
    fn the_words_of_other_systems_are_left_out() {
        for (text, expected) in [
            (
                "the tool refuses the request (403): Maria may not",
                "the tool refuses the request (403): …",
            ),
            ("it (403 Forbidden): Maria", "it (403 Forbidden): …"),
            ("a line (here): stays", "a line (here): stays"),
            (
                "OpenTrain answered 403 FORBIDDEN to GET /api/links: Maria may not (requestId r1). Wait: 3 s",
                "OpenTrain answered 403 FORBIDDEN to GET …/links: … (requestId r1). Wait: 3 s",
            ),
            (
                "links: OpenTrain answered 500 to GET /api/links: Maria. Wait",
                "links: OpenTrain answered 500 to GET …/links: …",
            ),
            (
                "OpenTrain answered 403 to GET /api/links (requestId r1). Do: this",
                "OpenTrain answered 403 to GET …/links (requestId r1). Do: this",
            ),
        ] {
            assert_eq!(masked(text), expected);
        }
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
            ("two\nlines", "two lines"),
            (
                "Unknown connection gone. Known: default, acme, acme-labels.",
                "Unknown connection gone. Known: default, connection-1, connection-2.",
            ),
            ("of hidden, and hiddens", "of connection-3, and hiddens"),
            (
                "https://a.example/hooks/gone, /hooks/Gone: /x//hooks//acme.",
                "https://host-1/hooks/connection-3, /hooks/connection-3: …/connection-1.",
            ),
            (
                "https://a.example//hooks//acme POST /hooks/… or /hooks/default",
                "https://host-1//hooks//connection-1 POST /hooks/… or /hooks/default",
            ),
            (
                "can't use /srv/Acme Corp/bridge.db-wal of /srv/Acme Corp, /srv/Acme Corps",
                "can't use …/bridge.db-wal of …, …/connection-1 Corps",
            ),
            (
                "customers/acme/connections.json is gone",
                "…/connections.json is gone",
            ),
            ("the organisation globex", "the organisation …"),
        ] {
            assert_eq!(masked(text), expected);
        }
    }
}
