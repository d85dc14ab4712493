//! A type for every id, so that no id can be passed where another one is meant.
//!
//! OpenTrain's ids are opaque strings (docs/opentrain-api.md, Base), and so are the tool's. Only
//! [`EventId`](crate::model::event::EventId) has an order; it has its own file.
//!
//! In JSON an id may also be a whole number. An id that can't be kept exactly is refused.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use crate::model::lenient;

use crate::model::text::Escaped;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the id as it was given.
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            /// The id as it was given.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                lenient::id(deserializer).map(Self)
            }
        }

        /// Escapes control and bidirectional characters, for logs and tables. For keys, use [`as_str`](Self::as_str).
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                Escaped(&self.0).fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self::new(id)
            }
        }
    )*};
}

ids! {
    /// A hired person: OpenTrain's `opentrainUserId`, the stable key of a participant.
    TrainerId;
    /// A contract between an employer and a trainer.
    ContractId;
    /// A project link: it connects an OpenTrain job to a project in the annotation tool.
    LinkId;
    /// A job that trainers are hired on.
    JobId;
    /// One customer's consent to one app.
    InstallId;
    /// A webhook endpoint, as OpenTrain names it.
    EndpointId;
    /// One delivery of an event to one endpoint; all its attempts have the same id.
    /// Its header is not signed, so it is only used for tracing.
    DeliveryId;
    /// A project in the annotation tool: the link's `externalProjectId`.
    ProjectId;
    /// A person in the annotation tool, by the tool's own id.
    MemberId;
    /// A trainer's proposal for a job.
    ProposalId;
    /// A request that a human confirms or declines.
    ApprovalId;
    /// A part of a contract's work, funded and paid as a whole.
    MilestoneId;
    /// A conversation of an employer with a trainer.
    ConversationId;
    /// A purchase of credits.
    TopUpId;
    /// A personal API token, without its secret.
    TokenId;
    /// A webhook of the Public API.
    WebhookId;
}

#[cfg(test)]
mod tests {
    use super::{ContractId, ProjectId};

    #[test]
    fn an_id_is_kept_as_it_is_and_printed_safely() {
        let id = ProjectId::from("p\u{1b}[2J\nERROR forged\u{202e}");
        assert_eq!(id.as_str(), "p\u{1b}[2J\nERROR forged\u{202e}");
        let printed = r"p\u{1b}[2J\u{a}ERROR forged\u{202e}";
        assert_eq!(id.to_string(), printed);
        assert_eq!(format!("{id:?}"), format!("ProjectId({printed})"));
        assert_eq!(ContractId::from("ctr_é/1").to_string(), "ctr_é/1");
    }
}
