//! [`FileStore`]: the connections of a bridge that runs on one machine.

mod writing;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use super::{ConnectionName, ConnectionStore, Credentials, Kept, StoreError, document};

/// Permission bits that let others than the owner in.
const OTHERS: u32 = 0o077;

/// A JSON file that only its owner may read; it need not be there. Readers need no lock: a writer puts a
/// whole new file in the old one's place.
#[derive(Debug, Clone)]
pub struct FileStore {
    path: PathBuf,
    /// What was read last: with a thousand customers, each of them is looked up every minute.
    last: Arc<Mutex<Option<Reading>>>,
}

/// What the file held, and when.
type Reading = (Stamp, Arc<Kept>);

/// Tells one writing of the file from the next: device, inode, length, seconds and nanoseconds.
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

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All that is kept; nothing when there is no file.
    ///
    /// # Errors
    /// A file that others may read, that can't be read or that holds something else.
    pub fn read(&self) -> Result<Kept, StoreError> {
        Ok(Kept::clone(&*self.current()?))
    }

    fn current(&self) -> Result<Arc<Kept>, StoreError> {
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Arc::default()),
            Err(error) => return Err(self.refused(error)),
        };
        // Of the file that was opened, so that no other one can be put in its place in between.
        let about = file.metadata().map_err(|error| self.refused(error))?;
        let mode = about.mode() & 0o7777;
        if mode & OTHERS != 0 {
            let path = self.path.clone();
            return Err(StoreError::TooOpen { path, mode });
        }
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
        let mut text = Vec::new();
        file.read_to_end(&mut text)
            .map_err(|error| self.refused(error))?;
        let kept = Arc::new(document::read(&text).map_err(|fault| fault.of(&self.path))?);
        *last = Some((stamp, Arc::clone(&kept)));
        Ok(kept)
    }

    /// Changes what is kept: nobody else writes meanwhile, and readers see all of it or nothing. An error
    /// of `change` leaves the file as it was.
    ///
    /// # Errors
    /// Those of [`read`](Self::read), a file that can't be written, and those of `change`.
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
    async fn names(&self) -> Result<BTreeSet<ConnectionName>, StoreError> {
        Ok(self.current()?.keys().cloned().collect())
    }

    async fn load(&self, name: &ConnectionName) -> Result<Option<Credentials>, StoreError> {
        Ok(self.current()?.get(name).cloned())
    }
}
