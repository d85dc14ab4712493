//! Makes a project's notice in the tool match the budgets of its contracts.
//!
//! Several workers may do so for one project at once. Each reads the row first and everything else after it, and writes
//! the row only if it is unchanged since then. A worker whose write is refused starts again.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::future::try_join_all;
use jiff::Timestamp;

use super::{Notices, current_level, text};
use crate::ledger::{Entitlement, NoticeRow, Place, entitlement};
use crate::model::clock::after;
use crate::model::failure::Failure;
use crate::model::ids::ProjectId;
use crate::tool::{Notice, NoticeLevel, ToolError};

/// Maximum number of rounds; more indicate a fault.
const MAX_ROUNDS: usize = 16;

/// Time until a tool that had no place for notices is asked again. The members contract has the same time.
const UNPLACED: Duration = Duration::from_secs(24 * 60 * 60);

impl Notices {
    /// Shows, changes or clears the notice on a project. `places` are checked in addition to those that the notice
    /// contains already. Does nothing if the tool shows the right notice.
    pub(super) async fn settle(
        &self,
        project: &ProjectId,
        places: &BTreeSet<Place>,
    ) -> Result<(), Failure> {
        let mut ours = None;
        for _ in 0..MAX_ROUNDS {
            let (row, expect) = self.ledger.notice(project).await?;
            let row = row.unwrap_or_else(|| blank(project, self.clock.now()));
            let concerns = self.concerns(row.concerns.union(places)).await?;
            let wanted = self.wanted(&concerns);
            let concerns = concerns.into_iter().map(|(place, _)| place).collect();
            let stands = self.stands(&row, &wanted, ours.as_ref());
            if stands && concerns == row.concerns {
                return Ok(());
            }
            // The intent is stored first.
            let row = NoticeRow {
                concerns,
                unsure: !stands,
                ..row
            };
            let Some(expect) = self.ledger.put_notice(&row, expect).await? else {
                continue;
            };
            if stands {
                return Ok(());
            }
            let shown = self.show(project, wanted.as_ref()).await;
            let row = self.after(row, wanted.clone(), &shown);
            if self.ledger.put_notice(&row, expect).await?.is_some() {
                return Ok(shown.map(drop)?);
            }
            ours = Some(wanted);
        }
        Err(Failure::transient(
            "the notice is too contended; it is retried later",
        ))
    }

    /// Whether the tool shows the wanted notice. Unknown if another worker has written the row while this worker has
    /// shown another notice: either of the two may have been last.
    fn stands(
        &self,
        row: &NoticeRow,
        wanted: &Option<Notice>,
        ours: Option<&Option<Notice>>,
    ) -> bool {
        let asked_lately = row.placed || self.clock.now() < after(row.at, UNPLACED);
        let overtaken = ours.is_some_and(|ours| *ours != row.shown);
        row.shown == *wanted && !row.unsure && !overtaken && asked_lately
    }

    fn wanted(&self, concerns: &[(Place, NoticeLevel)]) -> Option<Notice> {
        let contracts = concerns
            .iter()
            .map(|(place, level)| (place.contract.clone(), *level));
        text::notice(contracts, &self.settings.top_up_url)
    }

    async fn show(&self, project: &ProjectId, wanted: Option<&Notice>) -> Result<bool, ToolError> {
        match wanted {
            Some(notice) => self.tool.show_notice(project, notice).await,
            None => self.tool.clear_notice(project).await,
        }
    }

    /// The row after the tool's answer.
    fn after(
        &self,
        row: NoticeRow,
        wanted: Option<Notice>,
        shown: &Result<bool, ToolError>,
    ) -> NoticeRow {
        let at = self.clock.now();
        match shown {
            Ok(placed) => {
                let level = wanted.as_ref().map(|notice| notice.level);
                tracing::info!(project.id = %row.project, ?level, placed, "the notice is up to date");
                NoticeRow {
                    shown: wanted,
                    unsure: false,
                    placed: *placed,
                    trouble: None,
                    at,
                    ..row
                }
            }
            Err(error) => {
                let trouble = Some(Failure::from(error.clone()).trouble());
                NoticeRow { trouble, at, ..row }
            }
        }
    }

    /// The `places` with a live hire and a budget that is not fine.
    async fn concerns<'a>(
        &self,
        places: impl Iterator<Item = &'a Place>,
    ) -> Result<Vec<(Place, NoticeLevel)>, Failure> {
        let concerns = places.map(|place| self.concern(place));
        Ok(try_join_all(concerns)
            .await?
            .into_iter()
            .flatten()
            .collect())
    }

    /// A contract that has ended, or whose install was revoked, is removed from the notice. A contract that OpenTrain
    /// provisions itself, or at a project of another organisation, is never added.
    async fn concern(&self, place: &Place) -> Result<Option<(Place, NoticeLevel)>, Failure> {
        let row = self
            .ledger
            .budget(&place.connection, &place.contract)
            .await?;
        let Some(level) = row.as_ref().and_then(current_level) else {
            return Ok(None);
        };
        let trainer = self.ledger.trainer(&place.trainer).await?;
        let mut environment = self.ledger.environment_of(&trainer).await?;
        if let Some(connections) = &self.connections {
            let names = environment.connections().into_iter();
            environment.projects = connections.projects(names).await?;
        }
        let live = trainer.hires.iter().any(|hire| {
            place.is_of(hire)
                && entitlement(&trainer, hire, &environment, &self.policy) == Entitlement::Live
        });
        Ok(live.then(|| (place.clone(), level)))
    }
}

fn blank(project: &ProjectId, at: Timestamp) -> NoticeRow {
    NoticeRow {
        project: project.clone(),
        concerns: BTreeSet::new(),
        shown: None,
        unsure: false,
        placed: true,
        trouble: None,
        at,
    }
}
