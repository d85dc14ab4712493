//! Output of `bridge connect`.

use shared::connection::Keeper;
use shared::model::ConnectionName;
use shared::model::ids::InstallId;
use shared::opentrain::Install;

use super::session::flags;
use super::{needs, output, print};
use crate::document::Foreign;
use crate::paint::{BOLD, DIM, GOOD, WAITS, paint};
use crate::targets::Target;

/// A connection that was just stored.
pub(super) struct Connected<'a> {
    pub(super) name: &'a ConnectionName,
    pub(super) install: &'a Install,
    /// Another install that was connected under this name before.
    pub(super) before: Option<&'a InstallId>,
    /// Source of the token.
    pub(super) from: &'a str,
    pub(super) stored: &'a Keeper,
    /// Whether the environment has a token.
    pub(super) in_environment: bool,
    pub(super) target: &'a Target,
}

impl Connected<'_> {
    pub(super) fn output(&self) -> output::Connected {
        output::Connected {
            connection: self.name.clone(),
            install: Foreign::of(self.install),
            replaces: self.before.cloned(),
            features: needs::features(self.install),
            stored: self.stored.to_string(),
        }
    }

    pub(super) fn show(&self) {
        anstream::println!("{} `{}`", paint(GOOD, "Connected"), self.name);
        self.particulars();
        let flag = flags(self.target, self.name);
        if !needs::show(self.install) {
            remark(
                "Missing",
                &format!(
                    "scopes and consent change only with a new install: have the customer consent again, then run `bridge connect{flag}` again."
                ),
            );
        }
        if let Some(before) = self.before {
            remark(
                "Another install",
                &format!(
                    "{before} was connected here before: `bridge check{flag}` shows whether the new install has links and endpoints."
                ),
            );
        }
        self.environment();
        self.next(&flag);
    }

    /// On a stack only `bridge connect` reads the variable.
    fn environment(&self) {
        let lasts = self.in_environment && self.target.is_machine();
        match (lasts, *self.name == ConnectionName::default()) {
            (true, true) => remark(
                "Note",
                "OPENTRAIN_PARTNER_TOKEN takes precedence over the stored token while it is set.",
            ),
            (true, false) => remark(
                "Note",
                "unset OPENTRAIN_PARTNER_TOKEN before `bridge serve`: it would make this install the connection `default` too.",
            ),
            (false, _) => {}
        }
    }

    fn particulars(&self) {
        let install = self.install;
        let app = install
            .partner_app
            .as_ref()
            .and_then(|app| app.name.as_deref());
        let scopes: Vec<_> = install.scopes.iter().map(|scope| scope.as_str()).collect();
        let consent = match install.pii_consent {
            true => "the customer consents to showing work e-mails",
            false => "the customer does not consent to showing work e-mails (no PII consent)",
        };
        line(
            "install",
            &format!("{}, {}", install.id, install.status.as_str().to_lowercase()),
        );
        line(
            "customer",
            install.organization_id.as_deref().unwrap_or("unknown"),
        );
        line("app", app.unwrap_or("unknown"));
        line("scopes", &scopes.join(", "));
        line("e-mails", consent);
        line(
            "token",
            &format!("from {}, stored in {}", self.from, self.stored),
        );
    }

    fn next(&self, flag: &str) {
        let name = self.name;
        anstream::println!(
            "{} bridge link --job JOB --project PROJECT{flag}",
            paint(BOLD, "Next:")
        );
        anstream::println!("      bridge subscribe --url https://YOUR-HOST/hooks/{name}{flag}");
    }
}

fn line(what: &str, text: &str) {
    anstream::println!(
        "  {} {}",
        paint(DIM, &format!("{what:<9}")),
        print::plain(text)
    );
}

fn remark(what: &str, text: &str) {
    anstream::println!("{} {text}", paint(WAITS, &format!("{what}:")));
}
