//! Files with secrets, and the permissions that they may have.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Refused permissions: write by the group, any by other users.
const REFUSED: u32 = 0o027;

const GROUP_READS: u32 = 0o040;

/// Maximum size. A key file, a token or a bundle of certificates is smaller.
const MAX_SIZE: u64 = 1024 * 1024;

/// Users who may read an accepted file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readers {
    Owner,
    /// Also its group, with this mode. Kubernetes and Docker mount secrets in this way for a user who is not root.
    Group(u32),
}

/// The mode of a file that too many users have rights on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooOpen(pub(crate) u32);

/// Checks the permissions of a file, from the metadata of the open handle, so that no other file can replace it in
/// between. Pipes and other special files are accepted.
pub(crate) fn readers(about: &Metadata) -> Result<Readers, TooOpen> {
    let mode = about.mode() & 0o7777;
    if !about.is_file() {
        return Ok(Readers::Owner);
    }
    match mode {
        _ if mode & REFUSED != 0 => Err(TooOpen(mode)),
        _ if mode & GROUP_READS != 0 => Ok(Readers::Group(mode)),
        _ => Ok(Readers::Owner),
    }
}

/// The fix for [`TooOpen`]. A mounted file cannot be changed in place.
pub(crate) fn fix(path: &Path) -> String {
    format!(
        "run `chmod 600 {}`, or where it is a mounted secret, mount it with mode 0440: `defaultMode: 0440` and \
         `fsGroup` in Kubernetes, `mode: 0440` in Compose",
        path.display()
    )
}

/// Reads a secret's text, and checks who may read the file.
///
/// # Errors
/// The problem and its fix; nothing of the text.
pub(crate) fn read(path: &Path) -> Result<(String, Readers), (String, String)> {
    let unreadable = |error: io::Error| {
        let problem = format!("can't read {}: {error}", path.display());
        let fix = "check the path, and that the user the bridge runs as may read the file";
        (problem, fix.to_owned())
    };
    let file = File::open(path).map_err(unreadable)?;
    let about = file.metadata().map_err(unreadable)?;
    let readers = readers(&about).map_err(|TooOpen(mode)| {
        let problem = format!(
            "{} holds a secret, and other users have rights on it (mode {mode:04o})",
            path.display()
        );
        (problem, fix(path))
    })?;
    Ok((text(file).map_err(unreadable)?, readers))
}

/// The whole of a small text file.
pub(crate) fn text(file: File) -> io::Result<String> {
    let mut text = String::new();
    let mut file = file.take(MAX_SIZE + 1);
    file.read_to_string(&mut text)?;
    if file.limit() == 0 {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(text)
}
