use jiff::civil::date;

use super::*;
use crate::ledger::{UsageRow, total};
use crate::model::ConnectionName;
use crate::model::json::UnreadableElement;
use crate::tool::{DayTotal, Doubt, TimeSource, Totals, Window, Worker};
use crate::usage::attribution::{HirePeriod, owned};
use crate::usage::days::{Facts, HireDays};
use crate::usage::reading::{Days, Found, Reading};
use crate::usage::report::Odd;

fn today() -> Date {
    date(2026, 6, 20)
}

fn bounds() -> Bounds {
    Bounds {
        today: today(),
        look_back: 3,
        asked: None,
        again: false,
    }
}

fn seconds(seconds: i64) -> Measures {
    Measures {
        seconds: Some(seconds),
        ..Measures::default()
    }
}

fn spell(contract: &str, project: &str, first: i8, last: Option<i8>) -> HirePeriod {
    let day = |day| date(2026, 6, day);
    HirePeriod {
        connection: ConnectionName::default(),
        link: "plk_1".into(),
        contract: contract.into(),
        project: project.into(),
        managed: false,
        first: Some(day(first)),
        last: last.map(day),
        started_at: None,
        known_since: None,
        over_at: None,
        stated_at: None,
        allowed: true,
        barred: None,
    }
}

/// A person with these spells; each contract holds today's seconds by project.
fn person(spells: Vec<HirePeriod>, held: &[(&str, &[(&str, i64)])]) -> Person {
    let ids: BTreeSet<_> = spells.iter().map(|it| it.contract.clone()).collect();
    let contract = |id: ContractId| {
        let of = Hired {
            connection: ConnectionName::default(),
            contract: id.clone(),
            worker: "usr_1".into(),
        };
        let owned = owned(&spells, &id);
        let parts = held.iter().find(|it| it.0 == id.as_str());
        let parts = parts.map(|(_, parts)| {
            let part = |(project, it): &(&str, i64)| (ProjectId::from(*project), seconds(*it));
            parts.iter().map(part).collect()
        });
        let row = UsageRow {
            days: parts.into_iter().map(|parts| (today(), parts)).collect(),
            open_from: Some(date(2026, 6, 18)),
            owned: owned.clone(),
            ..UsageRow::new(of.clone())
        };
        Contract {
            of,
            barred: None,
            over_at: None,
            facts: Facts::default(),
            is_asked: true,
            is_unreadable: false,
            days: HireDays::of(&owned, Some(&row), &Facts::default(), bounds()),
            row: Some(row),
            stored: None,
            owned,
        }
    };
    let contracts = ids.into_iter().map(contract).collect();
    Person {
        id: "usr_1".into(),
        workers: vec![
            Worker::Trainer("usr_1".into()),
            Worker::Member("1".into()),
            Worker::Member("2".into()),
        ],
        contracts,
        spells,
        granted: BTreeMap::new(),
        entered: BTreeSet::new(),
    }
}

/// Readings of today, by project: worker and total.
fn readings(rows: &[(&str, &[(&str, Measures)])]) -> Readings {
    let reading = |(project, rows): &(&str, &[(&str, Measures)])| {
        let row = |(member, it): &(&str, Measures)| DayTotal {
            worker: Worker::Member((*member).into()),
            work_date: today(),
            total_seconds: it.seconds,
            tasks_completed: it.tasks,
            labels_completed: it.labels,
            disputed: 0,
            in_part: false,
        };
        let rows: Vec<_> = rows.iter().map(row).collect();
        let totals = Totals::of(Timestamp::UNIX_EPOCH, rows.into());
        let reading = Reading {
            window: bounds().recent(),
            found: Found::Totals(Box::new(Days::of(totals, TimeSource::Platform))),
        };
        (ProjectId::from(*project), vec![reading])
    };
    rows.iter().map(reading).collect()
}

