//! Ways to send a delivery again by hand, to see what a receiver refuses.

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resend {
    /// The same body, signed anew.
    Same,
    /// A changed body with the signature of the original: a receiver must refuse it.
    ChangedBody,
    /// A changed body that is signed: valid, with the ids of the original.
    ChangedAndSigned,
    /// The same body, signed ten minutes ago: a receiver must refuse it.
    Late,
}

impl Resend {
    pub(crate) const NAMES: [&str; 4] = ["same", "changed-body", "changed-and-signed", "late"];

    /// The one with this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "same" => Some(Self::Same),
            "changed-body" => Some(Self::ChangedBody),
            "changed-and-signed" => Some(Self::ChangedAndSigned),
            "late" => Some(Self::Late),
            _ => None,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::ChangedBody => "changed-body",
            Self::ChangedAndSigned => "changed-and-signed",
            Self::Late => "late",
        }
    }
}
