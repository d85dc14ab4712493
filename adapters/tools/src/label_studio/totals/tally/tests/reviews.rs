//! Annotations that another account has changed.

use super::*;

fn reviewed() -> Value {
    annotation(json!({
        "id": 17, "updated_by": 9, "updated_at": "2026-06-10T15:00:00Z", "lead_time": 72.0, "result": [],
    }))
}

#[test]
fn a_review_changes_neither_time_nor_labels() {
    let own = annotation(json!({ "id": 17 }));
    let first = count(&[vec![own]], Written::default());
    let known: BTreeMap<_, _> = first
        .written
        .changes()
        .map(|(who, day, pieces)| ((who, day), pieces.clone()))
        .collect();
    let counted = count(&[vec![reviewed()]], Written::of(known.clone()));
    let again = counted.written.changes().count();
    assert_eq!(again, 0, "what she wrote stays remembered");
    assert_eq!(rows(counted), [("2".into(), 10, Some(10), 1, 1, 1)]);
    // Her own change counts again.
    let longer = annotation(json!({ "id": 17, "lead_time": 80.0 }));
    let counted = count(&[vec![longer]], Written::of(known));
    assert_eq!(counted.written.changes().count(), 1);
    assert_eq!(rows(counted)[0].2, Some(80));
}

/// The stored pieces after annotations were counted.
fn remembered(annotations: &[Value], before: Written) -> Written {
    let counted = count(&[annotations.to_vec()], before);
    let changes = counted.written.changes();
    Written::of(
        changes
            .map(|(who, day, it)| ((who, day), it.clone()))
            .collect(),
    )
}

#[test]
fn a_review_makes_nothing_a_persons_own_work() {
    let later = json!({ "updated_by": 9, "updated_at": "2026-06-10T15:00:00Z" });
    for (changes, why) in [
        (json!({ "updated_by": null }), NotOwn::Imported),
        (
            json!({ "updated_by": null, "parent_prediction": 4 }),
            NotOwn::Predicted,
        ),
        (json!({ "updated_by": 9 }), NotOwn::ByAnother),
    ] {
        let mut piece = annotation(changes);
        let known = remembered(&[piece.clone()], Written::default());
        for (key, value) in later.as_object().unwrap() {
            piece[key] = value.clone();
        }
        let counted = count(&[vec![piece.clone()]], known);
        assert_eq!(apart(&counted), [(why, 1, 10)]);
        assert_eq!(
            (counted.days.len(), counted.written.changes().count()),
            (0, 0)
        );
        // The person's own change makes it theirs.
        let known = remembered(&[annotation(json!({}))], Written::default());
        piece["updated_by"] = json!(2);
        assert_eq!(rows(count(&[vec![piece]], known))[0].2, Some(10));
    }
}

#[test]
fn what_a_reading_lacks_stays_remembered() {
    let own = annotation(json!({ "id": 17 }));
    let known = remembered(&[own], Written::default());
    let known = remembered(&[annotation(json!({ "id": 18 }))], known);
    assert_eq!(rows(count(&[vec![reviewed()]], known))[0].2, Some(10));
}

#[test]
fn a_review_of_what_was_never_seen_counts_and_is_pointed_out() {
    assert_eq!(
        totals(&[vec![reviewed()]]),
        [("2".into(), 10, Some(72), 1, 0, 1)]
    );
}

/// An import may have more annotations than are stored.
#[test]
fn a_review_on_a_day_with_more_imports_than_are_remembered_makes_nothing_own_work() {
    let imported = |id: u64| annotation(json!({ "id": id, "updated_by": null }));
    let annotations: Vec<_> = (1_000..6_050).map(imported).collect();
    let known = remembered(&annotations, Written::default());
    let review = json!({
        "id": 6_049, "updated_by": 9, "updated_at": "2026-06-10T15:00:00Z",
    });
    let own = annotation(json!({ "id": 7_000 }));
    let counted = count(&[vec![annotation(review), own]], known);
    assert_eq!(apart(&counted), [(NotOwn::ByAnother, 1, 10)]);
    assert_eq!(rows(counted)[0].3, 1, "the person's own work counts");
}
