//! Operators' actions in the audit record, with the actor.
//!
//! On a machine the actor is the user's id as the operating system reports it: of the command's own process, or of the
//! client of the control socket. On a stack it is the identity that AWS reports for the command's credentials. What the
//! environment calls the user does not count.

use std::collections::BTreeSet;
use std::path::Path;

use shared::ledger::audit::{Actor, AuditEvent, Entry};
use shared::model::clock::{Clock, SystemClock};
use shared::model::progress::unwatched;

use super::{Order, ask_at};
use crate::exit::CliError;
use crate::targets::Target;

/// The accounts of this machine.
const ACCOUNTS: &str = "/etc/passwd";

/// A settlement that does not depend on what the tool shows.
const EVEN_IF_MEMBER: &str = "even if the tool shows the person";

/// Maximum number of dead letters that an entry names.
const NAMED: usize = 10;

/// Records an action of the operator who runs this command. Each command that changes something and gives no other
/// [`Order`] calls it before it acts. Does nothing where no bridge has stored data.
pub async fn record(target: &Target, entry: Entry) -> Result<(), CliError> {
    if !target.has_ledger()? {
        return Ok(());
    }
    ask_at(target, &Order::Record(Box::new(entry)), &unwatched).await
}

/// An entry about an action.
pub fn action(event: AuditEvent, target: impl ToString) -> Entry {
    Entry {
        target: Some(target.to_string()),
        ..Entry::new(event, SystemClock.now())
    }
}

/// The user of this process.
pub(crate) fn own() -> Actor {
    user(rustix::process::getuid().as_raw())
}

/// The user with this id.
pub(super) fn user(uid: u32) -> Actor {
    let login = login(Path::new(ACCOUNTS), uid);
    Actor::User { uid, login }
}

/// The login name of a user's id, where the file of accounts has it.
fn login(accounts: &Path, uid: u32) -> Option<String> {
    let accounts = std::fs::read_to_string(accounts).ok()?;
    let mut lines = accounts.lines().map(|line| line.split(':'));
    lines.find_map(|mut fields| {
        let name = fields.next()?;
        let id: u32 = fields.nth(1)?.parse().ok()?;
        (id == uid).then(|| name.to_owned())
    })
}

/// Whether a text can be the id of a dead letter: a number, or what a queue of AWS assigns. An operator may have mistyped
/// another text, such as a name, which no row may keep.
fn is_letter(id: &str) -> bool {
    let is_of_ids = |it: char| it.is_ascii_hexdigit() || it == '-';
    id.len() <= 36 && id.chars().all(is_of_ids) && id.contains(|it: char| it.is_ascii_digit())
}

/// What was done to these dead letters. Names the first ones, because a row is small.
fn several(done: &str, ids: &BTreeSet<String>) -> String {
    let named = ids.iter().map(String::as_str).filter(|it| is_letter(it));
    let first: Vec<_> = named.take(NAMED).collect();
    let more = match ids.len().saturating_sub(first.len()) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{done}: {}{more}", first.join(", "))
}

/// The same of dead letters that are deleted: nothing else says later what they were.
fn dropped(ids: &BTreeSet<String>, about: &[String]) -> String {
    if about.is_empty() {
        return several("dropped", ids);
    }
    let more = match ids.len().saturating_sub(about.len()) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("dropped: {}{more}", about.join("; "))
}

impl Order {
    /// The entry about an order that an operator gives; none for an order that changes no access.
    pub(super) fn entry(&self, actor: &Actor) -> Option<Entry> {
        let about = |event, target: &dyn ToString| action(event, target.to_string());
        let entry = match self {
            Self::Record(entry) => (**entry).clone(),
            Self::Reconcile(wish) if wish.force && !wish.dry_run => {
                let connection = wish.connection.as_ref();
                about(
                    AuditEvent::OperatorForce,
                    &connection.map_or("all", |it| it.as_str()),
                )
            }
            Self::Usage(options) if !options.dry_run => about(
                AuditEvent::OperatorAccept,
                options.accept_deletions.as_ref()?,
            ),
            Self::End(request) if !request.dry_run => about(AuditEvent::OperatorEnd, &request.id),
            Self::Settle(request) if !request.dry_run => Entry {
                trainer: Some(request.trainer.clone()),
                project: Some(request.project.clone()),
                target: request.even_if_member.then(|| EVEN_IF_MEMBER.to_owned()),
                ..Entry::new(AuditEvent::OperatorSettle, SystemClock.now())
            },
            Self::Disconnect { connection } => about(AuditEvent::OperatorDisconnect, connection),
            Self::Reconnect { connection, .. } => about(AuditEvent::OperatorReconnect, connection),
            Self::Forget { trainer } => Entry {
                trainer: Some(trainer.clone()),
                ..Entry::new(AuditEvent::OperatorForget, SystemClock.now())
            },
            Self::Retry { trainer } => Entry {
                trainer: Some(trainer.clone()),
                ..Entry::new(AuditEvent::OperatorRetry, SystemClock.now())
            },
            Self::Redrive { ids } => {
                about(AuditEvent::OperatorDeadLetters, &several("redriven", ids))
            }
            Self::DropDead {
                ids, about: lines, ..
            } => about(AuditEvent::OperatorDeadLetters, &dropped(ids, lines)),
            Self::Onboard(order) => order.entry()?,
            // `bridge unlink` records its action before it deletes the link.
            Self::Reconcile(_)
            | Self::Usage(_)
            | Self::End(_)
            | Self::Settle(_)
            | Self::Unlinking { .. }
            | Self::Unlink { .. } => return None,
        };
        Some(Entry {
            actor: Some(actor.clone()),
            ..entry
        })
    }
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
