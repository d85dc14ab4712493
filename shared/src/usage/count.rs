//! Counts totals that are not reported, and lists work that an operator should check.

use super::attribution::owner;
use super::context::Context;
use super::people::{Person, workers};
use super::reading::{Days, Readings};
use super::report::{Disputed, Lost, NotReported, Report, Skip, Unattributed};
use crate::ledger::{Hired, Measures, UsageRow, WhyLost};
use crate::model::ids::ProjectId;

/// Counts totals that are not reported, and lists work that an operator should check. `former` are the people without
/// days to read.
pub(super) fn of(
    people: &[Person],
    former: &[Person],
    readings: &Readings,
    ctx: &Context<'_>,
) -> Report {
    let mut report = ctx.blank();
    report.lost = lost(people.iter().chain(former));
    let (known, former) = (workers(people), workers(former));
    for (project, days) in all_days(readings) {
        let others = days.rows.iter().filter(|(it, _)| !known.contains(it));
        for (worker, rows) in others.filter(|_| !ctx.options.is_by_name()) {
            let why = match former.contains(worker) {
                true => Skip::Unattributed,
                false => Skip::Stranger,
            };
            report.skip(why, rows.len() as u64);
        }
        for person in people {
            of_person(&mut report, person, project, days);
        }
    }
    report
}

/// The days of contracts that earlier runs have marked as lost.
fn lost<'a>(people: impl Iterator<Item = &'a Person>) -> Vec<Lost> {
    let contracts = people.flat_map(|person| &person.contracts);
    let rows = contracts
        .filter(|it| it.is_asked)
        .filter_map(|it| Some((&it.of, it.row.as_ref()?)));
    let of = |(of, row): (&Hired, &UsageRow)| {
        let whys = [WhyLost::TooOld, WhyLost::LinkRemoved].map(|why| {
            let days = row.lost.iter().filter(|it| *it.1 == why);
            let days = days.map(|(day, _)| (*day, Measures::default()));
            Lost {
                of: of.clone(),
                days: days.collect(),
                why,
                is_new: false,
            }
        });
        whys.into_iter().filter(|it| !it.days.is_empty())
    };
    rows.flat_map(of).collect()
}

fn all_days(readings: &Readings) -> impl Iterator<Item = (&ProjectId, &Days)> {
    readings.iter().flat_map(|(project, readings)| {
        let days = readings.iter().filter_map(|it| it.days());
        days.map(move |days| (project, days))
    })
}

fn of_person(report: &mut Report, person: &Person, project: &ProjectId, days: &Days) {
    let (mut unattributed, mut empty) = (0, 0);
    for (day, row) in days.rows(person) {
        let owner = owner(&person.spells, project, day);
        if owner.is_none() {
            unattributed += 1;
            report.unattributed.push(Unattributed {
                worker: person.id.clone(),
                project: project.clone(),
                day,
            });
        }
        empty += u64::from(row.measures == Measures::default());
        if let Some(contract) = owner.filter(|_| row.disputed > 0) {
            report.disputed.push(Disputed {
                contract: contract.clone(),
                worker: person.id.clone(),
                project: project.clone(),
                day,
                pieces: row.disputed,
            });
        }
    }
    report.skip(Skip::Unattributed, unattributed);
    report.skip(Skip::NothingMeasured, empty);
    for worker in &person.workers {
        let own = days.apart.iter().filter(|it| it.worker == *worker);
        report.apart.extend(own.map(|it| NotReported {
            worker: person.id.clone(),
            project: project.clone(),
            day: it.work_date,
            why: it.why,
            pieces: it.pieces,
            seconds: it.seconds,
        }));
    }
}
