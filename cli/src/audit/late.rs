//! Removals by the delay from their cause to their proof.

use std::collections::BTreeSet;

use anyhow::Context;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::ToSpan;
use jiff::civil::Date;
use shared::ledger::audit::{Break, Subject};
use shared::ledger::{Ledger, LedgerError};

use super::line::Line;
use super::open::{ledger, unread};
use crate::exit::CliError;
use crate::targets::Target;

/// A removal is late if its proof came this long after its cause.
const LATE_SECONDS: i64 = 24 * 3600;

/// Maximum number of chains that are read at once.
const AT_ONCE: usize = 16;

/// Proven removals of some days, which chains lead to.
pub(crate) struct Removals {
    pub(crate) from: Date,
    /// The longest delay first.
    pub(crate) lines: Vec<Line>,
    /// Where the chains are broken: removals may be missing.
    pub(crate) broken: Vec<Break>,
}

impl Removals {
    /// Number of removals that were proven more than a day after their cause.
    pub(crate) fn late(&self) -> usize {
        let late = self.lines.iter();
        late.filter(|it| it.delay_seconds > Some(LATE_SECONDS))
            .count()
    }
}

/// The removals of the last `days` days until `today`.
pub(crate) async fn removals(
    target: &Target,
    today: Date,
    days: i64,
) -> Result<Removals, CliError> {
    let (ledger, _) = ledger(target)?;
    let from = today.checked_sub(days.days()).unwrap_or(Date::MIN);
    let found = read(&ledger, from, today).await;
    Ok(found.with_context(|| unread(target))?)
}

async fn read(ledger: &Ledger, from: Date, to: Date) -> Result<Removals, LedgerError> {
    let found = ledger.removals_proven(from, to).await?;
    // Only rows that a chain leads to count: an attempt that was overtaken has left others.
    let named: BTreeSet<_> = found.iter().map(|it| (&it.subject, it.seq)).collect();
    let subjects: BTreeSet<Subject> = found.iter().map(|it| it.subject.clone()).collect();
    let chains: Vec<_> =
        stream::iter(subjects)
            .map(|subject| async move {
                Ok::<_, LedgerError>((ledger.audit_of(&subject).await?, subject))
            })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
    let (mut lines, mut broken) = (Vec::new(), Vec::new());
    for (chain, subject) in &chains {
        let rows = chain.rows.iter();
        let own = rows.filter(|row| named.contains(&(subject, row.head.seq)));
        lines.extend(
            own.flat_map(Line::of)
                .filter(|it| it.delay_seconds.is_some()),
        );
        broken.extend(chain.broken.clone());
    }
    lines.sort_by_key(|line| std::cmp::Reverse(line.delay_seconds));
    Ok(Removals {
        from,
        lines,
        broken,
    })
}
