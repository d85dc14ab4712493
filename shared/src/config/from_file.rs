//! Settings that a file gives: `NAME_FILE` is a path, and the file holds the value of `NAME`.

use std::fs::File;
use std::path::Path;

use super::setting::{FROM_FILE, TLS_CA};
use super::{Setting, Vars};
use crate::connection::secret_file::{self, Readers};

impl Vars {
    /// Reads the file of each `NAME_FILE`. A fault of the file is reported when its setting is read.
    pub(super) fn with_files(self) -> Self {
        FROM_FILE.iter().fold(self, |vars, setting| {
            let variable = format!("{}_FILE", setting.name);
            match vars.get(&variable).map(str::to_owned) {
                Some(path) => vars.with_file(setting, &variable, &path),
                None => vars,
            }
        })
    }

    fn with_file(mut self, setting: &'static Setting, variable: &str, path: &str) -> Self {
        if self.get(setting.name).is_some() {
            let problem = format!("it is set, and so is {variable}");
            return self.broken(setting, problem, "unset one of the two".into());
        }
        match read(setting, Path::new(path)) {
            Ok((text, _)) if text.trim().is_empty() => {
                let fix = format!("write its value into the file: {}", setting.meaning);
                self.broken(setting, format!("{variable}: {path} is empty"), fix)
            }
            Ok((text, readers)) => {
                if let Readers::Group(mode) = readers {
                    self.note(format!(
                        "{variable}: the group of {path} may read it (mode {mode:04o})"
                    ));
                }
                self.given_by_file(setting, path, text)
            }
            Err((problem, fix)) => self.broken(setting, format!("{variable}: {problem}"), fix),
        }
    }
}

/// Reads a setting's file. Only a certificate's file may be readable by all users.
fn read(setting: &Setting, path: &Path) -> Result<(String, Readers), (String, String)> {
    if *setting != TLS_CA {
        return secret_file::read(path);
    }
    let text = File::open(path).and_then(secret_file::text);
    text.map(|text| (text, Readers::Owner)).map_err(|error| {
        let problem = format!("can't read {}: {error}", path.display());
        (problem, "set it to the PEM file of the CA".to_owned())
    })
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::PathBuf;

    use tempfile::TempDir;

    use super::super::Reader;
    use super::super::setting::{SMTP_URL, TOOL_API_TOKEN};
    use super::*;

    /// A secret as Kubernetes mounts it: a link to a link.
    fn mounted(mode: u32) -> (TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("..2026_01_01");
        fs::create_dir(&data).unwrap();
        fs::write(data.join("token"), "canary\n").unwrap();
        fs::set_permissions(data.join("token"), Permissions::from_mode(mode)).unwrap();
        symlink("..2026_01_01", folder.path().join("..data")).unwrap();
        symlink("..data/token", folder.path().join("token")).unwrap();
        let path = folder.path().join("token");
        (folder, path)
    }

    fn vars(path: &Path) -> Vars {
        Vars::default().with("TOOL_API_TOKEN_FILE", path.to_str())
    }

    fn token(vars: &Vars) -> Result<String, String> {
        let mut reader = Reader::new(vars);
        let text = reader.text(&TOOL_API_TOKEN).map(str::to_owned);
        reader.finish(text).map_err(|faults| faults.to_string())
    }

    #[test]
    fn a_mounted_secret_is_read_and_its_readers_are_noted() {
        for (mode, noted) in [(0o400, false), (0o600, false), (0o440, true), (0o640, true)] {
            let (_folder, path) = mounted(mode);
            let vars = vars(&path).with_files();
            assert_eq!(token(&vars).as_deref(), Ok("canary"), "{mode:o}");
            assert_eq!(vars.notes().len(), usize::from(noted), "{mode:o}");
            assert!(
                vars.notes()
                    .iter()
                    .all(|note| note.contains("TOOL_API_TOKEN_FILE"))
            );
        }
    }

    #[test]
    fn a_secret_that_all_may_read_is_refused_with_a_fix_for_mounts() {
        for mode in [0o644, 0o444, 0o604, 0o660, 0o622] {
            let (_folder, path) = mounted(mode);
            let refused = token(&vars(&path).with_files()).unwrap_err();
            for part in [
                "TOOL_API_TOKEN_FILE",
                &format!("mode {mode:04o}"),
                "chmod 600",
                "defaultMode: 0440",
            ] {
                assert!(refused.contains(part), "{part}: {refused}");
            }
            assert!(!refused.contains("canary"), "{refused}");
        }
    }

    #[test]
    fn a_setting_is_given_once() {
        let (_folder, path) = mounted(0o600);
        let both = vars(&path).with("TOOL_API_TOKEN", Some("other"));
        let refused = token(&both.with_files()).unwrap_err();
        assert!(refused.contains("so is TOOL_API_TOKEN_FILE"), "{refused}");
    }

    #[test]
    fn a_file_that_is_missing_or_no_text_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let binary = folder.path().join("binary");
        fs::write(&binary, [0xff, 0xfe]).unwrap();
        fs::set_permissions(&binary, Permissions::from_mode(0o600)).unwrap();
        for path in [folder.path().join("nowhere"), binary, folder.path().into()] {
            let refused = token(&vars(&path).with_files()).unwrap_err();
            assert!(refused.contains(path.to_str().unwrap()), "{refused}");
            assert!(refused.contains("check the path"), "{refused}");
        }
    }

    #[test]
    fn an_empty_file_and_one_that_holds_something_else_are_named() {
        for (text, setting, why) in [
            ("", &TOOL_API_TOKEN, "is empty"),
            (" \n", &TOOL_API_TOKEN, "is empty"),
            ("no certificate", &TLS_CA, "it can't be used"),
        ] {
            let file = tempfile::NamedTempFile::new().unwrap();
            fs::write(&file, text).unwrap();
            let path = file.path().to_str().unwrap();
            let variable = format!("{}_FILE", setting.name);
            let vars = Vars::default().with(&variable, Some(path)).with_files();
            let mut reader = Reader::new(&vars);
            let value = reader.parsed(setting, |_| Err::<(), _>((why.into(), "fix it".into())));
            let refused = reader.finish(value).unwrap_err().to_string();
            for part in [why, path, &variable] {
                assert!(refused.contains(part), "{part}: {refused}");
            }
        }
    }

    /// An optional setting is only a fault if its file is wrong.
    #[test]
    fn an_optional_setting_with_a_wrong_file_is_a_fault() {
        let vars = Vars::default().with("SMTP_URL_FILE", Some("/nowhere"));
        for (vars, faults) in [(vars.clone(), false), (vars.with_files(), true)] {
            let mut reader = Reader::new(&vars);
            let value = reader.optional(&SMTP_URL, |text| Ok(text.to_owned()));
            assert_eq!(reader.finish(value).is_err(), faults);
        }
    }
}