/// Every account may write to CVAT's log, and backdate its entries.
#[test]
fn seconds_that_appear_after_the_final_reading_do_not_count() {
    let mut person = person(vec![spell("a", "p", 1, Some(19))], &[]);
    let contract = &mut person.contracts[0];
    contract.over_at = Some(Timestamp::UNIX_EPOCH);
    let row = contract.row.as_mut().unwrap();
    let part = Measures {
        tasks: Some(1),
        ..seconds(60)
    };
    let yesterday = date(2026, 6, 19);
    row.days = [(yesterday, Parts::from([("p".into(), part)]))].into();
    let made_up = Measures {
        tasks: Some(2),
        ..seconds(7_200)
    };
    let sent = |person: &Person, at: i64| {
        let mut readings = readings(&[("p", &[])]);
        let reading = &mut readings.get_mut(&"p".into()).unwrap()[0];
        let Found::Totals(days) = &mut reading.found else {
            panic!("it is whole")
        };
        days.time = TimeSource::Active;
        days.read_at = Timestamp::from_second(at).unwrap();
        let row = crate::usage::reading::Row {
            measures: made_up,
            ..Default::default()
        };
        days.rows = [(Worker::Member("1".into()), [(yesterday, row)].into())].into();
        let sheet = &of(person, &readings)["a"];
        sheet.first.get(&yesterday).map(total)
    };
    let minutes = |minutes: i64| minutes * 60;
    assert_eq!(
        sent(&person, minutes(14)),
        Some(made_up),
        "within the grace"
    );
    person.contracts[0].days.sealed_to = Some(today());
    let kept = Measures {
        seconds: Some(60),
        ..made_up
    };
    assert_eq!(sent(&person, minutes(15)), Some(kept));
}

fn of(person: &Person, readings: &Readings) -> BTreeMap<String, Sheet> {
    let verdict = Verdict::default();
    let ground = Ground {
        readings,
        bounds: bounds(),
        confirm_after: std::time::Duration::from_secs(600),
        all: false,
        verdict: &verdict,
    };
    let sheets = sheets(person, &ground).into_iter();
    sheets
        .map(|sheet| (sheet.of.contract.to_string(), sheet))
        .collect()
}

fn first(sheet: &Sheet) -> Option<Measures> {
    sheet.first.get(&today()).map(total)
}

#[test]
fn a_total_is_the_sum_over_projects_and_accounts() {
    let spells = vec![spell("a", "p", 1, None), spell("a", "q", 1, None)];
    let person = person(spells, &[]);
    let readings = readings(&[
        ("p", &[("1", seconds(60)), ("2", seconds(5))]),
        ("q", &[("1", seconds(30))]),
    ]);
    assert_eq!(first(&of(&person, &readings)["a"]), Some(seconds(95)));
}

#[test]
fn a_day_moves_in_two_steps() {
    let spells = vec![spell("a", "p", 1, None), spell("b", "p", 20, None)];
    let person = person(spells, &[("a", &[("p", 60)])]);
    let sheets = of(&person, &readings(&[("p", &[("1", seconds(90))])]));
    assert_eq!(first(&sheets["a"]), Some(seconds(0)));
    assert_eq!(first(&sheets["b"]), None);
    let gain = &sheets["b"].then[&today()];
    assert_eq!(total(&gain.parts), seconds(90));
    assert_eq!(gain.from, ["a".into()].into());
}

#[test]
fn work_on_another_project_does_not_wait_for_a_day_that_moves() {
    let spells = vec![
        spell("a", "p", 1, None),
        spell("b", "p", 20, None),
        spell("b", "q", 20, None),
    ];
    let person = person(spells, &[("a", &[("p", 60)])]);
    let readings = readings(&[("p", &[("1", seconds(90))]), ("q", &[("1", seconds(7))])]);
    let sheets = of(&person, &readings);
    assert_eq!(first(&sheets["b"]), Some(seconds(7)));
    assert_eq!(total(&sheets["b"].then[&today()].parts), seconds(97));
}

