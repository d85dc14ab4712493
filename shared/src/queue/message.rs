//! Messages from intake to the provisioner.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{DeduplicationId, GroupId, Outgoing, Statement};
use crate::model::ConnectionName;
use crate::model::chance;
use crate::model::event::Event;
use crate::model::ids::{DeliveryId, LinkId, TrainerId};

/// The newest version of the form that messages are written in. A reader puts a message of a newer version back for a
/// while, because a deployment may be under way. Then the message waits among the dead letters for a reader that can
/// read it. Each message has the version that introduced its kind.
const VERSION: u32 = 2;

/// One piece of work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Message {
    /// A fact from OpenTrain: merge it, then converge the trainers whom it concerns.
    Event(EventMessage),
    /// A delivery that was signed but not understood: record it.
    Unreadable(Unreadable),
    /// Make the tool match the ledger for one trainer.
    Converge {
        /// The trainer.
        trainer: TrainerId,
        /// Also check whether invitations were accepted, or are gone.
        #[serde(default)]
        recheck: bool,
        /// Names the work that a wake-up is for ([`Due::token`](crate::ledger::Due)). The wake-up is dropped if the
        /// trainer's document has another token.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wake_up: Option<u32>,
    },
    /// An operator's statement: record it, then converge the trainers whom it concerns.
    Stated(Statement),
}

/// An event and its delivery.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EventMessage {
    /// The install that it came from.
    pub connection: ConnectionName,
    /// The delivery's id, if the request had the header.
    pub delivery: Option<DeliveryId>,
    /// When intake accepted it.
    pub received_at: Timestamp,
    /// Set while the event waits for OpenTrain's API in the retry queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handed_on: Option<HandedOn>,
    /// The event.
    pub event: Event,
}

/// An event that could not be merged, and is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HandedOn {
    /// When it first failed.
    pub since: Timestamp,
    /// How often it has failed.
    pub tries: u32,
}

/// A delivery that was signed but not understood. Its body is not kept: OpenTrain still has it, and
/// sends it again on request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Unreadable {
    /// The install that it came from.
    pub connection: ConnectionName,
    /// The delivery's id, if the request had the header.
    pub delivery: Option<DeliveryId>,
    /// When intake accepted it.
    pub received_at: Timestamp,
    /// The reason, without content of the body.
    pub reason: String,
    /// SHA-256 of the body, in hex.
    pub sha256: String,
}

#[derive(Serialize, Deserialize)]
struct Envelope<T> {
    v: u32,
    #[serde(flatten)]
    message: T,
}

/// A message that this version of the bridge can't read.
#[derive(Debug, thiserror::Error)]
#[error("the message can't be read by this version of the bridge ({reason})")]
pub struct Undecodable {
    reason: String,
    newer: bool,
}

impl Undecodable {
    /// A message that was written in another version of the form.
    pub(super) fn of_version(found: u32, own: u32) -> Self {
        Self {
            reason: format!("version {found}, not {own}"),
            newer: found > own,
        }
    }

    /// Whether a newer version wrote it.
    pub fn is_newer(&self) -> bool {
        self.newer
    }
}

impl Message {
    fn version(&self) -> u32 {
        match self {
            Self::Event(_) | Self::Unreadable(_) | Self::Converge { .. } => 1,
            Self::Stated(_) => 2,
        }
    }

    /// The group: the trainer; where there is none, the link, the budget event or the install.
    pub fn group(&self) -> GroupId {
        match self {
            Self::Converge { trainer, .. } => GroupId::new("trainer", trainer.as_str()),
            Self::Unreadable(it) => GroupId::new("install", it.connection.as_str()),
            Self::Stated(statement) => statement.group(),
            Self::Event(EventMessage {
                connection, event, ..
            }) => {
                let link = event.link().map(|link| GroupId::new("link", link.as_str()));
                let trainer = event
                    .trainer()
                    .map(|it| GroupId::new("trainer", it.as_str()));
                let trainer = trainer.filter(|_| event.is_contract());
                // Budget events may be processed in any order, and a notice that can't be shown delays only its own
                // event.
                let budget = event
                    .is_budget()
                    .then(|| GroupId::new("budget", event.id.as_str()));
                trainer
                    .or(link)
                    .or(budget)
                    .unwrap_or_else(|| GroupId::new("install", connection.as_str()))
            }
        }
    }

    fn deduplication(&self) -> DeduplicationId {
        match self {
            // An event in the retry queue must not count as a repeat of itself.
            Self::Event(EventMessage {
                handed_on: Some(_), ..
            }) => DeduplicationId::of(&["handed-on", &chance::unique()]),
            Self::Event(EventMessage {
                connection, event, ..
            }) => {
                let link = event.link();
                let link = link.as_ref().map_or("", LinkId::as_str);
                // Another install may use the same id.
                let at = event.created_at.map_or(0, Timestamp::as_millisecond);
                let (id, at) = (event.id.as_str(), at.to_string());
                DeduplicationId::of(&["event", connection.as_str(), id, link, &at])
            }
            Self::Unreadable(it) => {
                let delivery = it.delivery.as_ref().map_or("", DeliveryId::as_str);
                DeduplicationId::of(&["unreadable", it.connection.as_str(), delivery, &it.sha256])
            }
            // Neither may be dropped because a similar message was sent within five minutes.
            Self::Converge { .. } | Self::Stated(_) => {
                DeduplicationId::of(&["converge", &chance::unique()])
            }
        }
    }

    /// Encodes the message for sending.
    pub fn encode(&self) -> Outgoing {
        #[allow(
            clippy::expect_used,
            reason = "JSON values and derived types always serialise"
        )]
        let body = serde_json::to_string(&Envelope {
            v: self.version(),
            message: self,
        })
        .expect("a message serialises");
        Outgoing {
            body: escape_noncharacters(body),
            group: self.group(),
            deduplication: self.deduplication(),
        }
    }

    /// Reads a message back.
    pub fn decode(body: &str) -> Result<Self, Undecodable> {
        #[derive(Deserialize)]
        struct Version {
            v: u32,
        }
        let version: Version = serde_json::from_str(body).map_err(Undecodable::from)?;
        if !(1..=VERSION).contains(&version.v) {
            return Err(Undecodable::of_version(version.v, VERSION));
        }
        let envelope: Envelope<Self> = serde_json::from_str(body).map_err(Undecodable::from)?;
        Ok(envelope.message)
    }
}

impl From<serde_json::Error> for Undecodable {
    /// Keeps the position of the error and leaves out the text there.
    fn from(error: serde_json::Error) -> Self {
        let kind = match error.classify() {
            serde_json::error::Category::Data => "not a message",
            _ => "not JSON",
        };
        Self {
            reason: format!("{kind}, at column {}", error.column()),
            newer: false,
        }
    }
}

/// SQS refuses U+FFFE and U+FFFF, which JSON allows. In JSON they only occur inside texts.
fn escape_noncharacters(json: String) -> String {
    if !json.contains(['\u{fffe}', '\u{ffff}']) {
        return json;
    }
    json.replace('\u{fffe}', "\\ufffe")
        .replace('\u{ffff}', "\\uffff")
}
