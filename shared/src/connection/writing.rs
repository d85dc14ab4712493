//! Replaces a file atomically, under a lock.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::StoreError;

/// Time that a writer waits for another one, which needs milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// Time between two attempts to take the lock.
const LOOK: Duration = Duration::from_millis(10);

/// Proof that no other process writes. Dropping it releases the lock. The operating system releases the lock when the
/// process ends, even after a crash.
pub(super) struct Alone {
    _lock: File,
}

impl Alone {
    /// Locks `<path>.lock`: the file itself is replaced, and a lock would stay with the old one.
    pub(super) fn take(path: &Path) -> Result<Self, StoreError> {
        let refused = |source| StoreError::File {
            path: path.to_owned(),
            source,
        };
        let lock = private()
            .create(true)
            .truncate(false)
            .open(beside(path, ".lock"))
            .map_err(refused)?;
        let start = Instant::now();
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(Self { _lock: lock }),
                Err(TryLockError::WouldBlock) if start.elapsed() < PATIENCE => {
                    std::thread::sleep(LOOK)
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(StoreError::Held {
                        path: path.to_owned(),
                        seconds: PATIENCE.as_secs(),
                    });
                }
                Err(TryLockError::Error(source)) => return Err(refused(source)),
            }
        }
    }
}

/// The path of the file after all symbolic links: replacing a link would leave the file as it was.
pub(super) fn resolve(path: &Path) -> io::Result<PathBuf> {
    match path.canonicalize() {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(path.to_owned()),
        resolved => resolved,
    }
}

/// Writes `text` to a new file that only its owner may read, syncs it to the disk and renames it. A crash leaves the
/// old file or the new one.
pub fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    let new = beside(path, ".new");
    // A crash may have left this file. Under the lock, no other process uses it.
    match fs::remove_file(&new) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = private().create_new(true).open(&new)?;
    file.write_all(text)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(0o600);
    options
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    PathBuf::from(name)
}
