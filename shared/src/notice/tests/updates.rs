//! Any order of budget updates gives the same level.

use super::*;

fn any_word() -> impl Strategy<Value = BudgetUpdate> {
    let state = prop::sample::select(vec!["OK", "LOW", "DEPLETED"]);
    (any::<bool>(), 1..6_u64, 0..6_i64, state).prop_map(|(is_event, id, second, state)| {
        if is_event {
            event(id, second, state)
        } else {
            answer(second, state)
        }
    })
}

/// Realistic updates: one source always returns the same budget.
fn words() -> impl Strategy<Value = Vec<BudgetUpdate>> {
    prop::collection::vec(any_word(), 1..8).prop_map(|words| {
        let mut real: Vec<BudgetUpdate> = Vec::new();
        for word in words {
            let same = |other: &BudgetUpdate| match (&other.source, &word.source) {
                (Source::Event { id, .. }, Source::Event { id: other, .. }) => id == other,
                (one, other) => one == other,
            };
            if !real.iter().any(same) {
                real.push(word);
            }
        }
        real
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// In any order and with repetitions, updates end in the state of the newest.
    #[test]
    fn order_and_repetition_leave_no_trace(
        (words, told) in words().prop_flat_map(|words| {
            let repeats = prop::collection::vec(prop::sample::select(words.clone()), 0..8);
            let shuffled = repeats.prop_map({
                let words = words.clone();
                move |repeats| [words.clone(), repeats].concat()
            });
            (Just(words), shuffled.prop_shuffle())
        })
    ) {
        let row = heard(&told).unwrap();
        let in_order = heard(&words).unwrap();
        prop_assert_eq!(newest(&row), newest(&in_order));
        let newest_event = words.iter().filter_map(|word| match &word.source {
            Source::Event { id, created_at } => Some((id, *created_at, &word.budget)),
            Source::Api { .. } | Source::Operator { .. } => None,
        }).max_by_key(|(id, ..)| *id);
        let newest_answer = words.iter().filter_map(|word| match &word.source {
            Source::Api { asked_at } | Source::Operator { at: asked_at } => Some((*asked_at, &word.budget)),
            Source::Event { .. } => None,
        }).max_by_key(|(at, _)| *at);
        let expected = match (newest_event, newest_answer) {
            (Some((_, at, budget)), Some((asked_at, _))) if at > Some(asked_at) => budget,
            (_, Some((_, budget))) | (Some((.., budget)), None) => budget,
            (None, None) => unreachable!("there is an update"),
        };
        prop_assert_eq!(newest(&row).unwrap(), expected);
    }

    /// Every change of the level is counted, so that an old state is never taken as settled.
    #[test]
    fn the_level_never_changes_uncounted(told in prop::collection::vec(any_word(), 1..12)) {
        let mut row: Option<BudgetRow> = None;
        for word in &told {
            let Some(next) = hear(row.clone(), word, at(0)) else { continue };
            let before = row.as_ref().and_then(current_level);
            let changes = row.as_ref().map_or(0, |row| row.changes);
            prop_assert_eq!(next.changes, changes + u64::from(current_level(&next) != before));
            prop_assert!(next.posted <= current_level(&next));
            row = Some(next);
        }
    }
}
