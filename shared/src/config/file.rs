//! Settings in a file that the operator writes. The environment takes precedence over it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::setting::{SETTINGS, Setting, is_setting};
use crate::connection::secret_file::{self, TooOpen};

/// Write permission of the group and of other users.
const WRITE: u32 = 0o022;

/// Settings of a file.
#[derive(Clone)]
pub struct SettingsFile {
    path: String,
    values: BTreeMap<String, String>,
}

/// Reason why a settings file can't be used. Contains no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {problem}: {fix}")]
pub struct SettingsFileError {
    path: String,
    problem: String,
    fix: String,
}

impl SettingsFile {
    /// Reads a file. `parse` returns the settings by name. Its error is a problem with a line, and contains no value.
    ///
    /// # Errors
    /// The file can't be read or parsed, a name is not a setting, or other users have too many rights on it.
    pub fn read(
        path: &Path,
        parse: impl FnOnce(&str) -> Result<BTreeMap<String, String>, String>,
    ) -> Result<Self, SettingsFileError> {
        let error = |problem: String, fix: String| SettingsFileError {
            path: path.display().to_string(),
            problem,
            fix,
        };
        let unreadable = |it: io::Error| {
            let fix = "check the path, and that you may read the file";
            error(format!("it can't be read ({it})"), fix.to_owned())
        };
        let file = File::open(path).map_err(unreadable)?;
        let about = file.metadata().map_err(unreadable)?;
        let values = parse(&secret_file::text(file).map_err(unreadable)?)
            .map_err(|problem| error(problem, "correct that line".to_owned()))?;
        let mut unknown = values.keys().filter(|name| !is_setting(name));
        if let Some(name) = unknown.next() {
            return Err(error(format!("{name} is not a setting"), nearest(name)));
        }
        let is_secret = |name: &String| SETTINGS.iter().any(|it| it.name == name && it.is_secret());
        if values.keys().any(is_secret)
            && let Err(TooOpen(mode)) = secret_file::readers(&about)
        {
            let problem =
                format!("it has a secret, and other users have rights on it (mode {mode:04o})");
            return Err(error(problem, secret_file::fix(path)));
        }
        if about.is_file() && about.mode() & WRITE != 0 {
            let problem = "other users may write to it".to_owned();
            let fix = format!("run `chmod go-w {}`", path.display());
            return Err(error(problem, fix));
        }
        Ok(Self {
            path: path.display().to_string(),
            values,
        })
    }

    /// The path, and the values by name.
    pub(super) fn into_parts(self) -> (String, BTreeMap<String, String>) {
        (self.path, self.values)
    }
}

/// Suggests the setting with the most similar name.
fn nearest(name: &str) -> String {
    let similarity = |it: &&&Setting| {
        let same = it.name.chars().zip(name.chars());
        let ahead = same.take_while(|(a, b)| a == b).count();
        let own = it.name.chars().rev().zip(name.chars().rev());
        ahead + own.take_while(|(a, b)| a == b).count()
    };
    let nearest = SETTINGS.iter().max_by_key(similarity);
    let nearest = nearest.map_or("", |it| it.name);
    format!("did you mean {nearest}? docs/settings.md lists all settings")
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::config::{Origin, Vars};

    fn read(values: &[(&str, &str)], mode: u32) -> Result<SettingsFile, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::set_permissions(file.path(), Permissions::from_mode(mode)).unwrap();
        let values = values.iter();
        let values = values.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let values = values.collect();
        SettingsFile::read(file.path(), |_| Ok(values)).map_err(|error| error.to_string())
    }

    fn refused(values: &[(&str, &str)], mode: u32) -> String {
        read(values, mode).err().unwrap()
    }

    #[test]
    fn an_earlier_source_takes_precedence_also_as_a_file() {
        let first = [("TOOL_KIND", "cvat"), ("TOOL_API_TOKEN_FILE", "/here")];
        let second = [
            ("TOOL_KIND", "rest"),
            ("TOOL_API_TOKEN", "canary"),
            ("TOOL_ORG", "acme"),
        ];
        let vars = Vars::default()
            .with("TOOL_ORG", Some(" "))
            .with_settings_file(read(&first, 0o644).unwrap())
            .with_settings_file(read(&second, 0o600).unwrap());
        assert_eq!(vars.get("TOOL_KIND"), Some("cvat"));
        assert_eq!(vars.get("TOOL_API_TOKEN_FILE"), Some("/here"));
        assert_eq!(vars.get("TOOL_API_TOKEN"), None);
        assert_eq!(vars.get("TOOL_ORG"), None, "blank means the default");
        assert!(matches!(vars.origin("TOOL_KIND"), Some(Origin::File(_))));
    }

    #[test]
    fn names_that_are_no_settings_and_open_files_are_refused() {
        let told = refused(&[("TOOL_BASEURL", "http://canary")], 0o600);
        assert!(told.contains("did you mean TOOL_BASE_URL"), "{told}");
        let told = refused(&[("TOOL_API_TOKEN", "canary")], 0o644);
        assert!(told.contains("chmod 600"), "{told}");
        let told = refused(&[("TOOL_KIND", "canary")], 0o664);
        assert!(told.contains("chmod go-w"), "{told}");
        assert!(read(&[("TOOL_KIND", "canary")], 0o644).is_ok());
    }
}
