//! Where a bridge takes orders: `<db>.sock`.

use std::ffi::OsString;
use std::fs::{Permissions, rename, set_permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tokio::net::UnixListener;

/// The socket beside a database. `database` is the file's one name, with no links left in it.
pub fn beside(database: &Path) -> PathBuf {
    let mut name = OsString::from(database);
    name.push(".sock");
    PathBuf::from(name)
}

/// Listens beside the database, which this process owns: a socket that lies there is a dead bridge's, and
/// goes.
///
/// It is made in a folder that nobody else can look into and moved into place with its mode set, so that
/// there is no moment in which anybody else could connect.
pub(super) fn listen(database: &Path) -> io::Result<UnixListener> {
    let folder = database.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let private = tempfile::Builder::new()
        .prefix(".sock")
        .permissions(Permissions::from_mode(0o700))
        .tempdir_in(folder)?;
    let made = private.path().join("s");
    let listener = UnixListener::bind(&made)?;
    set_permissions(&made, Permissions::from_mode(0o600))?;
    rename(&made, beside(database))?;
    Ok(listener)
}

/// Takes the socket away when the bridge stops.
pub(super) struct Away(PathBuf);

impl Away {
    pub(super) fn at_the_end_of(database: &Path) -> Self {
        Self(beside(database))
    }
}

impl Drop for Away {
    fn drop(&mut self) {
        // One that is left behind is found dead by the next command.
        let _left = std::fs::remove_file(&self.0);
    }
}
