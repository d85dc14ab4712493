//! Statements of operators, as messages to the provisioner.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::GroupId;
use crate::model::ConnectionName;
use crate::model::ids::{ContractId, InstallId, LinkId, ProjectId, TrainerId};

/// A fact that an operator states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "statement",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Statement {
    /// Contracts of a trainer have ended.
    End {
        /// The trainer.
        trainer: TrainerId,
        /// The contracts.
        contracts: Vec<StatedContract>,
        /// When it was stated.
        at: Timestamp,
    },
    /// A removal is done although the tool does not prove it.
    Settle {
        /// The trainer.
        trainer: TrainerId,
        /// The project in the tool.
        project: ProjectId,
        /// Why, for the log.
        reason: String,
        /// When it was stated. `None` if an earlier version wrote the message.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Timestamp>,
    },
    /// A link was deleted at OpenTrain.
    Unlink {
        /// The connection.
        connection: ConnectionName,
        /// The link.
        link: LinkId,
        /// When it was stated.
        at: Timestamp,
    },
    /// A connection has a token that OpenTrain accepts, of this install.
    Reconnect {
        /// The connection.
        connection: ConnectionName,
        /// The install. `None` if an earlier version wrote the message.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        install: Option<InstallId>,
        /// The customer's organisation, where OpenTrain named it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        organization: Option<String>,
        /// When it was stated.
        at: Timestamp,
    },
    /// A connection's install is gone.
    Disconnect {
        /// The connection.
        connection: ConnectionName,
        /// The install that the operator has seen, where its id is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        install: Option<InstallId>,
        /// When it was stated.
        at: Timestamp,
    },
}

/// A contract at one link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StatedContract {
    /// The connection.
    pub connection: ConnectionName,
    /// The contract.
    pub contract: ContractId,
    /// The link.
    pub link: LinkId,
    /// The project in the tool.
    pub project: ProjectId,
    /// OpenTrain provisions this link's people itself.
    pub managed: bool,
}

impl Statement {
    /// The group of its trainer or connection.
    pub(super) fn group(&self) -> GroupId {
        match self {
            Self::End { trainer, .. } | Self::Settle { trainer, .. } => {
                GroupId::new("trainer", trainer.as_str())
            }
            Self::Disconnect { connection, .. }
            | Self::Unlink { connection, .. }
            | Self::Reconnect { connection, .. } => GroupId::new("install", connection.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::Message;

    /// A reader of an earlier version puts it back, as a message of a newer version, and does not make it a dead
    /// letter.
    #[test]
    fn it_travels_in_the_group_of_what_it_is_about_and_in_a_version_of_its_own() {
        let at = "2026-06-12T10:00:00Z".parse().unwrap();
        let settle = Statement::Settle {
            trainer: "usr_maria".into(),
            project: "streets".into(),
            reason: "seen by hand".into(),
            at: Some(at),
        };
        let disconnect = Statement::Disconnect {
            connection: ConnectionName::default(),
            install: None,
            at,
        };
        let end = Statement::End {
            trainer: "usr_maria".into(),
            contracts: vec![StatedContract {
                connection: ConnectionName::default(),
                contract: "ctr_81".into(),
                link: "plink_street".into(),
                project: "streets".into(),
                managed: false,
            }],
            at,
        };
        for (statement, kind, group) in [
            (settle, "settle", "trainer:usr_maria"),
            (disconnect, "disconnect", "install:default"),
            (end, "end", "trainer:usr_maria"),
        ] {
            let message = Message::Stated(statement);
            let sent = message.encode();
            let head = format!(r#"{{"v":2,"kind":"stated","statement":"{kind}","#);
            assert!(sent.body.starts_with(&head), "{}", sent.body);
            assert_eq!(sent.group.as_str(), group);
            assert_eq!(Message::decode(&sent.body).unwrap(), message);
        }
        let converge = Message::Converge {
            trainer: "usr_maria".into(),
            recheck: false,
            wake_up: None,
        };
        assert!(converge.encode().body.starts_with(r#"{"v":1,"#));
    }
}