#[test]
fn a_day_stays_where_it_can_not_be_taken_back() {
    let spells = vec![spell("a", "p", 1, None), spell("b", "p", 20, None)];
    let mut person = person(spells, &[("a", &[("p", 60)])]);
    person.contracts[0].barred = Some(crate::usage::Skip::LinkRemoved);
    let sheets = of(&person, &readings(&[("p", &[("1", seconds(90))])]));
    let sheet = &sheets["b"];
    assert!(sheet.first.is_empty() && sheet.then.is_empty());
    assert_eq!(sheet.stuck[0].held_by, "a".into());
    assert!(sheet.open.contains(&today()));
}

#[test]
fn a_day_is_not_taken_back_for_a_contract_that_can_not_get_it() {
    let spells = vec![spell("a", "p", 1, None), spell("b", "p", 20, None)];
    let mut person = person(spells, &[("a", &[("p", 60)])]);
    person.contracts[1].barred = Some(crate::usage::Skip::InstallRevoked);
    let sheets = of(&person, &readings(&[("p", &[("1", seconds(90))])]));
    assert!(sheets["a"].first.is_empty());
}

#[test]
fn a_day_after_the_end_is_taken_back() {
    let person = person(vec![spell("a", "p", 1, Some(19))], &[("a", &[("p", 60)])]);
    let sheets = of(&person, &readings(&[("p", &[("1", seconds(60))])]));
    assert_eq!(first(&sheets["a"]), Some(seconds(0)));
}

#[test]
fn a_contract_waits_for_a_project_that_was_not_read() {
    let spells = vec![spell("a", "p", 1, None), spell("a", "q", 1, None)];
    let person = person(spells, &[]);
    let mut readings = readings(&[("p", &[("1", seconds(60))])]);
    let failed = |found| {
        vec![Reading {
            window: bounds().recent(),
            found,
        }]
    };
    readings.insert("q".into(), failed(Found::Failed("down".into())));
    let sheet = &of(&person, &readings)["a"];
    assert!(sheet.first.is_empty() && sheet.open.contains(&today()));
    // A project that is gone does not return, so the other projects are reported.
    readings.insert("q".into(), failed(Found::Gone("no such project".into())));
    let sheet = &of(&person, &readings)["a"];
    assert_eq!(first(sheet), Some(seconds(60)));
    assert!(sheet.open.contains(&today()));
}

#[test]
fn impossible_seconds_keep_what_is_held_and_cost_no_other_measure() {
    let person = person(vec![spell("a", "p", 1, None)], &[("a", &[("p", 60)])]);
    let row = Measures {
        seconds: Some(90_000),
        tasks: Some(3),
        labels: Some(4),
    };
    let sheet = &of(&person, &readings(&[("p", &[("1", row)])]))["a"];
    let sent = Measures {
        seconds: Some(60),
        ..row
    };
    assert_eq!(first(sheet), Some(sent));
    assert_eq!(sheet.held_back[0].because, Odd::TooLong);
}

#[test]
fn days_of_the_first_form_are_replaced_by_what_is_read() {
    let spells = vec![spell("a", "p", 1, None), spell("a", "q", 1, None)];
    let mut person = person(spells, &[]);
    let unknown = Parts::from([(unknown_project(), seconds(60))]);
    let row = person.contracts[0].row.as_mut().unwrap();
    row.days.insert(today(), unknown);
    let nothing = readings(&[("p", &[]), ("q", &[])]);
    assert!(of(&person, &nothing)["a"].first.is_empty());
    let some = readings(&[("p", &[("1", seconds(40))]), ("q", &[])]);
    assert_eq!(first(&of(&person, &some)["a"]), Some(seconds(40)));
}

#[test]
fn a_span_holds_its_days() {
    let window = Window {
        from: date(2026, 6, 1),
        to: date(2026, 6, 3),
    };
    assert_eq!(window.days().count(), 3);
}

