mod clocks;

#[cfg(feature = "sqlite")]
mod kept;

use jiff::ToSpan;
use proptest::prelude::*;

use super::growth::KEPT_DAYS;
use super::*;
use crate::tool::Count;

const ANN: &str = "2";
const BOB: &str = "3";

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn of(counts: &[(&str, i64)]) -> BTreeMap<MemberId, i64> {
    counts
        .iter()
        .map(|(id, count)| (MemberId::from(*id), *count))
        .collect()
}

/// A look at a project of a hundred tasks.
fn look(at: &str, tasks: &[(&str, i64)], labels: Option<&[(&str, i64)]>) -> Counters {
    Counters {
        asked_at: moment(at),
        size: 100,
        tasks: of(tasks),
        labels: labels.map(of),
        types: labels.iter().map(|_| "cat".to_owned()).collect(),
        frozen: false,
        unreadable: Default::default(),
    }
}

/// A clock that is later than all looks.
fn late() -> Timestamp {
    moment("2030-01-01T00:00:00Z")
}

impl Known {
    fn take(&mut self, seen: &Counters) {
        self.take_at(seen, late());
    }

    fn take_at(&mut self, seen: &Counters, now: Timestamp) {
        let behind = self.behind(seen, now);
        for row in self.changes(seen, behind, now) {
            self.rows.insert(row.member.clone(), row);
        }
        self.watch = watched(self.watch.clone(), seen, behind, now).or(self.watch.take());
    }

    /// `day: tasks/labels`, each day.
    fn told(&self, member: &str) -> Vec<String> {
        let row = self.rows.get(&MemberId::from(member));
        let days = row.into_iter().flat_map(|row| &row.days);
        let text = |(day, count): (&Date, &Count)| {
            let labels = count
                .labels
                .map_or("-".to_owned(), |labels| labels.to_string());
            format!("{day}: {}/{labels}", count.tasks)
        };
        days.map(text).collect()
    }
}

/// A project after these looks.
fn after(looks: &[Counters]) -> Known {
    let mut known = Known::default();
    looks.iter().for_each(|seen| known.take(seen));
    known
}

#[test]
fn the_first_look_counts_as_no_work() {
    let known = after(&[look(
        "2026-03-01T10:00:00Z",
        &[(ANN, 40)],
        Some(&[(ANN, 90)]),
    )]);
    assert!(known.told(ANN).is_empty());
}

#[test]
fn growth_belongs_to_the_day_of_the_look() {
    let known = after(&[
        look("2026-03-01T10:00:00Z", &[(ANN, 40)], Some(&[(ANN, 90)])),
        look("2026-03-01T23:59:59Z", &[(ANN, 42)], Some(&[(ANN, 95)])),
        look("2026-03-02T00:00:00Z", &[(ANN, 45)], Some(&[(ANN, 96)])),
        look("2026-03-02T09:00:00Z", &[(ANN, 46)], Some(&[(ANN, 96)])),
    ]);
    assert_eq!(known.told(ANN), ["2026-03-01: 2/5", "2026-03-02: 4/1"]);
}

#[test]
fn who_comes_later_has_all_that_they_did() {
    let known = after(&[
        look("2026-03-01T10:00:00Z", &[(ANN, 40)], Some(&[(ANN, 90)])),
        look(
            "2026-03-01T11:00:00Z",
            &[(ANN, 40), (BOB, 7)],
            Some(&[(ANN, 90), (BOB, 8)]),
        ),
    ]);
    assert!(known.told(ANN).is_empty());
    assert_eq!(known.told(BOB), ["2026-03-01: 7/8"]);
}

#[test]
fn what_is_taken_back_and_done_again_counts_once() {
    let known = after(&[
        look("2026-03-01T10:00:00Z", &[(ANN, 0)], None),
        look("2026-03-01T11:00:00Z", &[(ANN, 10)], None),
        look("2026-03-01T12:00:00Z", &[(ANN, 7)], None),
        // Three more than were done today: they were done before.
        look("2026-03-02T12:00:00Z", &[(ANN, 4)], None),
        look("2026-03-02T13:00:00Z", &[(ANN, 6)], None),
        look("2026-03-03T13:00:00Z", &[(ANN, 9)], None),
    ]);
    assert_eq!(known.told(ANN), ["2026-03-01: 7/-", "2026-03-03: 2/-"]);
}

#[test]
fn deleted_tasks_do_not_reduce_new_work() {
    let emptied = Counters {
        size: 20,
        ..look("2026-03-01T12:00:00Z", &[(ANN, 0)], None)
    };
    let later = Counters {
        size: 20,
        ..look("2026-03-01T13:00:00Z", &[(ANN, 5)], None)
    };
    let known = after(&[
        look("2026-03-01T10:00:00Z", &[(ANN, 0)], None),
        look("2026-03-01T11:00:00Z", &[(ANN, 10)], None),
        emptied,
        later,
    ]);
    assert_eq!(known.told(ANN), ["2026-03-01: 15/-"]);
}

/// Six finished tasks are deleted and eight new ones imported between two looks: the project does not shrink.
#[test]
fn a_fall_of_many_at_once_is_a_deletion() {
    let known = after(&[
        look("2026-03-01T10:00:00Z", &[(ANN, 0)], Some(&[])),
        look("2026-03-01T11:00:00Z", &[(ANN, 6)], Some(&[(ANN, 6)])),
        look("2026-03-01T12:00:00Z", &[(ANN, 0)], Some(&[(ANN, 0)])),
        look("2026-03-01T13:00:00Z", &[(ANN, 6)], Some(&[(ANN, 6)])),
    ]);
    assert_eq!(known.told(ANN), ["2026-03-01: 12/12"]);
}

