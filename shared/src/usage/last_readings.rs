//! Readings that are shared by all people who leave the same projects at the same time.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use super::context::Context;
use super::people::Person;
use super::questions::Questions;
use super::read::read;
use super::reading::Readings;
use super::report::{Report, UsageError};
use crate::ledger::UsageLease;
use crate::model::ids::{ProjectId, TrainerId};

/// Maximum delay of one person's removal, over all projects. Late access is worse than work that is reported an hour
/// later, and the next run reports the rest.
pub(super) const PATIENCE: Duration = Duration::from_secs(25);

/// Time after a person's last reading at which a new removal begins, with the full delay. The projects of one removal
/// follow each other sooner.
const ONE_REMOVAL: Duration = Duration::from_secs(60);

/// Maximum age of an unused reading that is used for other people who leave the same projects.
const FRESH: Duration = Duration::from_secs(1);

/// The last readings of a process, shared by all people who leave the same projects at the same time. Cheap to clone.
#[derive(Clone, Default)]
pub struct LastReadings {
    slots: Arc<std::sync::Mutex<HashMap<BTreeSet<ProjectId>, Arc<Slot>>>>,
    spent: Arc<std::sync::Mutex<HashMap<TrainerId, (Duration, Instant)>>>,
}

/// The newest reading of some projects.
type Slot = Mutex<Kept>;

#[derive(Default)]
struct Kept {
    in_use: Weak<Taken>,
    last: Option<Arc<Answers>>,
}

impl Kept {
    fn fresh(&self) -> Option<&Arc<Answers>> {
        let last = self.last.as_ref();
        last.filter(|last| last.at.elapsed() < FRESH)
    }
}

/// A reading.
pub(super) struct Answers {
    asked: Questions,
    pub(super) readings: Readings,
    at: Instant,
}

/// A reading, and the lease to report it, which is taken for the first person with something to report.
pub(super) struct Taken {
    pub(super) answers: Arc<Answers>,
    pub(super) lease: Mutex<Option<Arc<UsageLease>>>,
}

impl LastReadings {
    fn slot(&self, projects: &BTreeSet<ProjectId>) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let is_fresh = |slot: &Slot| slot.try_lock().is_ok_and(|kept| kept.fresh().is_some());
        slots.retain(|_, slot| Arc::strong_count(slot) > 1 || is_fresh(slot));
        Arc::clone(slots.entry(projects.clone()).or_default())
    }

    /// Time at which a person's removal continues without the reading.
    pub(super) fn until(&self, id: &TrainerId, now: Instant) -> Instant {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        spent.retain(|_, (_, at)| now < *at + ONE_REMOVAL);
        let spent = spent.get(id).map_or(Duration::ZERO, |it| it.0);
        now + PATIENCE.saturating_sub(spent)
    }

    /// Adds the time of a reading that began at `begun`.
    pub(super) fn spend(&self, id: &TrainerId, begun: Instant) {
        let mut all = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let (spent, at) = all.entry(id.clone()).or_insert((Duration::ZERO, now));
        *spent += now - begun;
        *at = now;
    }
}

/// The shared reading of these projects, if it covers all days that this person needs, or a new one. A new reading also
/// covers the days of the previous one, for other people who leave now.
pub(super) async fn take(
    ctx: &Context<'_>,
    shared: &LastReadings,
    person: &Person,
    projects: &BTreeSet<ProjectId>,
    report: &mut Report,
) -> Result<Arc<Taken>, UsageError> {
    let slot = shared.slot(projects);
    let mut kept = slot.lock().await;
    let mut asked = Questions::of(std::slice::from_ref(person), ctx.bounds);
    let serves = |it: &Answers| it.at.elapsed() < PATIENCE && it.asked.cover(&asked, ctx.now);
    let in_use = kept.in_use.upgrade();
    if let Some(taken) = in_use.filter(|it| serves(&it.answers)) {
        return Ok(taken);
    }
    let fresh = kept.fresh().filter(|it| serves(it)).cloned();
    let answers = match fresh {
        Some(fresh) => fresh,
        None => {
            if let Some(last) = &kept.last {
                asked.join(&last.asked);
            }
            let (readings, part) = read(ctx, &asked).await?;
            report.add(part);
            Arc::new(Answers {
                asked,
                readings,
                at: Instant::now(),
            })
        }
    };
    let new = Arc::new(Taken {
        answers: Arc::clone(&answers),
        lease: Mutex::default(),
    });
    kept.in_use = Arc::downgrade(&new);
    kept.last = Some(answers);
    Ok(new)
}
