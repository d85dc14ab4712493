//! The steps of a rehearsal.

use serde::{Deserialize, Serialize};

/// One step, in the order in which they are played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Step {
    Ready,
    Draft,
    Publish,
    Link,
    Proposal,
    Hire,
    Access,
    Work,
    Budget,
    Fund,
    End,
    Removal,
    Unlink,
    Close,
}

impl Step {
    pub(super) const ALL: [Self; 14] = [
        Self::Ready,
        Self::Draft,
        Self::Publish,
        Self::Link,
        Self::Proposal,
        Self::Hire,
        Self::Access,
        Self::Work,
        Self::Budget,
        Self::Fund,
        Self::End,
        Self::Removal,
        Self::Unlink,
        Self::Close,
    ];

    /// What is proven.
    pub(super) fn claim(self) -> &'static str {
        match self {
            Self::Ready => "tokens, tool, bridge and endpoint are ready",
            Self::Draft => "a job is drafted",
            Self::Publish => "the job is published",
            Self::Link => "the job is linked to the project",
            Self::Proposal => "a trainer proposes",
            Self::Hire => "a human confirmed the hire",
            Self::Access => "the trainer has access in the tool",
            Self::Work => "the trainer's work is reported",
            Self::Budget => "the budget shows the work",
            Self::Fund => "a human confirmed another milestone",
            Self::End => "the contract has ended",
            Self::Removal => "the tool proves that the access is gone",
            Self::Unlink => "the link is deleted",
            Self::Close => "the job is closed",
        }
    }
}
