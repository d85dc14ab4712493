//! Variables that look like settings and are not, such as `TOOL_BASEURL`.

use super::Vars;
use super::setting::is_setting;

/// First parts of our settings' names. Variables of other programs do not begin with them.
const PREFIXES: &[&str] = &[
    "ADMIN_LISTEN",
    "ALERT_WEBHOOK",
    "BRIDGE_",
    "NOTICE_",
    "ONBOARD_",
    "OPENTRAIN_",
    "RECONCILE_",
    "SMTP_",
    "TLS_CA",
    "TOOL_",
    "USAGE_",
];

impl Vars {
    /// The variables that are named like settings of the bridge and are not.
    pub fn unknown(&self) -> impl Iterator<Item = &str> {
        let names = self.names();
        names.filter(|name| is_like_ours(name) && !is_setting(name))
    }
}

/// Kubernetes sets `TOOL_SERVICE_HOST`, `TOOL_PORT_80_TCP` and others for a service that is called `tool`.
fn is_like_ours(name: &str) -> bool {
    let is_service =
        name.contains("_SERVICE_") || name.contains("_PORT_") || name.ends_with("_PORT");
    !is_service && PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::setting::{SETTINGS, STACK_SETTINGS};

    #[test]
    fn what_is_named_like_a_setting_and_is_none_is_found() {
        let wrong = ["BRIDGE_DBS", "OPENTRAIN_TOKEN", "TOOL_BASEURL"];
        let right = SETTINGS.iter().chain(STACK_SETTINGS).map(|it| it.name);
        let others = [
            "TOOL_API_TOKEN_FILE",
            "TLS_CA_FILE",
            "PATH",
            "AWS_PROFILE",
            "TOOL_SERVICE_HOST",
            "BRIDGE_PORT_8787_TCP_ADDR",
            "BRIDGE_PORT",
        ];
        let mut vars = Vars::default().with("BRIDGE_DB_FILE", Some("x"));
        for name in right.chain(others).chain(wrong) {
            vars = vars.with(name, Some("x"));
        }
        let found: Vec<_> = vars.unknown().collect();
        assert_eq!(
            found,
            [
                "BRIDGE_DBS",
                "BRIDGE_DB_FILE",
                "OPENTRAIN_TOKEN",
                "TOOL_BASEURL"
            ]
        );
    }
}
