//! Tests of the pure rules.

mod updates;

use jiff::Timestamp;
use proptest::prelude::*;

use super::post::due;
use super::*;
use crate::ledger::{Posting, Source};
use crate::model::ids::ContractId;
use crate::opentrain::{Budget, BudgetState, Consumed, PaymentType};
use crate::tool::NoticeLevel::{self, Exhausted, Warning};

const URL: &str = "https://app.opentrain.ai";

fn budget(state: &str) -> Budget {
    Budget {
        contract_id: "ctr_1".into(),
        payment_type: Some(PaymentType::PerHour),
        state: BudgetState::from(state),
        funded_volume: Some(40.0),
        funded_amount_usd: None,
        consumed: Consumed::default(),
        consumed_volume: Some(33.336),
        remaining_volume: None,
        consumed_fraction: None,
        active_milestone: None,
        last_usage_at: None,
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn event(id: u64, second: i64, state: &str) -> BudgetUpdate {
    let source = Source::Event {
        id: id.to_string().as_str().into(),
        created_at: Some(at(second)),
    };
    BudgetUpdate {
        contract: "ctr_1".into(),
        budget: budget(state),
        source,
    }
}

fn answer(second: i64, state: &str) -> BudgetUpdate {
    let source = Source::Api {
        asked_at: at(second),
    };
    BudgetUpdate {
        contract: "ctr_1".into(),
        budget: budget(state),
        source,
    }
}

fn heard<'a>(words: impl IntoIterator<Item = &'a BudgetUpdate>) -> Option<BudgetRow> {
    let words = words.into_iter();
    words.fold(None, |row, word| hear(row.clone(), word, at(1_000)).or(row))
}

#[test]
fn the_fraction_decides_only_if_the_state_is_unknown() {
    let with = |state: &str, fraction| Budget {
        consumed_fraction: Some(fraction),
        ..budget(state)
    };
    assert_eq!(level(&budget("OK")), None);
    assert_eq!(level(&budget("LOW")), Some(Warning));
    assert_eq!(level(&budget("DEPLETED")), Some(Exhausted));
    assert_eq!(
        level(&with("LOW", 1.0)),
        Some(Warning),
        "rounded, not depleted"
    );
    assert_eq!(level(&with("PAUSED", 0.79)), None);
    assert_eq!(level(&with("PAUSED", 0.8)), Some(Warning));
    assert_eq!(level(&with("PAUSED", 1.0)), Some(Exhausted));
    assert_eq!(level(&budget("PAUSED")), None);
}

#[test]
fn a_fixed_price_never_warns() {
    for state in ["OK", "LOW", "DEPLETED", "PAUSED"] {
        let fixed = Budget {
            payment_type: Some(PaymentType::FixedPrice),
            consumed_fraction: Some(2.0),
            ..budget(state)
        };
        assert_eq!(level(&fixed), None, "{state}");
    }
}

#[test]
fn a_late_old_event_does_not_undo_a_newer_answer() {
    let words = [answer(20, "OK"), event(7, 10, "DEPLETED")];
    assert_eq!(current_level(&heard(&words).unwrap()), None);
    let words = [answer(20, "OK"), event(7, 21, "DEPLETED")];
    assert_eq!(current_level(&heard(&words).unwrap()), Some(Exhausted));
}

#[test]
fn an_event_without_a_date_does_not_undo_an_answer() {
    let source = Source::Event {
        id: "9".into(),
        created_at: None,
    };
    let undated = BudgetUpdate {
        source,
        ..event(9, 0, "DEPLETED")
    };
    assert_eq!(
        current_level(&heard(&[answer(20, "OK"), undated]).unwrap()),
        None
    );
}

#[test]
fn events_are_ordered_by_id_and_not_by_date() {
    let words = [event(100, 10, "OK"), event(99, 20, "DEPLETED")];
    assert_eq!(current_level(&heard(&words).unwrap()), None);
}

#[test]
fn close_updates_that_differ_are_in_doubt() {
    let row = heard(&[answer(1_000, "LOW")]);
    let doubt = |at: Option<i64>, state| {
        let created_at = at.map(|second| Timestamp::from_second(second).unwrap());
        in_doubt(row.as_ref(), created_at, &budget(state))
    };
    assert!(doubt(Some(1_010), "OK") && doubt(Some(990), "OK") && doubt(None, "OK"));
    assert!(!doubt(Some(1_010), "LOW"), "they agree");
    assert!(
        !doubt(Some(1_400), "OK") && !doubt(Some(600), "OK"),
        "they are far apart"
    );
    assert!(!in_doubt(None, None, &budget("OK")), "there is no answer");
}

#[test]
fn one_notice_contains_all_contracts_and_the_worst_level() {
    let contracts = [("ctr_2", Warning), ("ctr_1", Exhausted), ("ctr_1", Warning)];
    let notice = notice(contracts.map(|(id, level)| (id.into(), level)), URL).unwrap();
    assert_eq!(notice.level, Exhausted);
    assert_eq!(notice.contract_ids, ["ctr_1".into(), "ctr_2".into()]);
    assert_eq!(
        notice.text,
        "All funded work on contract ctr_1 is used up: please ask before you continue. \
         At least 80 % of the funded work on contract ctr_2 is used up. \
         Managers can top up at https://app.opentrain.ai"
    );
    assert!(super::notice([], URL).is_none());
}

#[test]
fn a_long_list_is_only_cut_in_the_text() {
    let contracts = (0..7).map(|n| (ContractId::new(format!("c{n}")), Warning));
    let notice = notice(contracts, URL).unwrap();
    assert!(
        notice
            .text
            .contains("on contracts c0, c1, c2, c3, c4 and 2 more is used up")
    );
    assert_eq!(notice.contract_ids.len(), 7);
}

#[test]
fn a_post_contains_the_amount() {
    let name = ConnectionName::parse("acme").unwrap();
    assert_eq!(
        text::post(&name, &budget("LOW"), Warning, URL),
        "Contract ctr_1 (acme): at least 80 % of the funded work is used up, 33.34 of 40 h. \
         Top up at https://app.opentrain.ai"
    );
    let none = Budget {
        funded_volume: Some(0.0),
        ..budget("LOW")
    };
    assert_eq!(volume(&none), None);
}

/// The posts that are due after each update, if every post succeeds.
fn posts(words: &[BudgetUpdate]) -> Vec<NoticeLevel> {
    let mut row: Option<BudgetRow> = None;
    let mut posted = Vec::new();
    for word in words {
        row = hear(row.clone(), word, at(1_000)).or(row);
        let stands = row.as_mut().unwrap();
        if let Some(level) = due(stands, at(1_000)) {
            posted.push(level);
            stands.posted = Some(level);
        }
    }
    posted
}

#[test]
fn each_upward_crossing_is_posted_once() {
    let story = [
        "LOW", "LOW", "DEPLETED", "DEPLETED", "LOW", "DEPLETED", "OK", "LOW", "DEPLETED",
    ];
    let words: Vec<_> = (1..)
        .zip(story)
        .map(|(id, state)| event(id, 0, state))
        .collect();
    assert_eq!(
        posts(&words),
        [Warning, Exhausted, Exhausted, Warning, Exhausted]
    );
}

#[test]
fn a_post_in_progress_is_not_repeated_before_its_lease_ends() {
    let row = heard(&[event(1, 0, "LOW")]).unwrap();
    let posting = |level| {
        Some(Posting {
            level,
            until: at(50),
        })
    };
    let under_way = BudgetRow {
        posting: posting(Warning),
        ..row.clone()
    };
    assert_eq!(due(&under_way, at(49)), None);
    assert_eq!(due(&under_way, at(50)), Some(Warning), "its lease is over");
    assert_eq!(
        due(&under_way, at(-3600)),
        Some(Warning),
        "the clock was set back"
    );
    let worse = BudgetRow {
        posting: posting(Warning),
        ..heard(&[event(1, 0, "DEPLETED")]).unwrap()
    };
    assert_eq!(due(&worse, at(49)), Some(Exhausted), "another crossing");
}

#[test]
fn the_webhook_is_https_or_this_machine_and_never_shown() {
    for good in [
        "https://hooks.example/T/canary",
        "https://chat.example/?key=canary",
        "http://127.0.0.1:9/canary",
    ] {
        assert_eq!(format!("{:?}", Webhook::new(good).unwrap()), "Webhook(…)");
    }
    for bad in [
        "http://hooks.example/canary",
        "canary",
        "https://me:canary@hooks.example",
        "ftp://canary",
    ] {
        let error = Webhook::new(bad).unwrap_err().to_string();
        assert!(
            !error.contains("/canary") && !error.contains("me:canary"),
            "{error}"
        );
    }
}
