//! Folders that a service manager such as systemd provides: one for the state, and one with credentials.

use std::path::PathBuf;

use super::setting::FROM_FILE;
use super::{Origin, Vars};

impl Vars {
    /// Adds defaults from `$STATE_DIRECTORY` and `$CREDENTIALS_DIRECTORY`. Variables that are set keep their value.
    pub(super) fn with_service_folders(self) -> Self {
        self.with_state_folder().with_credentials()
    }

    fn with_state_folder(self) -> Self {
        // systemd separates several folders by colons.
        let folder = self.get("STATE_DIRECTORY");
        let Some(folder) = folder.and_then(|all| all.split(':').next()) else {
            return self;
        };
        let folder = PathBuf::from(folder);
        let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
        let (database, connections) = (path("bridge.db"), path("connections.json"));
        self.or("BRIDGE_DB", database, Origin::Service).or(
            "BRIDGE_CONNECTIONS",
            connections,
            Origin::Service,
        )
    }

    /// A credential has the name of its setting.
    fn with_credentials(self) -> Self {
        let Some(folder) = self.get("CREDENTIALS_DIRECTORY").map(PathBuf::from) else {
            return self;
        };
        FROM_FILE.iter().fold(self, |vars, setting| {
            let variable = format!("{}_FILE", setting.name);
            let path = folder.join(setting.name);
            let is_set = vars.get(setting.name).is_some() || vars.get(&variable).is_some();
            match !is_set && path.exists() {
                true => vars.with(&variable, path.to_str()),
                false => vars,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_that_is_set_goes_before_a_service_s_folder() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("TOOL_API_TOKEN"), "canary").unwrap();
        let service = Vars::default()
            .with("STATE_DIRECTORY", Some("/var/lib/bridge:/var/lib/other"))
            .with("CREDENTIALS_DIRECTORY", folder.path().to_str());
        let own = service.clone().with_service_folders();
        assert_eq!(own.get("BRIDGE_DB"), Some("/var/lib/bridge/bridge.db"));
        assert_eq!(
            own.get("BRIDGE_CONNECTIONS"),
            Some("/var/lib/bridge/connections.json")
        );
        assert_eq!(
            own.get("TOOL_API_TOKEN_FILE"),
            folder.path().join("TOOL_API_TOKEN").to_str()
        );
        assert_eq!(own.get("SMTP_URL_FILE"), None);
        let set = service
            .with("BRIDGE_DB", Some("here.db"))
            .with("TOOL_API_TOKEN", Some("canary-other"))
            .with_service_folders();
        assert_eq!(set.get("BRIDGE_DB"), Some("here.db"));
        assert_eq!(set.get("TOOL_API_TOKEN_FILE"), None);
    }
}
