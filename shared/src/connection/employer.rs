//! The token of an employer's account, in a file of its own.
//!
//! ```json
//! { "version": 1, "baseUrl": "https://app.opentrain.ai", "token": "ot_pat_…", "claimToken": "ot_clm_…" }
//! ```

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::secret_file::{self, TooOpen};
use super::{StoreError, writing};
use crate::http::Credential;

/// The version that this bridge reads and writes.
const VERSION: u64 = 1;

/// A stored account at one OpenTrain.
#[derive(Debug, Clone, Default)]
pub struct Employer {
    /// The OpenTrain that the secrets belong to. They are not sent to another one.
    pub base_url: String,
    pub token: Option<SecretString>,
    /// Token for the claim of the account by a human; `None` once that is done.
    pub claim_token: Option<SecretString>,
}

/// A JSON file that only its owner may read, or also its group if it is a mounted secret. It need not exist.
#[derive(Debug, Clone)]
pub struct EmployerFile {
    path: PathBuf,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    version: u64,
    base_url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    claim_token: Option<String>,
}

impl EmployerFile {
    /// employer.json in the folder of the connections file.
    pub fn beside(connections: &Path) -> Self {
        Self {
            path: connections.with_file_name("employer.json"),
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The account, if there is one.
    ///
    /// # Errors
    /// Other users may read the file, or it cannot be read or parsed.
    pub fn read(&self) -> Result<Option<Employer>, StoreError> {
        let mut file = match File::open(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(|error| self.refused(error))?,
        };
        let about = file.metadata().map_err(|error| self.refused(error))?;
        secret_file::readers(&about).map_err(|TooOpen(mode)| StoreError::TooOpen {
            path: self.path.clone(),
            mode,
        })?;
        let mut text = Vec::new();
        file.read_to_end(&mut text)
            .map_err(|error| self.refused(error))?;
        self.parse(&text).map(Some)
    }

    /// Takes and releases the lock, to check that the folder is writable.
    ///
    /// # Errors
    /// The file system refuses it, or another process holds the lock.
    pub fn lock(&self) -> Result<(), StoreError> {
        let path = writing::resolve(&self.path).map_err(|error| self.refused(error))?;
        writing::Alone::take(&path).map(drop)
    }

    /// Replaces the account. A lock keeps other processes from writing meanwhile. `change` gets the stored account; its
    /// error leaves the file unchanged.
    ///
    /// # Errors
    /// The errors of [`read`](Self::read) and of `change`, or the file can't be written.
    pub fn update<E: From<StoreError>>(
        &self,
        change: impl FnOnce(Option<Employer>) -> Result<Employer, E>,
    ) -> Result<(), E> {
        let path = writing::resolve(&self.path).map_err(|error| self.refused(error))?;
        let _alone = writing::Alone::take(&path)?;
        let text = document(&change(self.read()?)?);
        writing::replace(&path, &text).map_err(|error| self.refused(error))?;
        Ok(())
    }

    fn parse(&self, text: &[u8]) -> Result<Employer, StoreError> {
        let wrong = |why: String| StoreError::NoEmployer {
            path: self.path.clone(),
            why,
        };
        // serde's text may quote a value.
        let read: Document = serde_json::from_slice(text).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            wrong(format!("unexpected before line {line} column {column}"))
        })?;
        if read.version > VERSION {
            return Err(StoreError::Newer {
                path: self.path.clone(),
            });
        }
        let secret = |text: Option<String>| {
            let secret = text.map(SecretString::from);
            if let Some(secret) = &secret {
                Credential::bearer(secret).map_err(|error| wrong(error.to_string()))?;
            }
            Ok::<_, StoreError>(secret)
        };
        Ok(Employer {
            base_url: read.base_url,
            token: secret(read.token)?,
            claim_token: secret(read.claim_token)?,
        })
    }

    fn refused(&self, source: std::io::Error) -> StoreError {
        StoreError::File {
            path: self.path.clone(),
            source,
        }
    }
}

/// The only function that exposes the secrets, to write them.
fn document(own: &Employer) -> Vec<u8> {
    let secret = |secret: &Option<SecretString>| {
        let secret = secret.as_ref();
        secret.map(|secret| secret.expose_secret().to_owned())
    };
    let document = Document {
        version: VERSION,
        base_url: own.base_url.clone(),
        token: secret(&own.token),
        claim_token: secret(&own.claim_token),
    };
    #[allow(
        clippy::expect_used,
        reason = "derived types with string keys always serialise"
    )]
    let mut text = serde_json::to_vec_pretty(&document).expect("it serialises");
    text.push(b'\n');
    text
}
