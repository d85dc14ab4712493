use jiff::civil::date;

use super::*;
use crate::ledger::{Hired, Measures, Parts, WhyLost};
use crate::model::ConnectionName;

/// The day `days` days before today.
fn ago(days: u16) -> Date {
    earlier(date(2026, 8, 20), days)
}

fn bounds() -> Bounds {
    Bounds {
        today: ago(0),
        look_back: 3,
        asked: None,
        again: false,
    }
}

fn owned(from: u16, to: Option<u16>) -> BTreeSet<Owned> {
    let owned = Owned {
        project: "p".into(),
        from: Some(ago(from)),
        to: to.map(ago),
    };
    [owned].into()
}

fn row(owned: &BTreeSet<Owned>, open_from: Option<u16>) -> UsageRow {
    UsageRow {
        owned: owned.clone(),
        open_from: open_from.map(ago),
        ..UsageRow::new(Hired {
            connection: ConnectionName::default(),
            contract: "ctr_1".into(),
            worker: "usr_1".into(),
        })
    }
}

fn worked(on: u16) -> (Date, Parts) {
    let measures = Measures {
        seconds: Some(60),
        ..Measures::default()
    };
    (ago(on), Parts::from([("p".into(), measures)]))
}

/// The days of a hire that the ledger has known for 100 days.
fn known_days(owned: &BTreeSet<Owned>, row: Option<&UsageRow>, bounds: Bounds) -> HireDays {
    HireDays::of(owned, row, &known_for(100), bounds)
}

fn known_for(days: u16) -> Facts {
    Facts {
        known_since: Some(ago(days)),
        ends: Vec::new(),
    }
}

/// First and last day of a window, in days before today.
fn span(window: Option<Window>) -> Option<(u16, u16)> {
    let before = |day: Date| (0..100).find(|days| ago(*days) == day).unwrap();
    window.map(|it| (before(it.from), before(it.to)))
}

#[test]
fn a_new_hire_is_read_from_its_first_day_on() {
    let days = known_days(&owned(9, None), None, bounds());
    assert_eq!(span(days.recent), Some((3, 0)));
    assert_eq!(span(days.older), Some((9, 4)));
    let days = HireDays::of(&owned(100, None), None, &known_for(0), bounds());
    assert_eq!(span(days.older), Some((35, 4)));
    assert_eq!(days.waiting.len(), 0, "it was not known before");
}

/// A first run has no previous clock that could agree.
#[test]
fn the_first_run_leaves_all_days_open_that_could_be_read_before() {
    for (known, first, waiting) in [(60, 60, 25), (60, 50, 15), (40, 75, 5), (30, 65, 0)] {
        let owned = owned(first, None);
        let days = HireDays::of(&owned, None, &known_for(known), bounds());
        assert_eq!(days.open_from, ago(first), "known for {known} days");
        assert_eq!((days.lost.len(), days.waiting.len()), (0, waiting));
        assert_eq!(span(days.older), Some((35, 4)));
        let closed = days.closed_by(ago(0), &BTreeSet::new());
        assert_eq!(closed, ago(first), "one clock closes no day");
    }
    let early = HireDays::of(&owned(100, None), None, &known_for(40), bounds());
    assert_eq!((early.open_from, early.waiting.len()), (ago(75), 5));
    let mut row = row(&owned(100, None), Some(75));
    row.ran_on = Some(ago(0));
    let next = HireDays::of(&owned(100, None), Some(&row), &known_for(40), bounds());
    assert_eq!(next.lost, (36..=40).map(ago).collect());
}

#[test]
fn an_earlier_first_day_that_a_clock_ahead_has_seen_first_opens_days() {
    let (before, now) = (owned(5, None), owned(9, None));
    let mut row = row(&before, Some(2));
    row.ran_on = Some(ago(1));
    let ahead = Bounds {
        today: date(2026, 9, 29),
        ..bounds()
    };
    let days = known_days(&now, Some(&row), ahead);
    assert_eq!((days.open_from, days.lost.len()), (ago(9), 0));
    assert_eq!(days.closed_by(ago(1), &BTreeSet::new()), ago(9));
}

/// Work on a day that no longer belongs to the contract is withdrawn when the clock is right again.
#[test]
fn a_clock_ahead_closes_no_day_that_is_to_be_given_back() {
    let mut row = row(&owned(30, None), Some(2));
    (row.ran_on, row.days) = (Some(ago(0)), [worked(9)].into());
    let ahead = Bounds {
        today: date(2026, 9, 29),
        ..bounds()
    };
    let days = known_days(&owned(8, None), Some(&row), ahead);
    let closed = days.closed_by(ago(0), &BTreeSet::new());
    assert_eq!(closed, ago(9));
}

