//! Fixes for errors of the file system and of SQLite.

use std::io;

use rusqlite::{ErrorCode, ffi};

const FULL: &str = "the disk is full: free space on its file system";
const READ_ONLY: &str =
    "its file system is read-only: mount it writable, or set BRIDGE_DB to a path on one that is";
const RIGHTS: &str =
    "check that its folder exists, and that the user the bridge runs as may read and write both";

/// Fix for an error of the system about the database file, its lock or its folder.
pub(super) fn io(error: &io::Error) -> &'static str {
    use io::ErrorKind::{InvalidFilename, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    match error.kind() {
        StorageFull | QuotaExceeded => FULL,
        ReadOnlyFilesystem => READ_ONLY,
        InvalidFilename => "set BRIDGE_DB to a shorter path",
        _ => RIGHTS,
    }
}

/// Fix for an error of SQLite.
pub(super) fn sqlite(error: &rusqlite::Error) -> &'static str {
    let Some(error) = error.sqlite_error() else {
        return "report this to the maintainers of the bridge";
    };
    match (error.code, error.extended_code) {
        // The shared-memory file could not grow: SQLite does not report that the disk is full.
        (ErrorCode::DiskFull, _) | (_, ffi::SQLITE_IOERR_SHMSIZE) => FULL,
        (ErrorCode::ReadOnly, _) => {
            "make the file and its folder writable for the user the bridge runs as; a file system with errors becomes read-only by itself, see the kernel's log"
        }
        (ErrorCode::SystemIoFailure, _) => {
            "check the disk: is it full, is there a quota, does the kernel's log show errors?"
        }
        (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _) => {
            "another program holds a lock on it: close that program"
        }
        (ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase, _) => {
            "restore it from a backup, or move it away and let `bridge reconcile` rebuild it"
        }
        _ => RIGHTS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_disk_is_named_and_not_the_rights() {
        use std::io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem, StorageFull};
        let failure = |code| rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
        for full in [
            io(&StorageFull.into()),
            sqlite(&failure(ffi::SQLITE_FULL)),
            sqlite(&failure(ffi::SQLITE_IOERR_SHMSIZE)),
        ] {
            assert!(
                full.contains("free space") && !full.contains("user"),
                "{full}"
            );
        }
        assert!(io(&ReadOnlyFilesystem.into()).contains("read-only"));
        assert!(sqlite(&failure(ffi::SQLITE_READONLY)).contains("writable"));
        assert!(sqlite(&failure(ffi::SQLITE_IOERR_WRITE)).contains("check the disk"));
        assert!(io(&PermissionDenied.into()).contains("user the bridge runs as"));
    }
}
