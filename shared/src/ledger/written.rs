//! What people have written themselves in a tool where others may write to their work: a row for each person and day.
//!
//! A row expires when its day is no longer read.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::row::{join, read};
use super::{Key, Ledger, LedgerError};
use crate::model::clock::after;
use crate::model::ids::{MemberId, ProjectId};
use crate::tool::{Pieces, Window};

/// A row is kept for this long after its day.
const KEPT: Duration = Duration::from_secs(40 * 24 * 3600);

/// One person's work on one day.
#[derive(Serialize, Deserialize)]
struct WrittenRow {
    m: MemberId,
    p: Pieces,
}

impl Ledger {
    /// What people have written themselves in a project, by person and day of the window.
    pub(super) async fn written_rows(
        &self,
        project: &ProjectId,
        window: Window,
    ) -> Result<BTreeMap<(MemberId, Date), Pieces>, LedgerError> {
        let mut rows = BTreeMap::new();
        for day in window.days() {
            let items = self.table.query(&partition(project), &sort(day)).await?;
            for item in &items {
                let row: WrittenRow = read(item)?;
                rows.insert((row.m, day), row.p);
            }
        }
        Ok(rows)
    }

    /// Notes what a person has written themselves on a day.
    pub(super) async fn put_written(
        &self,
        project: &ProjectId,
        member: &MemberId,
        day: Date,
        pieces: &Pieces,
    ) -> Result<(), LedgerError> {
        let key = Key::new(partition(project), sort(day) + member.as_str());
        let midnight = day.to_zoned(TimeZone::UTC).ok();
        let expires_at = midnight.map(|at| after(at.timestamp(), KEPT));
        self.modify_until(&key, expires_at, |_: Option<WrittenRow>| {
            let row = WrittenRow {
                m: member.clone(),
                p: pieces.clone(),
            };
            (Some(row), ())
        })
        .await
    }
}

fn partition(project: &ProjectId) -> String {
    join("WRITTEN", &[project.as_str()])
}

fn sort(day: Date) -> String {
    format!("DAY#{day}#MEMBER#")
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use crate::ledger::tests::ledger;
    use crate::tool::{Piece, Pieces, Window};

    #[tokio::test]
    async fn what_a_person_wrote_is_kept_by_day() {
        let (ledger, _) = ledger();
        let piece = |milliseconds| Piece {
            milliseconds: Some(milliseconds),
            labels: 3,
            not_own: None,
        };
        let pieces = |milliseconds| Pieces::from([("17".to_owned(), piece(milliseconds))]);
        let (project, member) = ("5".into(), "2".into());
        for (day, milliseconds) in [(1, 10), (2, 20), (2, 25)] {
            let day = date(2026, 6, day);
            let pieces = pieces(milliseconds);
            let put = ledger.put_written(&project, &member, day, &pieces);
            put.await.unwrap();
        }
        let second = Window {
            from: date(2026, 6, 2),
            to: date(2026, 6, 3),
        };
        let rows = ledger.written_rows(&project, second).await.unwrap();
        let expected = [((member, date(2026, 6, 2)), pieces(25))];
        assert_eq!(rows.into_iter().collect::<Vec<_>>(), expected);
    }
}
