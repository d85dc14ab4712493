//! Dead letters as operators see them: grouped by cause, and without personal data.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

/// Members whose texts are ids, types, states or times. All other texts are masked.
const PLAIN: [&str; 34] = [
    "apiVersion",
    "at",
    "connection",
    "contract",
    "contractId",
    "contracts",
    "createdAt",
    "delivery",
    "due",
    "endDate",
    "externalProjectId",
    "first",
    "id",
    "install",
    "jobId",
    "kind",
    "lastUsageAt",
    "last",
    "link",
    "opentrainUserId",
    "organization",
    "paymentType",
    "project",
    "provisioningMode",
    "receivedAt",
    "resourceId",
    "sha256",
    "since",
    "startDate",
    "state",
    "statement",
    "status",
    "trainer",
    "type",
];

/// Text of a masked value.
const MASK: &str = "…";

/// A dead letter.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DeadLetter {
    /// The queue's id of the message.
    pub message_id: String,
    /// The group, as it was sent.
    pub group: String,
    /// Time at which it became a dead letter.
    pub at: Timestamp,
    /// Receive count at that time.
    pub receive_count: u32,
    /// Why it became a dead letter.
    pub reason: String,
    /// The text of the message.
    #[serde(skip)]
    pub body: DeadBody,
}

/// The text of a dead letter. It may contain names and e-mail addresses, so `Debug` does not show it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct DeadBody(String);

impl fmt::Debug for DeadBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeadBody({} bytes)", self.0.len())
    }
}

impl From<String> for DeadBody {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl DeadBody {
    /// The whole text, to be sent again.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The message with its ids, types, states, times and numbers. All other texts are masked. `None` if it is not JSON.
    pub fn masked(&self) -> Option<Value> {
        let mut value = serde_json::from_str(&self.0).ok()?;
        mask(&mut value, "");
        Some(value)
    }

    /// Kind of the message: the event's type, the operator's statement, or the message's own kind.
    pub fn kind(&self) -> String {
        let value: Value = serde_json::from_str(&self.0).unwrap_or_default();
        let named = [&value["event"]["type"], &value["statement"], &value["kind"]];
        let named = named.into_iter().find_map(Value::as_str);
        named.unwrap_or("unreadable").to_owned()
    }
}

fn mask(value: &mut Value, name: &str) {
    match value {
        Value::String(text) if !PLAIN.contains(&name) || text.contains('@') => {
            MASK.clone_into(text);
        }
        Value::Array(elements) => elements.iter_mut().for_each(|it| mask(it, name)),
        Value::Object(members) => mask_members(members),
        _ => {}
    }
}

fn mask_members(members: &mut Map<String, Value>) {
    for (name, value) in members {
        mask(value, name);
    }
}

/// Dead letters with the same cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Cause {
    /// Kind of the messages.
    pub kind: String,
    /// The reason, with `…` for ids.
    pub reason: String,
    pub count: usize,
    /// Time of the oldest dead letter.
    pub oldest: Timestamp,
    /// Time of the newest dead letter.
    pub newest: Timestamp,
    /// Ids of the dead letters, oldest first.
    pub ids: Vec<String>,
}

/// Groups dead letters by kind and reason, the largest group first.
pub fn causes(letters: &[DeadLetter]) -> Vec<Cause> {
    let mut groups: BTreeMap<(String, String), Vec<&DeadLetter>> = BTreeMap::new();
    for letter in letters {
        let key = (letter.body.kind(), without_ids(&letter.reason));
        groups.entry(key).or_default().push(letter);
    }
    let groups = groups.into_iter().filter_map(|((kind, reason), letters)| {
        let times = letters.iter().map(|it| it.at);
        Some(Cause {
            kind,
            reason,
            count: letters.len(),
            oldest: times.clone().min()?,
            newest: times.max()?,
            ids: letters.iter().map(|it| it.message_id.clone()).collect(),
        })
    });
    let mut causes: Vec<_> = groups.collect();
    causes.sort_by_key(|it| std::cmp::Reverse(it.count));
    causes
}

/// The reason with `…` for words that contain a digit and `_` or `-`, such as ids of contracts and requests.
pub fn without_ids(reason: &str) -> String {
    let word = |word: &str| {
        let is_id = word.contains(|it: char| it.is_ascii_digit()) && word.contains(['_', '-']);
        if is_id {
            MASK.to_owned()
        } else {
            word.to_owned()
        }
    };
    let words: Vec<_> = reason.split(' ').map(word).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(id: &str, reason: &str, body: &str) -> DeadLetter {
        DeadLetter {
            message_id: id.to_owned(),
            group: "trainer:usr_maria".to_owned(),
            at: Timestamp::UNIX_EPOCH,
            receive_count: 1,
            reason: reason.to_owned(),
            body: body.to_owned().into(),
        }
    }

    #[test]
    fn names_and_addresses_are_masked() {
        let sample = include_str!("../../../events/webhook/contract.started.json");
        let body = format!(r#"{{"v":1,"kind":"event","connection":"default","event":{sample}}}"#);
        let body = DeadBody::from(body);
        let masked = body.masked().unwrap().to_string();
        for private in [
            "Maria",
            "maria.s",
            "opentrain.work",
            "\"PT\"",
            "https",
            "Street",
        ] {
            assert!(!masked.contains(private), "{private}: {masked}");
        }
        for plain in [
            "ctr_81",
            "usr_maria",
            "plink_street",
            "contract.started",
            "default",
        ] {
            assert!(masked.contains(plain), "{plain}: {masked}");
        }
        assert_eq!(body.kind(), "contract.started");
        assert!(!format!("{body:?}").contains("maria"));
        assert_eq!(DeadBody::from("maria@x".to_owned()).masked(), None);
        let hidden = DeadBody::from(r#"{"trainer":"maria@x.example"}"#.to_owned());
        assert_eq!(hidden.masked().unwrap()["trainer"], MASK);
    }

    #[test]
    fn ids_do_not_separate_causes() {
        let stated = r#"{"v":2,"kind":"stated","statement":"end"}"#;
        let letters = [
            letter("1", "503 (request req_7)", stated),
            letter("2", "503 (request req_8)", stated),
            letter("3", "version 9, not 2", "{"),
        ];
        let causes = causes(&letters);
        assert_eq!(causes.len(), 2);
        assert_eq!((causes[0].kind.as_str(), causes[0].count), ("end", 2));
        assert_eq!(causes[0].ids, ["1", "2"]);
        assert_eq!(causes[1].kind, "unreadable");
    }
}
