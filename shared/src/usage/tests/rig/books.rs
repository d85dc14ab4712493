//! OpenTrain in memory.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Mutex;

use async_trait::async_trait;
use jiff::civil::Date;

use super::lock;
use crate::connection::Connection;
use crate::ledger::{Hired, Measures};
use crate::model::ids::{ContractId, TrainerId};
use crate::opentrain::{OpenTrainError, ReportError, UsageAccepted, UsageEntry};
use crate::usage::UsageApi;

/// How OpenTrain answers a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::usage::tests) enum Reply {
    Accept,
    Down,
    /// It takes the report, and its answer is lost.
    Lost,
    /// It refuses the report's first day.
    RefuseFirstDay,
    /// It does not know the contract.
    Unknown,
    /// It accepts nothing for the contract at present.
    Conflict,
    /// It takes the report, and a proxy answers 408.
    TimedOut,
}

type Held = BTreeMap<(ContractId, TrainerId, Date), Measures>;

type Watch = Box<dyn Fn(&Held) + Send + Sync>;

/// OpenTrain in memory.
#[derive(Default)]
pub(in crate::usage::tests) struct Books {
    pub(in crate::usage::tests) held: Mutex<Held>,
    pub(in crate::usage::tests) replies: Mutex<VecDeque<Reply>>,
    pub(in crate::usage::tests) posts: Mutex<u64>,
    /// The days whose last report was accepted, and answered.
    pub(in crate::usage::tests) answered: Mutex<BTreeSet<(ContractId, TrainerId, Date)>>,
    /// The days whose last report got no answer, so that OpenTrain may have it.
    pub(in crate::usage::tests) unanswered: Mutex<BTreeSet<(ContractId, TrainerId, Date)>>,
    /// Check after each accepted report.
    pub(in crate::usage::tests) watch: Mutex<Option<Watch>>,
}

impl Books {
    pub(in crate::usage::tests) fn replies(&self, replies: &[Reply]) {
        *lock(&self.replies) = replies.iter().copied().collect();
    }

    /// The work of a trainer's day, over all contracts.
    pub(in crate::usage::tests) fn sum(&self, trainer: &str, day: Date) -> Measures {
        sum(&lock(&self.held), &trainer.into(), day)
    }

    /// Whether the bridge knows that work of a day is held.
    pub(in crate::usage::tests) fn is_known(&self, of: &Hired, day: Date) -> bool {
        let key = (of.contract.clone(), of.worker.clone(), day);
        let held = lock(&self.held).get(&key).copied().unwrap_or_default();
        lock(&self.answered).contains(&key) && held.is_some_work()
    }

    /// Notes for which days an answer is missing.
    fn note(&self, contract: &ContractId, entries: &[UsageEntry], reply: Reply) {
        let mut unanswered = lock(&self.unanswered);
        for entry in entries {
            let worker = entry.worker_opentrain_user_id.clone().unwrap();
            let key = (contract.clone(), worker, entry.work_date);
            match reply {
                Reply::Accept => unanswered.remove(&key),
                Reply::Down | Reply::Lost | Reply::TimedOut => unanswered.insert(key),
                Reply::RefuseFirstDay | Reply::Unknown | Reply::Conflict => false,
            };
        }
    }

    fn take(&self, contract: &ContractId, entries: &[UsageEntry], is_answered: bool) {
        let mut held = lock(&self.held);
        let mut answered = lock(&self.answered);
        for entry in entries {
            let worker = entry.worker_opentrain_user_id.clone().unwrap();
            let new = Measures {
                seconds: entry.total_seconds,
                tasks: entry.tasks_completed,
                labels: entry.labels_completed,
            };
            let key = (contract.clone(), worker, entry.work_date);
            match is_answered {
                true => answered.insert(key.clone()),
                false => answered.remove(&key),
            };
            let old = held.entry(key);
            let old = old.or_default();
            *old = new.over(*old);
        }
        if let Some(watch) = &*lock(&self.watch) {
            watch(&held);
        }
    }
}

/// The work of a trainer's day, over all contracts.
pub(in crate::usage::tests) fn sum(held: &Held, trainer: &TrainerId, day: Date) -> Measures {
    let own = held
        .iter()
        .filter(|((_, t, d), _)| t == trainer && *d == day);
    own.fold(Measures::default(), |sum, (_, it)| sum.plus(*it))
}

#[async_trait]
impl UsageApi for Books {
    async fn report(
        &self,
        _: &Connection,
        contract: &ContractId,
        entries: &[UsageEntry],
    ) -> Result<UsageAccepted, ReportError> {
        *lock(&self.posts) += 1;
        let reply = lock(&self.replies).pop_front().unwrap_or(Reply::Accept);
        self.note(contract, entries, reply);
        let status = match reply {
            Reply::Accept => {
                self.take(contract, entries, true);
                let accepted = Some(entries.len() as u64);
                return Ok(UsageAccepted {
                    accepted,
                    budget: None,
                });
            }
            Reply::Lost => {
                self.take(contract, entries, false);
                503
            }
            Reply::TimedOut => {
                self.take(contract, entries, false);
                408
            }
            Reply::Down => 503,
            Reply::RefuseFirstDay => 400,
            Reply::Unknown => 404,
            Reply::Conflict => 409,
        };
        Err(OpenTrainError::of_status(status).into())
    }
}
