use jiff::civil::date;
use proptest::prelude::*;

use super::*;

fn spell(contract: &str, first: Option<i8>, last: Option<i8>) -> HirePeriod {
    let day = |day: i8| date(2026, 6, day);
    HirePeriod {
        connection: ConnectionName::default(),
        link: "plk_1".into(),
        contract: contract.into(),
        project: "p".into(),
        managed: false,
        first: first.map(day),
        last: last.map(day),
        started_at: None,
        known_since: None,
        over_at: None,
        stated_at: None,
        allowed: true,
        barred: None,
    }
}

fn owner_on(spells: &[HirePeriod], day: i8) -> Option<&str> {
    owner(spells, &"p".into(), date(2026, 6, day)).map(ContractId::as_str)
}

#[test]
fn the_first_and_the_last_day_belong_to_a_contract() {
    let spells = [spell("a", Some(10), Some(12))];
    let owners: Vec<_> = (9..=13).map(|day| owner_on(&spells, day)).collect();
    assert_eq!(owners, [None, Some("a"), Some("a"), Some("a"), None]);
}

#[test]
fn the_newest_of_several_has_the_day() {
    let spells = [
        spell("b", Some(8), None),
        spell("a", Some(10), None),
        spell("c", None, None),
    ];
    assert_eq!(owner_on(&spells, 7), Some("c"));
    assert_eq!(owner_on(&spells, 9), Some("b"));
    assert_eq!(owner_on(&spells, 10), Some("a"));
}

#[test]
fn of_two_that_began_together_the_larger_id_has_the_day() {
    let spells = [
        spell("ctr_10", Some(8), None),
        spell("ctr_9", Some(8), None),
    ];
    assert_eq!(owner_on(&spells, 8), Some("ctr_10"));
}

#[test]
fn a_contract_that_gave_days_to_a_newer_one_has_those_around_them() {
    let spells = [spell("a", Some(5), None), spell("b", Some(10), Some(12))];
    let pieces: Vec<_> = owned(&spells, &"a".into()).into_iter().collect();
    let days = |it: &Owned| (it.from.map(Date::day), it.to.map(Date::day));
    let pieces: Vec<_> = pieces.iter().map(days).collect();
    assert_eq!(pieces, [(Some(5), Some(9)), (Some(13), None)]);
}

#[test]
fn the_first_day_that_moved_is_found() {
    let before = owned(&[spell("a", Some(5), None)], &"a".into());
    let spells = [spell("a", Some(5), None), spell("b", Some(10), None)];
    let now = owned(&spells, &"a".into());
    let on = |day| date(2026, 6, day);
    assert_eq!(first_difference(&before, &now, on(1), on(20)), Some(on(10)));
    assert_eq!(first_difference(&before, &now, on(1), on(9)), None);
    assert_eq!(first_difference(&now, &now, on(1), on(20)), None);
}

proptest! {
    #[test]
    fn the_pieces_are_the_days_that_a_contract_owns(
        spells in prop::collection::vec(("[ab]{1,2}", prop::option::of(1i8..20), prop::option::of(1i8..25)), 0..6),
    ) {
        let spells: Vec<_> = spells.iter().map(|(id, first, last)| spell(id, *first, *last)).collect();
        for it in &spells {
            let pieces = owned(&spells, &it.contract);
            for day in 1..=30 {
                let held = pieces.iter().any(|piece| piece.holds(date(2026, 6, day)));
                prop_assert_eq!(held, owner_on(&spells, day) == Some(it.contract.as_str()));
            }
        }
    }
}
