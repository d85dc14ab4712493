//! Proposals of trainers and their interviews.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::kit::{
    clock::iso,
    shape::{Shape, has},
};

/// Status of a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum ProposalStatus {
    Unreviewed,
    Shortlisted,
    Maybe,
    Hired,
    Declined,
    NotAFit,
    ResumeSent,
}

use ProposalStatus::*;

impl ProposalStatus {
    pub(crate) const ALL: [Self; 7] = [
        Unreviewed,
        Shortlisted,
        Maybe,
        Hired,
        Declined,
        NotAFit,
        ResumeSent,
    ];
    pub(crate) const NAMES: [&'static str; 7] = [
        "UNREVIEWED",
        "SHORTLISTED",
        "MAYBE",
        "HIRED",
        "DECLINED",
        "NOT_A_FIT",
        "RESUME_SENT",
    ];

    /// Without HIRED, which follows from a confirmed hire.
    pub(crate) const REVIEWED: [&'static str; 6] = [
        "UNREVIEWED",
        "SHORTLISTED",
        "MAYBE",
        "DECLINED",
        "NOT_A_FIT",
        "RESUME_SENT",
    ];

    pub(crate) fn as_str(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    pub(crate) fn label(self) -> &'static str {
        match self {
            Unreviewed => "Unreviewed",
            Shortlisted => "Shortlisted",
            Maybe => "Maybe",
            Hired => "Hired",
            Declined => "Declined",
            NotAFit => "Not a fit",
            ResumeSent => "Resume sent",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|own| own.as_str() == text)
    }
}

pub(crate) struct Proposal {
    pub(crate) id: String,
    pub(crate) job: String,
    pub(crate) trainer: String,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    pub(crate) status: ProposalStatus,
    pub(crate) bid_usd: f64,
    /// The trainer was invited and has not applied yet.
    pub(crate) invited: bool,
    pub(crate) interview: Option<Interview>,
}

/// An interview by OpenTrain's interviewer.
pub(crate) struct Interview {
    pub(crate) id: String,
    pub(crate) at: Timestamp,
    pub(crate) score: u32,
    pub(crate) summary: &'static str,
}

/// The answer of [`Interview::body`].
pub(crate) const INTERVIEW: Shape = Shape::Object(&[
    has("proposalId", Shape::Text),
    has("interviewId", Shape::Text),
    has("score", Shape::Whole),
    has("summary", Shape::Text),
    has("messages", Shape::List(&INTERVIEW_MESSAGE)),
]);
const INTERVIEW_MESSAGE: Shape = Shape::Object(&[
    has("id", Shape::Text),
    has("role", Shape::OneOf(&["interviewer", "candidate"])),
    has("content", Shape::Text),
    has("sentAt", Shape::Time),
]);

impl Interview {
    pub(crate) fn new(proposal: &str, at: Timestamp) -> Self {
        Self {
            id: format!("int_{proposal}"),
            at,
            score: 86,
            summary: "Clear answers, with examples of earlier work.",
        }
    }

    pub(crate) fn body(&self, proposal: &str) -> Value {
        let says = |number: usize, role: &str, content: &str| {
            json!({
                "id": format!("{}_{number}", self.id),
                "role": role,
                "content": content,
                "sentAt": iso(self.at),
            })
        };
        json!({
            "proposalId": proposal,
            "interviewId": self.id,
            "score": self.score,
            "summary": self.summary,
            "messages": [
                says(1, "interviewer", "Which labeling work have you done before?"),
                says(2, "candidate", "Two years of bounding boxes and segmentation."),
            ],
        })
    }
}