/// Work that was set to zero may come back for as long as its day can be read.
#[test]
fn a_clock_ahead_closes_no_day_that_became_zero() {
    let owned = owned(30, None);
    let mut row = row(&owned, Some(9));
    (row.ran_on, row.zeroed) = (Some(ago(0)), [ago(9)].into());
    row.settled = (3..9).map(ago).collect();
    let ahead = Bounds {
        today: date(2026, 9, 29),
        ..bounds()
    };
    let days = known_days(&owned, Some(&row), ahead);
    assert_eq!(days.waiting.len(), 7, "no day that was settled or accepted");
    assert_eq!(days.closed_by(ago(0), &BTreeSet::new()), ago(9));
}

#[test]
fn the_window_begins_at_the_first_open_day() {
    let owned = owned(30, None);
    let of = |open| known_days(&owned, Some(&row(&owned, Some(open))), bounds());
    assert_eq!(span(of(2).older), None);
    assert_eq!(span(of(10).older), Some((10, 4)));
}

#[test]
fn older_days_are_tried_once_a_day() {
    let owned = owned(30, None);
    let mut row = row(&owned, Some(10));
    (row.older_on, row.ran_on) = (Some(ago(0)), Some(ago(0)));
    assert_eq!(span(known_days(&owned, Some(&row), bounds()).older), None);
    let again = Bounds {
        again: true,
        ..bounds()
    };
    let days = known_days(&owned, Some(&row), again);
    assert_eq!(span(days.older), Some((10, 4)), "a run by hand");
    row.ran_on = Some(ago(2));
    let days = known_days(&owned, Some(&row), bounds());
    assert_eq!(span(days.older), Some((10, 4)), "an earlier run, ahead");
    row.older_on = Some(ago(1));
    let days = known_days(&owned, Some(&row), bounds());
    assert_eq!(span(days.older), Some((10, 4)));
}

#[test]
fn days_that_fall_out_are_lost() {
    let owned = owned(60, None);
    let mut row = row(&owned, Some(41));
    row.ran_on = Some(ago(0));
    row.settled = [ago(37)].into();
    row.days = [worked(38)].into();
    row.lost = [(ago(41), WhyLost::TooOld)].into();
    row.zeroed = [ago(40)].into();
    let days = known_days(&owned, Some(&row), bounds());
    assert_eq!(days.lost, [ago(39), ago(36)].into(), "others are known");
    assert_eq!((days.open_from, days.waiting.len()), (ago(35), 0));
    assert_eq!(span(days.older), Some((35, 4)));
}

/// The clock may be ahead: a day is too old only if the previous run agrees.
#[test]
fn a_clock_alone_loses_nothing() {
    let owned = owned(60, None);
    let mut row = row(&owned, Some(38));
    let of = |row: &UsageRow| known_days(&owned, Some(row), bounds());
    for (ran_on, lost) in [(None, 0), (Some(9), 0), (Some(1), 2), (Some(0), 3)] {
        row.ran_on = ran_on.map(ago);
        let days = of(&row);
        assert_eq!(days.lost.len(), lost, "{ran_on:?}");
        assert_eq!(days.waiting.len(), 3 - lost);
        assert_eq!(days.open_from, ago(38 - u16::try_from(lost).unwrap()));
        assert_eq!(span(days.older), Some((35, 4)));
        let first = days.closed_by(ago(0), &BTreeSet::new());
        let waits = if lost == 3 { ago(2) } else { days.open_from };
        assert_eq!(first, waits, "no day is closed before one that waits");
    }
    row.ran_on = Some(ago(1));
    row.settled = [ago(36)].into();
    let first = |row: &UsageRow| of(row).closed_by(ago(0), &BTreeSet::new());
    assert_eq!(first(&row), ago(2), "a settled day keeps none open");
    row.ran_on = Some(ago(3));
    row.settled = (36..=38).map(ago).collect();
    assert_eq!(first(&row), ago(37), "it may have been settled too soon");
}

#[test]
fn days_that_a_clock_closed_ahead_of_time_are_read_again() {
    let mut row = row(&owned(30, None), None);
    row.settled = [ago(9)].into();
    let of = |row: &UsageRow, owned: &BTreeSet<Owned>| known_days(owned, Some(row), bounds());
    let next_week = date(2026, 8, 27);
    for (open_from, ran_on, older) in [
        (next_week, ago(0), Some((30, 4))),
        (ago(1), ago(0), Some((30, 4))),
        (ago(2), ago(0), None),
        (next_week, next_week, None),
    ] {
        (row.open_from, row.ran_on) = (Some(open_from), Some(ran_on));
        let days = of(&row, &owned(30, None));
        assert_eq!(span(days.older), older, "{open_from} {ran_on}");
        assert_eq!(days.settled.is_empty(), older.is_some());
        let known = if older.is_some() { ago(30) } else { open_from };
        assert_eq!(
            days.open_from, known,
            "one look with another clock changes nothing"
        );
    }
}

