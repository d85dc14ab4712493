//! A plan: what a dry run of a reconcile would do. It is applied by its hash. If the state has changed in between, nothing
//! is done, and the plan of the changed state shows the difference.

use std::collections::BTreeSet;

use shared::model::ids::TrainerId;
use shared::model::progress::unwatched;
use shared::reconcile::{AccessChange, Change, Drift, Outcome, Wish};

use super::text::words;
use crate::control::{Order, ask_at};
use crate::exit::CliError;
use crate::targets::Target;

/// What would be done.
pub(crate) struct Plan {
    pub(crate) wish: Wish,
    pub(crate) outcome: Outcome,
    pub(crate) hash: String,
    /// Differences from the plan that could not be applied.
    pub(crate) moved: Option<Moved>,
}

/// Differences of two plans, as lines.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Moved {
    pub(crate) gone: Vec<String>,
    pub(crate) new: Vec<String>,
}

/// Result of the application of a plan.
pub(crate) enum Applied {
    Done(Box<Outcome>),
    /// The state has changed, so nothing was done. Contains the plan of the current state.
    Moved(Box<Plan>),
}

async fn reconcile(target: &Target, wish: Wish) -> Result<Outcome, CliError> {
    ask_at(target, &Order::Reconcile(wish), &unwatched).await
}

impl Plan {
    /// Makes a dry run of `wish`.
    pub(crate) async fn read(target: &Target, wish: Wish) -> Result<Self, CliError> {
        let wish = Wish {
            dry_run: true,
            plan: None,
            ..wish
        };
        let outcome = reconcile(target, wish.clone()).await?;
        Ok(Self {
            hash: outcome.plan(),
            wish,
            outcome,
            moved: None,
        })
    }

    /// Runs the plan, if it still holds.
    pub(crate) async fn apply(&self, target: &Target) -> Result<Applied, CliError> {
        let run = Wish {
            dry_run: false,
            plan: Some(self.hash.clone()),
            ..self.wish.clone()
        };
        let refused = match reconcile(target, run).await {
            Ok(outcome) => return Ok(Applied::Done(Box::new(outcome))),
            Err(refused @ CliError::Refused(_)) => refused,
            Err(error) => return Err(error),
        };
        let now = Self::read(target, self.wish.clone()).await?;
        match now.hash == self.hash {
            // It was refused for another reason, or the state is again that of the plan.
            true => Err(refused),
            false => Ok(Applied::Moved(Box::new(now.moved_from(self)))),
        }
    }

    /// Whether applying it would do nothing.
    pub(crate) fn is_empty(&self) -> bool {
        let waits = |it: &Drift| it.waits.is_some();
        self.outcome.access.is_empty() && self.outcome.drift.iter().all(waits)
    }

    /// The access that would be revoked or released.
    pub(crate) fn removals(&self) -> impl Iterator<Item = &AccessChange> {
        let access = self.outcome.access.iter();
        access.filter(|it| matches!(it.change, Change::Remove | Change::Release))
    }

    /// The trainers who would lose access.
    pub(crate) fn losing(&self) -> BTreeSet<&TrainerId> {
        self.removals().map(|it| &it.trainer).collect()
    }

    fn lines(&self) -> BTreeSet<String> {
        let access = self.outcome.access.iter().map(line);
        let drift = self.outcome.drift.iter().map(|it| {
            let (says, about) = words(it);
            let waits = it.waits.map_or("", |_| ", which waits");
            format!("{about} of {}: {says}{waits}", it.connection)
        });
        let held = self.outcome.held.iter();
        let held = held.map(|it| format!("held: {} removals of {}", it.losing, it.connection));
        access.chain(drift).chain(held).collect()
    }

    fn moved_from(self, before: &Self) -> Self {
        let (old, new) = (before.lines(), self.lines());
        let moved = Moved {
            gone: old.difference(&new).cloned().collect(),
            new: new.difference(&old).cloned().collect(),
        };
        Self {
            moved: Some(moved),
            ..self
        }
    }
}

fn line(it: &AccessChange) -> String {
    let verb = match it.change {
        Change::Remove => "revoke access",
        Change::Release => "release access",
        Change::Grant => "grant access",
        Change::Check => "check the invitation",
        Change::Keep => "look up access",
    };
    format!("{verb} of {} to project {}", it.trainer, it.project)
}

#[cfg(test)]
mod tests {
    use shared::reconcile::Waits;

    use super::*;

    fn plan(trainer: &str, waits: bool) -> Plan {
        let drift = serde_json::json!({
            "connection": "default", "drift": "link-gone", "link": "lnk_1",
            "waits": waits.then_some(Waits::Operator), "repaired": false,
        });
        let outcome = serde_json::json!({
            "startedAt": "2026-06-12T10:00:00Z", "tookMs": 1, "dryRun": true,
            "checked": { "connections": 1, "links": 1, "contracts": 1, "trainers": 2 },
            "access": [{ "trainer": trainer, "project": "streets", "change": "remove" }],
            "drift": [drift], "notes": [], "problems": [], "held": [],
        });
        let outcome: Outcome = serde_json::from_value(outcome).unwrap();
        Plan {
            wish: Wish::default(),
            hash: outcome.plan(),
            outcome,
            moved: None,
        }
    }

    #[test]
    fn a_difference_is_named_from_both_sides() {
        let now = plan("usr_ben", false).moved_from(&plan("usr_maria", true));
        let moved = now.moved.unwrap();
        let about = |name: &str| format!("revoke access of {name} to project streets");
        assert_eq!(moved.new[1], about("usr_ben"));
        assert_eq!(moved.gone[1], about("usr_maria"));
        assert!(moved.gone[0].ends_with(", which waits"), "{moved:?}");
        assert!(!moved.new[0].ends_with(", which waits"), "{moved:?}");
    }
}