#[test]
fn a_fall_of_a_few_is_told() {
    let known = after(&[
        look("2026-03-01T10:00:00Z", &[(ANN, 0)], None),
        look("2026-03-01T11:00:00Z", &[(ANN, 4), (BOB, 9)], None),
        look("2026-03-01T12:00:00Z", &[(ANN, 2), (BOB, 9)], None),
    ]);
    assert_eq!(known.told(ANN), ["2026-03-01: 2/-"]);
    let day = &known.rows[&ANN.into()].days[&"2026-03-01".parse().unwrap()];
    assert_eq!(day.fell, 2);
}

/// The owner deletes a label type: its labels are gone, and were made all the same.
#[test]
fn the_labels_of_a_deleted_type_were_made_all_the_same() {
    let typed = |at, labels: &[(&str, i64)], types: &[&str]| Counters {
        types: types.iter().map(|it| (*it).to_owned()).collect(),
        ..look(at, &[(ANN, 9)], Some(labels))
    };
    let known = after(&[
        typed("2026-03-01T10:00:00Z", &[], &["cat", "dog"]),
        typed("2026-03-01T11:00:00Z", &[(ANN, 4)], &["cat", "dog"]),
        typed("2026-03-01T12:00:00Z", &[(ANN, 1)], &["cat"]),
        typed("2026-03-01T13:00:00Z", &[(ANN, 3)], &["cat"]),
    ]);
    assert_eq!(known.told(ANN), ["2026-03-01: 0/6"]);
}

#[test]
fn labels_that_are_not_told_keep_their_last_value() {
    let known = after(&[
        look("2026-03-01T10:00:00Z", &[(ANN, 0)], Some(&[])),
        look("2026-03-01T11:00:00Z", &[(ANN, 1)], Some(&[(ANN, 3)])),
        look("2026-03-01T12:00:00Z", &[(ANN, 2)], None),
        look("2026-03-02T12:00:00Z", &[(ANN, 3)], None),
        look("2026-03-03T12:00:00Z", &[(ANN, 3)], Some(&[(ANN, 8)])),
    ]);
    let told = ["2026-03-01: 2/3", "2026-03-02: 1/-", "2026-03-03: 0/5"];
    assert_eq!(known.told(ANN), told);
}

#[test]
fn labels_that_were_never_told_start_when_they_are() {
    let known = after(&[
        look("2026-03-01T10:00:00Z", &[(ANN, 1)], None),
        look("2026-03-01T11:00:00Z", &[(ANN, 2), (BOB, 1)], None),
        look(
            "2026-03-01T12:00:00Z",
            &[(ANN, 2), (BOB, 1)],
            Some(&[(ANN, 50), (BOB, 60)]),
        ),
        look(
            "2026-03-01T13:00:00Z",
            &[(ANN, 2), (BOB, 1)],
            Some(&[(ANN, 51), (BOB, 62)]),
        ),
    ]);
    assert_eq!(known.told(ANN), ["2026-03-01: 1/1"]);
    assert_eq!(known.told(BOB), ["2026-03-01: 1/2"]);
}

#[test]
fn the_oldest_of_many_days_with_work_are_forgotten() {
    let mut known = after(&[look("2026-03-01T10:00:00Z", &[(ANN, 0)], None)]);
    let start = moment("2026-03-02T10:00:00Z");
    for day in 0..=i64::try_from(KEPT_DAYS).unwrap() {
        let mut seen = look("2026-03-01T10:00:00Z", &[(ANN, day + 1)], None);
        seen.asked_at = start + (24 * day).hours();
        known.take(&seen);
    }
    let told = known.told(ANN);
    assert_eq!(
        (told.len(), told[0].as_str()),
        (KEPT_DAYS, "2026-03-03: 1/-")
    );
}

proptest! {
    /// For all movements of the counter: no day is below zero, a look that is counted twice changes nothing, and the
    /// sum of all days is the growth without deletions, less what is still owed.
    #[test]
    fn days_add_up_to_the_growth(moves in prop::collection::vec((0i64..30, 0i64..40), 1..30)) {
        let start = moment("2026-03-01T00:00:00Z");
        let mut known = Known::default();
        let (mut hours, mut last, mut deleted) = (0, moves[0].1, 0);
        for (step, (pause, at)) in moves.iter().enumerate() {
            hours += pause;
            let mut seen = look("2026-03-01T00:00:00Z", &[(ANN, *at)], None);
            seen.asked_at = start + hours.hours();
            known.take(&seen);
            let once = known.told(ANN);
            known.take(&seen);
            prop_assert_eq!(&once, &known.told(ANN), "look {}", step);
            let fall = last - at;
            if fall >= 5 && fall * 2 >= last {
                deleted += fall;
            }
            last = *at;
        }
        let Some(row) = known.rows.get(&MemberId::from(ANN)) else {
            return Ok(());
        };
        prop_assume!(row.days.len() < KEPT_DAYS);
        prop_assert!(row.days.values().all(|day| day.tasks >= 0));
        let sum: i64 = row.days.values().map(|day| day.tasks).sum();
        prop_assert_eq!(sum - row.tasks.owed, last - moves[0].1 + deleted);
    }
}
