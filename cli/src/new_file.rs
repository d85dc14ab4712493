//! A new file that only its owner may read.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use secrecy::{ExposeSecret, SecretString};

use crate::exit::CliError;

/// A file that only its owner may read. It is deleted on drop, unless it was written.
pub(crate) struct NewFile {
    path: PathBuf,
    file: File,
    is_written: bool,
}

impl NewFile {
    /// Creates the file. `flag` is the flag that names the file. Fails if the file exists.
    pub(crate) fn create(path: &Path, flag: &str) -> Result<Self, CliError> {
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path);
        let file = file.map_err(|error| {
            let path = path.display();
            CliError::Usage(format!(
                "{path} can't be created: {error}. Name a new file with {flag}"
            ))
        })?;
        Ok(Self {
            path: path.to_owned(),
            file,
            is_written: false,
        })
    }

    pub(crate) fn write_secret(self, secret: &SecretString) -> Result<(), CliError> {
        self.write(&format!("{}\n", secret.expose_secret()))
    }

    /// Writes the complete content.
    pub(crate) fn write(mut self, content: &str) -> Result<(), CliError> {
        let written = self.file.write_all(content.as_bytes());
        let written = written.and_then(|()| self.file.sync_all());
        written.with_context(|| format!("{} can't be written", self.path.display()))?;
        self.is_written = true;
        Ok(())
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.is_written {
            // An empty file is left at worst.
            let _removed = fs::remove_file(&self.path);
        }
    }
}
