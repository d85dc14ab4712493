//! Work that a run has not reported.

use super::Report;
use crate::model::ids::ProjectId;

/// A number of things, and their name if it is one, and if it is another number.
pub(super) type Gap = (usize, [&'static str; 2]);

impl Report {
    /// What is missing. With `only`, what only other projects lack does not count.
    pub(super) fn gaps(&self, only: Option<&ProjectId>) -> Vec<Gap> {
        let waiting = usize::try_from(self.waiting).unwrap_or(usize::MAX);
        let mut gaps = vec![
            (
                self.refused.len(),
                ["entry refused by OpenTrain", "entries refused by OpenTrain"],
            ),
            (
                self.held_back.len(),
                ["total held back", "totals held back"],
            ),
            (
                self.failed.len(),
                ["hire not reported", "hires not reported"],
            ),
        ];
        gaps.extend(self.of_projects(only));
        gaps.extend([
            (
                self.days_lost(),
                [
                    "day that can no longer be reported",
                    "days that can no longer be reported",
                ],
            ),
            (
                waiting,
                [
                    "day too old to be read, unless the clock is ahead",
                    "days too old to be read, unless the clock is ahead",
                ],
            ),
            (
                self.stopped.len(),
                [
                    "connection whose reporting was stopped for this run",
                    "connections whose reporting was stopped for this run",
                ],
            ),
            (
                self.troubles.len(),
                [
                    "failure of the bridge's own store",
                    "failures of the bridge's own store",
                ],
            ),
        ]);
        gaps.retain(|(count, _)| *count > 0);
        gaps
    }

    fn of_projects(&self, only: Option<&ProjectId>) -> [Gap; 5] {
        let own = |project: &ProjectId| only.is_none_or(|only| only == project);
        let unread = self.unread.iter().filter(|it| own(&it.project));
        let in_part = self.read_in_part.iter().filter(|it| own(&it.project));
        let busy = self.busy.iter().filter(|it| own(it));
        let held = self.held_projects.iter().filter(|it| own(&it.project));
        let stuck = self.stuck.iter().filter(|it| own(&it.project));
        [
            (unread.count(), ["project not read", "projects not read"]),
            (
                in_part.count(),
                [
                    "project with rows that can't be read",
                    "projects with rows that can't be read",
                ],
            ),
            (
                busy.count(),
                [
                    "project that another run reports now",
                    "projects that another run reports now",
                ],
            ),
            (
                held.count(),
                [
                    "project of which many days are gone at once",
                    "projects of which many days are gone at once",
                ],
            ),
            (
                stuck.count(),
                [
                    "day that can't be withdrawn from another contract",
                    "days that can't be withdrawn from another contract",
                ],
            ),
        ]
    }
}

/// Gaps in one line.
pub(super) fn line(gaps: &[Gap]) -> String {
    let gap = |(count, [one, many]): &Gap| match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {many}"),
    };
    gaps.iter().map(gap).collect::<Vec<_>>().join(", ")
}
