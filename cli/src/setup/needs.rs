//! Features of the bridge, and the scopes that they need.

use shared::opentrain::{Install, Scope};

use super::output::Feature;
use super::print::table;
use crate::paint::{BAD, GOOD, paint};

/// A feature, and the scopes that it needs.
pub(crate) struct Need {
    pub(crate) feature: &'static str,
    scopes: &'static [Scope],
    /// Whether the customer must consent to showing work e-mails.
    consent: bool,
}

const fn need(feature: &'static str, scopes: &'static [Scope]) -> Need {
    Need {
        feature,
        scopes,
        consent: false,
    }
}

/// All features, in the order of their use.
pub(crate) const NEEDS: &[Need] = &[
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

    /// Scopes and consent that the install lacks.
    pub(crate) fn missing(&self, install: &Install) -> Vec<&str> {
        let scopes = self
            .scopes
            .iter()
            .filter(|scope| !install.grants(scope))
            .map(Scope::as_str);
        let consent = (self.consent && !install.pii_consent).then_some("PII consent");
        scopes.chain(consent).collect()
    }
}

pub(super) fn features(install: &Install) -> Vec<Feature> {
    let texts = |texts: Vec<&str>| texts.into_iter().map(str::to_owned).collect();
    let row = |need: &Need| Feature {
        feature: need.feature,
        needs: texts(need.all()),
        missing: texts(need.missing(install)),
    };
    NEEDS.iter().map(row).collect()
}

/// Prints the table. Returns whether nothing is missing.
pub(super) fn show(install: &Install) -> bool {
    let mut rows = table(["feature", "needs", ""]);
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
