//! [`FileStore`]: the connections of a bridge that runs on one machine.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use super::{
    ConnectionStore, Credentials, Index, Kept, Readable, StoreError, Version, document, writing,
};
use crate::connection::secret_file::{self, Readers, TooOpen};
use crate::model::ConnectionName;

/// A JSON file that only its owner may read, or also its group if it is a mounted secret. The file need not exist.
/// Readers need no lock: a writer replaces the whole file.
#[derive(Debug, Clone)]
pub struct FileStore {
    path: PathBuf,
    /// The last reading. It saves reading the file for each of a thousand customers.
    last: Arc<Mutex<Option<Reading>>>,
}

/// Content of the file, and the stamp that it had.
type Reading = (Stamp, Arc<Kept>);

/// Stamp that differs between two writes of the file: device, inode, length, seconds and nanoseconds.
type Stamp = (u64, u64, u64, i64, i64);

impl FileStore {
    /// The file at `path`.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let last = Arc::default();
        Self {
            path: path.into(),
            last,
        }
    }

    /// Path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All connections; none if there is no file and this process has never read one.
    ///
    /// # Errors
    /// Other users may read the file, the file cannot be read or parsed, or it was deleted since the last reading.
    pub fn read(&self) -> Result<Kept, StoreError> {
        Ok(Kept::clone(&*self.current()?))
    }

    /// The result of [`read`](Self::read), from memory if the file has not changed.
    pub(super) fn current(&self) -> Result<Arc<Kept>, StoreError> {
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound && !self.was_read() => {
                return Ok(Arc::default());
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(StoreError::Missing {
                    path: self.path.clone(),
                });
            }
            Err(error) => return Err(self.refused(error)),
        };
        // Metadata of the open handle, so that no other file can replace it in between.
        let about = file.metadata().map_err(|error| self.refused(error))?;
        let readers =
            secret_file::readers(&about).map_err(|TooOpen(mode)| StoreError::TooOpen {
                path: self.path.clone(),
                mode,
            })?;
        let stamp = (
            about.dev(),
            about.ino(),
            about.len(),
            about.mtime(),
            about.mtime_nsec(),
        );
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((read, kept)) = &*last
            && *read == stamp
        {
            return Ok(Arc::clone(kept));
        }
        if let Readers::Group(mode) = readers {
            tracing::info!(path = %self.path.display(), mode = format!("{mode:04o}"), "the group of the connections file may read it");
        }
        let mut text = Vec::new();
        file.read_to_end(&mut text)
            .map_err(|error| self.refused(error))?;
        let kept = Arc::new(document::read(&text).map_err(|fault| fault.of(&self.path))?);
        *last = Some((stamp, Arc::clone(&kept)));
        Ok(kept)
    }

    /// Whether this process has read connections from the file. If so, a missing file is a fault.
    fn was_read(&self) -> bool {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.is_some()
    }

    /// A note for the operator if the file's group may read it.
    pub fn note(&self) -> Option<String> {
        let about = std::fs::metadata(&self.path).ok()?;
        match secret_file::readers(&about) {
            Ok(Readers::Group(mode)) => Some(format!(
                "the group of {} may read it (mode {mode:04o})",
                self.path.display()
            )),
            _ => None,
        }
    }

    /// Changes the connections. A lock keeps other processes from writing meanwhile, and readers see the whole change
    /// or none of it. An error of `change` leaves the file as it was.
    ///
    /// # Errors
    /// The errors of [`read`](Self::read) and of `change`, or the file can't be written.
    pub fn update<T, E: From<StoreError>>(
        &self,
        change: impl FnOnce(&mut Kept) -> Result<T, E>,
    ) -> Result<T, E> {
        let path = writing::resolve(&self.path).map_err(|error| self.refused(error))?;
        let _alone = writing::Alone::take(&path)?;
        let mut kept = self.read()?;
        let outcome = change(&mut kept)?;
        let text = document::write(&kept);
        writing::replace(&path, &text).map_err(|error| self.refused(error))?;
        Ok(outcome)
    }

    fn refused(&self, source: std::io::Error) -> StoreError {
        StoreError::File {
            path: self.path.clone(),
            source,
        }
    }
}

#[async_trait]
impl ConnectionStore for FileStore {
    async fn index(&self) -> Result<Index, StoreError> {
        Ok(document::index(&*self.current()?))
    }

    async fn load(&self, name: &ConnectionName, _: Version) -> Result<Credentials, StoreError> {
        Ok(self.current()?.get(name).cloned().unwrap_or_default())
    }

    async fn load_all(&self, _: &Index) -> Result<Readable, StoreError> {
        self.read().map(Readable::from)
    }
}
