//! A cause that needs an operator.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::screen::count;

/// One cause that needs an operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Attention {
    pub kind: AttentionKind,
    /// Number of trainers' accesses, messages, projects, deliveries, connections or endpoints.
    pub count: usize,
    /// The cause. It may contain text of the tool or of OpenTrain.
    pub text: String,
    /// What to do.
    pub fix: String,
    /// Time of the oldest case; none if it is not known.
    pub oldest: Option<Timestamp>,
}

/// Kind of a cause, the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AttentionKind {
    BridgeStopped,
    /// Stored connections that can't be read.
    UnreadConnection,
    /// A removal that the tool has not proven.
    Removal,
    /// Removals that the guard of the reconcile holds.
    RemovalsHeld,
    /// Access that has been orphaned for over seven days.
    OrphanedAccess,
    /// Access that can't be granted.
    Grant,
    /// OpenTrain refuses the token of a connection, or the token is another organisation's.
    TokenRefused,
    /// A document that this version can't read.
    UnreadableTrainer,
    DeadLetter,
    /// A delivery that is signed, but not understood.
    Quarantined,
    /// A webhook endpoint that OpenTrain has disabled.
    EndpointDisabled,
    /// No reconcile for three periods, or for a day on a stack.
    ReconcileLate,
    /// Differences that the last reconcile did not repair, or holds.
    Reconcile,
    /// Work that can no longer be reported.
    UsageLost,
    /// No usage run for three periods, or for a day on a stack.
    UsageLate,
    /// Work that is not reported.
    Usage,
    /// An invitation that was not mailed.
    Invitation,
    /// An install that is revoked, and that no operator has disconnected.
    InstallRevoked,
}

impl AttentionKind {
    /// Whether it is about trainers' access, and not about the bridge.
    pub(super) fn is_of_access(self) -> bool {
        matches!(
            self,
            Self::Removal | Self::Grant | Self::UnreadableTrainer | Self::Invitation
        )
    }

    /// Whether it stops work that is due. A customer may have revoked an install on purpose.
    #[cfg(feature = "console")]
    pub(crate) fn is_urgent(self) -> bool {
        self != Self::InstallRevoked
    }
}

impl Attention {
    /// A cause with one case.
    pub(super) fn one(
        kind: AttentionKind,
        text: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            count: 1,
            text: text.into(),
            fix: fix.into(),
            oldest: None,
        }
    }

    pub(super) fn times(self, count: usize) -> Self {
        Self { count, ..self }
    }

    pub(super) fn since(self, oldest: Option<Timestamp>) -> Self {
        Self { oldest, ..self }
    }

    /// The kind in words, with the number of its cases.
    pub(crate) fn title(&self) -> String {
        use AttentionKind as Kind;
        let (one, many) = match self.kind {
            Kind::BridgeStopped => return "No bridge runs".to_owned(),
            Kind::ReconcileLate => return "The reconcile is late".to_owned(),
            Kind::UsageLate => return "The usage report is late".to_owned(),
            Kind::UnreadConnection => ("connection can't be read", "connections can't be read"),
            Kind::Removal => ("removal needs you", "removals need you"),
            Kind::RemovalsHeld => (
                "connection with removals that are held",
                "connections with removals that are held",
            ),
            Kind::OrphanedAccess => ("orphaned access", "orphaned accesses"),
            Kind::Grant => ("grant needs you", "grants need you"),
            Kind::TokenRefused => ("token is refused", "tokens are refused"),
            Kind::UnreadableTrainer => ("trainer can't be read", "trainers can't be read"),
            Kind::DeadLetter => ("dead letter", "dead letters"),
            Kind::Quarantined => ("quarantined delivery", "quarantined deliveries"),
            Kind::EndpointDisabled => ("disabled webhook endpoint", "disabled webhook endpoints"),
            Kind::Reconcile => (
                "part of the last reconcile was not done",
                "parts of the last reconcile were not done",
            ),
            Kind::UsageLost => (
                "contract with work that can no longer be reported",
                "contracts with work that can no longer be reported",
            ),
            Kind::Usage => (
                "project with work that is not reported",
                "projects with work that is not reported",
            ),
            Kind::Invitation => ("invitation to hand over", "invitations to hand over"),
            Kind::InstallRevoked => ("install is revoked", "installs are revoked"),
        };
        count(self.count, one, many)
    }
}
