//! Operators' actions in the audit record, with the actor.

use std::collections::BTreeSet;

use anyhow::Context;
use shared::ledger::Ledger;
use shared::ledger::audit::{Actor, AuditEvent, Entry};
use shared::model::clock::{Clock, SystemClock};
use shared::model::ids::TrainerId;

use super::entry::action;
use super::order::Order;

/// Target of a settlement that does not depend on what the tool shows.
const EVEN_IF_MEMBER: &str = "even if the tool shows the person";

/// Maximum number of dead letters that an entry names.
const NAMED: usize = 10;

/// Records an order in this ledger, if orders of its kind are recorded.
pub(super) async fn record_in(ledger: &Ledger, order: &Order, actor: &Actor) -> anyhow::Result<()> {
    if let Some(entry) = order.entry(actor) {
        let recorded = ledger.record_action(entry).await;
        recorded.context("the action can't be recorded, so nothing was done")?;
    }
    Ok(())
}

/// Whether a text can be the id of a dead letter: a number, or an id of SQS. Any other text is a typing error, and no
/// row may keep it, because it may be a name.
fn is_letter(id: &str) -> bool {
    let is_of_ids = |it: char| it.is_ascii_hexdigit() || it == '-';
    id.len() <= 36 && id.chars().all(is_of_ids) && id.contains(|it: char| it.is_ascii_digit())
}

/// Text about what was done to these dead letters. Names only the first ones, because a row is small.
fn several(done: &str, ids: &BTreeSet<String>) -> String {
    let named = ids.iter().map(String::as_str).filter(|it| is_letter(it));
    let first: Vec<_> = named.take(NAMED).collect();
    let more = match ids.len().saturating_sub(first.len()) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{done}: {}{more}", first.join(", "))
}

/// The same for deleted dead letters, with a description of the first ones, because no other record of them stays.
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
    /// The entry about an order that an operator gives; none for a dry run, for a run that the schedule does in the
    /// same way, and for an action that the command itself has recorded.
    pub(super) fn entry(&self, actor: &Actor) -> Option<Entry> {
        let entry = match self {
            Self::Record(entry) => (**entry).clone(),
            Self::Onboard(order) => order.entry()?,
            _ => self.of_trainer().or_else(|| self.of_others())?,
        };
        Some(Entry {
            actor: Some(actor.clone()),
            ..entry
        })
    }

    /// The entry about an order that names a trainer.
    fn of_trainer(&self) -> Option<Entry> {
        let about = |event, trainer: &TrainerId| Entry {
            trainer: Some(trainer.clone()),
            ..Entry::new(event, SystemClock.now())
        };
        Some(match self {
            Self::Settle(request) if !request.dry_run => Entry {
                project: Some(request.project.clone()),
                target: request.even_if_member.then(|| EVEN_IF_MEMBER.to_owned()),
                ..about(AuditEvent::OperatorSettle, &request.trainer)
            },
            Self::Forget { trainer } => about(AuditEvent::OperatorForget, trainer),
            Self::Retry { trainer } => about(AuditEvent::OperatorRetry, trainer),
            _ => return None,
        })
    }

    /// The entry about an order that names no trainer.
    fn of_others(&self) -> Option<Entry> {
        use AuditEvent as Event;
        Some(match self {
            Self::Reconcile(wish) if wish.force && !wish.dry_run => {
                let connection = wish.connection.as_ref();
                let name = connection.map_or("all", |it| it.as_str());
                action(Event::OperatorForce, name)
            }
            Self::Usage(options) if !options.dry_run => {
                action(Event::OperatorAccept, options.accept_deletions.as_ref()?)
            }
            Self::End(request) if !request.dry_run => action(Event::OperatorEnd, &request.id),
            Self::Disconnect { connection } => action(Event::OperatorDisconnect, connection),
            Self::Reconnect { connection, .. } => action(Event::OperatorReconnect, connection),
            Self::Redrive { ids } => action(Event::OperatorDeadLetters, several("redriven", ids)),
            Self::DropDead {
                ids, about: lines, ..
            } => action(Event::OperatorDeadLetters, dropped(ids, lines)),
            // `bridge unlink` and `bridge endpoints enable` record their actions before they act. The others change
            // nothing, or name a trainer.
            Self::Reconcile(_)
            | Self::Usage(_)
            | Self::End(_)
            | Self::Settle(_)
            | Self::Unlinking { .. }
            | Self::Disconnecting { .. }
            | Self::Settings { .. }
            | Self::Unlink { .. }
            | Self::Forget { .. }
            | Self::Retry { .. }
            | Self::Onboard(_)
            | Self::Enabled { .. }
            | Self::Record(_) => return None,
        })
    }
}
