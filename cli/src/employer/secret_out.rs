//! A new file for a secret.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use secrecy::{ExposeSecret, SecretString};

use crate::exit::CliError;

/// A file that only its owner may read. It is removed unless it gets its secret.
pub(super) struct SecretFile {
    path: PathBuf,
    file: File,
    is_written: bool,
}

impl SecretFile {
    /// Creates the file before OpenTrain makes the secret, which it shows only once.
    pub(super) fn create(path: &Path) -> Result<Self, CliError> {
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path);
        let file = file.map_err(|error| {
            let path = path.display();
            CliError::Usage(format!(
                "{path} can't be created: {error}. Name a new file with --to"
            ))
        })?;
        Ok(Self {
            path: path.to_owned(),
            file,
            is_written: false,
        })
    }

    pub(super) fn write(mut self, secret: &SecretString) -> Result<(), CliError> {
        let line = format!("{}\n", secret.expose_secret());
        let written = self.file.write_all(line.as_bytes());
        let written = written.and_then(|()| self.file.sync_all());
        written.with_context(|| format!("{} can't be written", self.path.display()))?;
        self.is_written = true;
        Ok(())
    }
}

impl Drop for SecretFile {
    fn drop(&mut self) {
        if !self.is_written {
            // An empty file is left at worst.
            let _removed = fs::remove_file(&self.path);
        }
    }
}
