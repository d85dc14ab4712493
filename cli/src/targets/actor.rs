//! The operator who runs a command, for the audit record.
//!
//! On a machine it is the user's id as the operating system reports it: of the command's own process, or of the client
//! of the control socket. On a stack it is the identity that AWS reports for the command's credentials. Variables such
//! as `USER` do not count.

use std::path::Path;

use shared::ledger::audit::Actor;

/// The accounts of this machine.
const ACCOUNTS: &str = "/etc/passwd";

/// The user of this process.
pub(super) fn own() -> Actor {
    user(rustix::process::getuid().as_raw())
}

/// The user with this id.
pub(crate) fn user(uid: u32) -> Actor {
    let login = login(Path::new(ACCOUNTS), uid);
    Actor::User { uid, login }
}

/// The login name of a user's id, if the file of accounts has it.
fn login(accounts: &Path, uid: u32) -> Option<String> {
    let accounts = std::fs::read_to_string(accounts).ok()?;
    let mut lines = accounts.lines().map(|line| line.split(':'));
    lines.find_map(|mut fields| {
        let name = fields.next()?;
        let id: u32 = fields.nth(1)?.parse().ok()?;
        (id == uid).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_name_is_found_by_the_id() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("passwd");
        std::fs::write(
            &file,
            "root:x:0:0::/root:/bin/sh\nbridge:x:997:997::/:/bin/false\n",
        )
        .unwrap();
        assert_eq!(login(&file, 997).as_deref(), Some("bridge"));
        assert_eq!(login(&file, 7), None);
    }
}