#[test]
fn days_that_a_contract_gets_are_not_sealed() {
    let mut row = row(&owned(30, Some(6)), Some(2));
    row.sealed_to = Some(ago(0));
    let of = |owned: &BTreeSet<Owned>| known_days(owned, Some(&row), bounds()).sealed_to;
    assert_eq!(of(&owned(30, Some(6))), Some(ago(0)));
    assert_eq!(of(&owned(30, Some(1))), Some(ago(5)), "a later end");
    assert_eq!(of(&owned(34, Some(6))), Some(ago(34)), "an earlier start");
}

#[test]
fn days_after_the_end_are_never_lost() {
    let owned = owned(60, Some(37));
    let days = known_days(&owned, Some(&row(&owned, Some(36))), bounds());
    assert!(days.lost.is_empty() && !days.is_due());
}

#[test]
fn a_contract_that_ended_is_read_until_its_days_are_closed() {
    let owned = owned(30, Some(10));
    let of = |open| known_days(&owned, Some(&row(&owned, Some(open))), bounds());
    assert_eq!(span(of(12).older), Some((12, 10)));
    assert!(!of(9).is_due());
    assert_eq!(of(12).recent, None);
}

#[test]
fn a_late_end_opens_the_days_after_it() {
    let (before, now) = (owned(30, None), owned(30, Some(6)));
    let mut row = row(&before, Some(2));
    row.days = [worked(1), worked(5)].into();
    (row.older_on, row.ran_on) = (Some(ago(0)), Some(ago(0)));
    let days = known_days(&now, Some(&row), bounds());
    assert_eq!(days.open_from, ago(5));
    assert_eq!(
        (span(days.older), span(days.recent)),
        (Some((5, 4)), Some((3, 0)))
    );
}

#[test]
fn an_earlier_first_day_opens_days_again() {
    let (before, now) = (owned(5, None), owned(12, None));
    let days = known_days(&now, Some(&row(&before, Some(2))), bounds());
    assert_eq!(span(days.older), Some((12, 4)));
}

#[test]
fn rows_of_the_first_form_begin_where_they_stopped() {
    let owned = owned(30, None);
    let mut row = row(&BTreeSet::new(), None);
    let of = |row: &UsageRow| known_days(&owned, Some(row), bounds());
    assert_eq!(span(of(&row).older), None);
    row.days = [worked(8)].into();
    assert_eq!(span(of(&row).older), Some((8, 4)));
}

#[test]
fn a_report_that_never_ended_closes_nothing() {
    let owned = owned(30, None);
    let mut row = row(&BTreeSet::new(), None);
    row.read_at = Some(jiff::Timestamp::UNIX_EPOCH);
    row.sending = [worked(1)].into();
    let days = known_days(&owned, Some(&row), bounds());
    assert_eq!(span(days.older), Some((30, 4)));
    row.sending = [worked(9)].into();
    let days = known_days(&self::owned(3, None), Some(&row), bounds());
    assert_eq!(span(days.older), Some((9, 4)), "of no contract by now");
}

/// Work between an end and the next start does not count.
#[test]
fn an_end_beside_the_contract_that_is_stated_late_opens_days() {
    let owned = owned(9, None);
    let mut row = row(&owned, Some(2));
    (row.ran_on, row.older_on) = (Some(ago(0)), Some(ago(0)));
    for (stated, older) in [(0, Some((6, 4))), (1, None)] {
        let facts = Facts {
            ends: vec![(ago(stated), ago(6))],
            ..known_for(100)
        };
        let days = HireDays::of(&owned, Some(&row), &facts, bounds());
        assert_eq!(span(days.older), older, "stated {stated} days ago");
    }
}

#[test]
fn a_day_closes_three_days_later() {
    let owned = owned(9, None);
    let days = known_days(&owned, None, bounds());
    let closed = |read_on, open: &[u16]| {
        let open = open.iter().copied().map(ago).collect();
        days.closed_by(ago(read_on), &open)
    };
    assert_eq!(closed(0, &[]), ago(2));
    assert_eq!(closed(0, &[6]), ago(6));
    assert_eq!(closed(2, &[]), ago(4), "by the time of the reading");
}

#[test]
fn a_span_that_is_asked_for_is_read_and_no_other() {
    let owned = owned(60, None);
    let day = Window {
        from: ago(50),
        to: ago(50),
    };
    let bounds = Bounds {
        asked: Some(day),
        ..bounds()
    };
    let days = known_days(&owned, Some(&row(&owned, Some(38))), bounds);
    assert_eq!((span(days.recent), days.older), (Some((50, 50)), None));
    assert!(days.lost.is_empty());
    let first = days.closed_by(ago(0), &BTreeSet::new());
    assert_eq!(first, ago(38), "nothing that is open was read");
}
