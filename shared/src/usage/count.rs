//! What is counted beside the days of contracts.

use super::attribution::owner;
use super::context::Context;
use super::job::workers;
use super::people::Person;
use super::reading::{Days, Readings};
use super::report::{Disputed, NotReported, Report, Skip};
use crate::ids::ProjectId;
use crate::ledger::Measures;

/// Counts totals that nothing is reported of, and names work that is worth a look. `former` are the people of whom
/// nothing is to be read.
pub(super) fn of(
    people: &[Person],
    former: &[Person],
    readings: &Readings,
    ctx: &Context<'_>,
) -> Report {
    let mut report = ctx.blank();
    let (known, former) = (workers(people), workers(former));
    for (project, days) in all_days(readings) {
        for (worker, rows) in days.rows.iter().filter(|(it, _)| !known.contains(it)) {
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
        unattributed += u64::from(owner.is_none());
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
    for worker in person.workers() {
        let own = days.apart.iter().filter(|it| it.worker == worker);
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
