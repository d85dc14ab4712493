//! Control socket, `<db>.sock`.

use std::ffi::OsString;
use std::fs::{File, Permissions, rename, set_permissions};
use std::io;
#[cfg(target_os = "linux")]
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tokio::net::{UnixListener, UnixStream};

/// Maximum length of a socket's path, on every Unix.
const LONGEST: usize = 100;

/// The socket next to a database. `database` is the file's canonical path, without links.
pub fn beside(database: &Path) -> PathBuf {
    let mut name = OsString::from(database);
    name.push(".sock");
    PathBuf::from(name)
}

/// A socket's path, short enough for the system. A long one is `/proc/self/fd/N/name`, where N is its folder, which
/// stays open as long as this value.
struct Address {
    path: PathBuf,
    _folder: Option<File>,
}

impl Address {
    fn of(path: PathBuf) -> io::Result<Self> {
        if path.as_os_str().as_bytes().len() <= LONGEST {
            return Ok(Self {
                path,
                _folder: None,
            });
        }
        Self::shortened(&path)
    }

    #[cfg(target_os = "linux")]
    fn shortened(path: &Path) -> io::Result<Self> {
        let (folder, name) = path
            .parent()
            .zip(path.file_name())
            .ok_or(io::ErrorKind::InvalidInput)?;
        let folder = File::open(folder)?;
        let short = PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd()));
        Ok(Self {
            path: short.join(name),
            _folder: Some(folder),
        })
    }

    #[cfg(not(target_os = "linux"))]
    fn shortened(_: &Path) -> io::Result<Self> {
        Err(io::ErrorKind::InvalidFilename.into())
    }
}

/// Connects to the bridge that uses the database.
pub(super) async fn connect(database: &Path) -> io::Result<UnixStream> {
    let address = Address::of(beside(database))?;
    UnixStream::connect(&address.path).await
}

/// Listens next to the database, which this process owns: an existing socket is from a dead bridge and is replaced.
///
/// The socket is created in a folder that no other user can enter and moved into place with its mode set, so that no
/// other user can ever connect.
pub(super) fn listen(database: &Path) -> io::Result<UnixListener> {
    let folder = database.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let private = tempfile::Builder::new()
        .prefix(".sock")
        .permissions(Permissions::from_mode(0o700))
        .tempdir_in(folder)?;
    let made = private.path().join("s");
    let listener = UnixListener::bind(Address::of(made.clone())?.path)?;
    set_permissions(&made, Permissions::from_mode(0o600))?;
    rename(&made, beside(database))?;
    Ok(listener)
}

/// Removes the socket when it is dropped.
pub(super) struct Away(PathBuf);

impl Away {
    pub(super) fn at_the_end_of(database: &Path) -> Self {
        Self(beside(database))
    }
}

impl Drop for Away {
    fn drop(&mut self) {
        // The next command detects a remaining socket as dead.
        let _left = std::fs::remove_file(&self.0);
    }
}
