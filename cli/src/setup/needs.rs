//! What a token has to be good for.

use serde_json::{Value, json};
use shared::opentrain::{Install, Scope};

use super::print::table;
use crate::paint::{BAD, GOOD, paint};

/// A part of the bridge, and what it can't work without.
pub(super) struct Need {
    /// What would not work.
    pub(super) feature: &'static str,
    scopes: &'static [Scope],
    /// The customer has to agree that work e-mails are shown.
    consent: bool,
}

const fn need(feature: &'static str, scopes: &'static [Scope]) -> Need {
    Need {
        feature,
        scopes,
        consent: false,
    }
}

/// All parts, in the order of the loop.
pub(super) const NEEDS: &[Need] = &[
    need("link jobs to projects: link, unlink", &[Scope::LinksWrite]),
    need("know the links: links, reconcile", &[Scope::LinksRead]),
    need(
        "receive hire and end events: subscribe, endpoints, reconcile",
        &[Scope::WebhooksManage],
    ),
    Need {
        feature: "grant access, by work e-mail",
        scopes: &[Scope::ParticipantsEmail],
        consent: true,
    },
    need(
        "read what an event leaves out about a trainer",
        &[Scope::ParticipantsRead],
    ),
    need(
        "recover lost events, read budgets: contracts, reconcile",
        &[Scope::ContractsRead],
    ),
    need("report work: usage", &[Scope::UsageWrite]),
];

impl Need {
    fn all(&self) -> Vec<&str> {
        let consent = self.consent.then_some("PII consent");
        self.scopes
            .iter()
            .map(Scope::as_str)
            .chain(consent)
            .collect()
    }

    /// What the install lacks for it.
    pub(super) fn missing(&self, install: &Install) -> Vec<&str> {
        let scopes = self
            .scopes
            .iter()
            .filter(|scope| !install.grants(scope))
            .map(Scope::as_str);
        let consent = (self.consent && !install.pii_consent).then_some("PII consent");
        scopes.chain(consent).collect()
    }
}

/// For programs.
pub(super) fn as_json(install: &Install) -> Value {
    let row = |need: &Need| json!({ "feature": need.feature, "needs": need.all(), "missing": need.missing(install) });
    NEEDS.iter().map(row).collect()
}

/// For people; true when nothing is missing.
pub(super) fn show(install: &Install) -> bool {
    let mut rows = table(["to", "takes", ""]);
    for need in NEEDS {
        let missing = need.missing(install);
        let state = match missing.is_empty() {
            true => paint(GOOD, "granted"),
            false => paint(BAD, &format!("missing: {}", missing.join(", "))),
        };
        rows.add_row([need.feature.to_owned(), need.all().join("\n"), state]);
    }
    anstream::println!("{rows}");
    NEEDS.iter().all(|need| need.missing(install).is_empty())
}