/// Whether a day without work in the tool stays open, by the worker of the unreadable row.
#[test]
fn a_row_that_can_not_be_read_leaves_open_what_it_may_be_of() {
    let doubt = |worker: Option<&str>, day: Option<Date>| Doubt {
        worker: worker.map(|it| Worker::Member(it.into())),
        day,
    };
    let yesterday = date(2026, 6, 19);
    for (doubts, is_open) in [
        (None, true),
        (Some(doubt(None, None)), true),
        (Some(doubt(Some("2"), Some(today()))), true),
        (Some(doubt(None, Some(today()))), true),
        (Some(doubt(Some("3"), Some(today()))), false),
        (Some(doubt(Some("2"), Some(yesterday))), false),
    ] {
        let mut days = crate::model::json::Listing::default();
        days.add_unreadable(UnreadableElement::of("row 1", "should be a row"));
        let totals = Totals {
            doubts: doubts.clone().map(|it| vec![it]),
            ..Totals::of(Timestamp::UNIX_EPOCH, days)
        };
        let reading = Reading {
            window: bounds().recent(),
            found: Found::Totals(Box::new(Days::of(totals, TimeSource::Platform))),
        };
        let readings: Readings = [("p".into(), vec![reading])].into();
        let rested = person(vec![spell("a", "p", 1, None)], &[]);
        let open = |person: &Person| of(person, &readings)["a"].open.contains(&today());
        assert_eq!(open(&rested), is_open, "{doubts:?}");
        // A reported day stays open, and its work stays.
        let worked = person(vec![spell("a", "p", 1, None)], &[("a", &[("p", 60)])]);
        assert!(open(&worked) && of(&worked, &readings)["a"].first.is_empty());
    }
}

/// The record of the other contract's reports is unreadable, so OpenTrain may have the day for it.
#[test]
fn a_day_that_an_unreadable_row_may_hold_stays_where_it_is() {
    let spells = vec![spell("a", "p", 1, None), spell("b", "p", 20, None)];
    let mut person = person(spells, &[]);
    let other = &mut person.contracts[0];
    (other.is_unreadable, other.is_asked, other.row) = (true, false, None);
    let sheets = of(&person, &readings(&[("p", &[("1", seconds(90))])]));
    assert!(sheets["b"].first.is_empty() && sheets["b"].then.is_empty());
    assert_eq!(sheets["b"].stuck[0].held_by, "a".into());
}

/// The first reading of a project.
fn days_of<'a>(readings: &'a mut Readings, project: &str) -> &'a mut Days {
    let reading = &mut readings.get_mut(&ProjectId::from(project)).unwrap()[0];
    let Found::Totals(days) = &mut reading.found else {
        panic!("it is whole")
    };
    days
}

/// Work that is withdrawn from another contract was known before, so it is not forged.
#[test]
fn a_closed_day_gets_what_another_contract_gives_back() {
    let spells = vec![spell("a", "p", 2, None), spell("b", "p", 1, Some(19))];
    let mut person = person(spells, &[("b", &[("p", 1800)])]);
    person.contracts[0].over_at = Some(Timestamp::UNIX_EPOCH);
    person.contracts[0].days.sealed_to = Some(date(2026, 6, 21));
    let mut readings = readings(&[("p", &[("1", seconds(2000))])]);
    let days = days_of(&mut readings, "p");
    days.time = TimeSource::Active;
    days.read_at = Timestamp::from_second(15 * 60).unwrap();
    let sheets = of(&person, &readings);
    let gain = &sheets["a"].then[&today()];
    assert_eq!(total(&gain.parts), seconds(1800));
}

/// Two tabs of a browser, each with a project.
#[test]
fn the_same_minutes_in_two_projects_of_a_contract_count_once() {
    let spells = vec![spell("a", "p", 1, None), spell("a", "q", 1, None)];
    let person = person(spells, &[]);
    let mut readings = readings(&[("p", &[("1", seconds(600))]), ("q", &[("1", seconds(600))])]);
    for (project, from) in [("p", 0), ("q", 300)] {
        let mut spans = crate::tool::Spans::default();
        let at = Timestamp::from_second(from).unwrap();
        spans.add(at, 600_000);
        let worker = Worker::Member("1".into());
        let days = days_of(&mut readings, project);
        days.spans = [((worker, today()), spans)].into();
    }
    assert_eq!(first(&of(&person, &readings)["a"]), Some(seconds(1000)));
}
