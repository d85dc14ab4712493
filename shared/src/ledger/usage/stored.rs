//! The stored form of a usage row: short names, and projects by their index in one list.
//!
//! | field | content |
//! |---|---|
//! | `p` | projects |
//! | `d`, `s` | accepted days and days on their way: project, seconds, tasks, labels |
//! | `r`, `o`, `t` | newest reading, first open day, last day on which older days were read |
//! | `n` | number that orders the rows of a contract's installs |
//! | `w` | days that belong to the contract: project, first, last |
//! | `m` | missing days: project, day, since |
//! | `l`, `k` | lost days, and those of them that were lost with a removed link |
//! | `q` | first day whose seconds may still grow after the final reading |
//! | `e` | days whose work was set to zero because the tool no longer showed it |
//! | `z`, `f` | settled days, day of the last run |
//! | `days` | days of the first form, which had no projects |

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Hired, Measures, Missing, Owned, Parts, UsageRefused, UsageRow, WhyLost};
use crate::model::ConnectionName;
use crate::model::ids::{ContractId, ProjectId, TrainerId};

#[derive(Serialize, Deserialize)]
pub(super) struct Stored {
    connection: ConnectionName,
    contract: ContractId,
    worker: TrainerId,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    days: BTreeMap<Date, Measures>,
    // As text: the id of `unknown_project` is empty, and no id from outside may be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    p: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    d: BTreeMap<Date, Vec<Part>>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    s: BTreeMap<Date, Vec<Part>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    r: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "crate::model::is_default")]
    n: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    o: Option<Date>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    t: Option<Date>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    w: Vec<(usize, Option<Date>, Option<Date>)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    m: Vec<(usize, Date, Timestamp)>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    l: BTreeSet<Date>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    k: BTreeSet<Date>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    z: BTreeSet<Date>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    f: Option<Date>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    q: Option<Date>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    e: BTreeSet<Date>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refused: Option<UsageRefused>,
}

/// Project, seconds, tasks, labels.
#[derive(Serialize, Deserialize)]
struct Part(usize, Option<i64>, Option<i64>, Option<i64>);

fn measures(seconds: Option<i64>, tasks: Option<i64>, labels: Option<i64>) -> Measures {
    Measures {
        seconds,
        tasks,
        labels,
    }
}

/// Whether a stored row may have lost days, or a refusal.
pub(super) fn is_left(doc: &str) -> bool {
    doc.contains("\"l\":") || doc.contains("\"refused\":")
}

/// The project of days of the first form. No project has an empty id.
pub(crate) fn unknown_project() -> ProjectId {
    ProjectId::new("")
}

impl From<Stored> for UsageRow {
    fn from(stored: Stored) -> Self {
        let projects = stored.p;
        let project = |at: usize| projects.get(at).cloned().map(ProjectId::new);
        let parts = |parts: Vec<Part>| -> Parts {
            let part = |Part(at, seconds, tasks, labels)| {
                Some((project(at)?, measures(seconds, tasks, labels)))
            };
            parts.into_iter().filter_map(part).collect()
        };
        let days = |days: BTreeMap<Date, Vec<Part>>| -> BTreeMap<Date, Parts> {
            days.into_iter().map(|(day, it)| (day, parts(it))).collect()
        };
        let mut all = of_unknown_project(stored.days);
        for (day, parts) in days(stored.d) {
            all.entry(day).or_default().extend(parts);
        }
        let owned = stored.w.into_iter().filter_map(|(at, from, to)| {
            let project = project(at)?;
            Some(Owned { project, from, to })
        });
        let missing = stored.m.into_iter().filter_map(|(at, day, since)| {
            let project = project(at)?;
            Some(Missing {
                project,
                day,
                since,
            })
        });
        Self {
            of: Hired {
                connection: stored.connection,
                contract: stored.contract,
                worker: stored.worker,
            },
            days: all,
            sending: days(stored.s),
            read_at: stored.r,
            turn: stored.n,
            open_from: stored.o,
            older_on: stored.t,
            owned: owned.collect(),
            missing: missing.collect(),
            settled: stored.z,
            ran_on: stored.f,
            sealed_to: stored.q,
            zeroed: stored.e,
            lost: lost(stored.l, &stored.k),
            refused: stored.refused,
        }
    }
}

/// The days of the first form.
fn of_unknown_project(days: BTreeMap<Date, Measures>) -> BTreeMap<Date, Parts> {
    let parts = |it| Parts::from([(unknown_project(), it)]);
    days.into_iter().map(|(day, it)| (day, parts(it))).collect()
}

/// The lost days, each with the reason.
fn lost(days: BTreeSet<Date>, by_links: &BTreeSet<Date>) -> BTreeMap<Date, WhyLost> {
    let why = |day: &Date| match by_links.contains(day) {
        true => WhyLost::LinkRemoved,
        false => WhyLost::TooOld,
    };
    days.into_iter().map(|day| (day, why(&day))).collect()
}

impl From<UsageRow> for Stored {
    fn from(row: UsageRow) -> Self {
        let mut projects = Projects::default();
        let (mut d, mut days) = (BTreeMap::new(), BTreeMap::new());
        for (day, mut parts) in row.days {
            if let Some(measures) = parts.remove(&unknown_project()) {
                days.insert(day, measures);
            }
            if !parts.is_empty() {
                d.insert(day, projects.parts(parts));
            }
        }
        let sending = row.sending.into_iter();
        let s = sending.map(|(day, parts)| (day, projects.parts(parts)));
        let s = s.collect();
        let owned = row.owned.into_iter();
        let w = owned.map(|it| (projects.place(&it.project), it.from, it.to));
        let w = w.collect();
        let missing = row.missing.into_iter();
        let m = missing.map(|it| (projects.place(&it.project), it.day, it.since));
        let m = m.collect();
        let lost = row.lost.iter();
        let removed = lost.filter(|it| *it.1 == WhyLost::LinkRemoved);
        Self {
            connection: row.of.connection,
            contract: row.of.contract,
            worker: row.of.worker,
            days,
            p: projects.0,
            d,
            s,
            r: row.read_at,
            n: row.turn,
            o: row.open_from,
            t: row.older_on,
            w,
            m,
            k: removed.map(|it| *it.0).collect(),
            l: row.lost.into_keys().collect(),
            z: row.settled,
            f: row.ran_on,
            q: row.sealed_to,
            e: row.zeroed,
            refused: row.refused,
        }
    }
}

/// The projects of a row, each named once.
#[derive(Default)]
struct Projects(Vec<String>);

impl Projects {
    fn place(&mut self, project: &ProjectId) -> usize {
        let known = self.0.iter().position(|it| it == project.as_str());
        known.unwrap_or_else(|| {
            self.0.push(project.as_str().to_owned());
            self.0.len() - 1
        })
    }

    fn parts(&mut self, parts: Parts) -> Vec<Part> {
        let part = |(project, it): (ProjectId, Measures)| {
            Part(self.place(&project), it.seconds, it.tasks, it.labels)
        };
        parts.into_iter().map(part).collect()
    }
}
