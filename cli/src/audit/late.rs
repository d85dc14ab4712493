//! Removals by the delay from their cause to their proof.

use anyhow::Context;
use jiff::ToSpan;
use jiff::civil::Date;
use shared::ledger::audit::Break;
use shared::ledger::{Ledger, LedgerError};

use super::line::Line;
use super::open::{ledger, unread};
use crate::exit::CliError;
use crate::targets::Target;

/// A removal is late if its proof came this long after its cause.
const LATE_SECONDS: i64 = 24 * 3600;

/// Proven removals of some days, from rows that a chain leads to.
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
    let lines = found.rows.iter().flat_map(Line::of);
    let mut lines: Vec<_> = lines.filter(|it| it.delay_seconds.is_some()).collect();
    lines.sort_by_key(|line| std::cmp::Reverse(line.delay_seconds));
    Ok(Removals {
        from,
        lines,
        broken: found.broken,
    })
}
