//! Ways to send a delivery again by hand, to see what a receiver refuses.

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resend {
    /// The same body, signed anew.
    Same,
    /// A changed body with the signature of the one before: a receiver must refuse it.
    ChangedBody,
    /// A changed body that is signed: valid, with the ids of the one before.
    ChangedAndSigned,
    /// The same body, signed ten minutes ago: a receiver must refuse it.
    Late,
}

impl Resend {
    const ALL: [Self; 4] = [
        Self::Same,
        Self::ChangedBody,
        Self::ChangedAndSigned,
        Self::Late,
    ];
    pub(crate) const NAMES: [&str; 4] = ["same", "changed-body", "changed-and-signed", "late"];

    /// The one with this name.
    pub(crate) fn named(name: &str) -> Self {
        let all = Self::ALL.into_iter();
        all.zip(Self::NAMES)
            .find_map(|(own, its)| (its == name).then_some(own))
            .unwrap_or(Self::Same)
    }

    pub(crate) fn name(self) -> &'static str {
        let all = Self::ALL.into_iter();
        all.zip(Self::NAMES)
            .find_map(|(own, name)| (own == self).then_some(name))
            .unwrap_or_default()
    }
}
