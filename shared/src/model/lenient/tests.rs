use serde_json::json;

use super::*;

#[test]
fn an_id_is_text_or_a_whole_number_and_exact() {
    let read = |value| id(value).ok();
    assert_eq!(read(json!("a1")).as_deref(), Some("a1"));
    assert_eq!(read(json!(u64::MAX)), Some(u64::MAX.to_string()));
    assert_eq!(read(json!(77.0)).as_deref(), Some("77"));
    for odd in [
        json!(""),
        json!(7.5),
        json!(9_007_199_254_740_992.0_f64),
        json!(null),
        json!(true),
        json!(["a1"]),
        json!(format!("a{LOST}")),
    ] {
        assert_eq!(read(odd.clone()), None, "{odd}");
    }
}

#[test]
fn free_text_shows_what_was_lost() {
    let read = |value| text(value).unwrap();
    assert_eq!(
        read(json!(format!("Aiko {LOST}."))).as_deref(),
        Some("Aiko \u{fffd}.")
    );
    assert_eq!(read(json!(7)), None);
}

#[test]
fn a_whole_number_has_many_spellings() {
    let read = |value| whole::<_, u32>(value).ok();
    for spelling in [
        json!(600),
        json!(600.0),
        json!(6e2),
        json!("600"),
        json!(" 6e2 "),
    ] {
        assert_eq!(read(spelling.clone()), Some(600), "{spelling}");
    }
    for odd in [
        json!(600.5),
        json!(-1),
        json!(1e300),
        json!("NaN"),
        json!(null),
        json!([600]),
    ] {
        assert_eq!(read(odd.clone()), None, "{odd}");
    }
}

#[test]
fn counts_are_cut_and_seconds_stay_too_large() {
    let counted = |value| count(value).map_err(|error: serde_json::Error| error.to_string());
    assert_eq!(counted(json!(600.9)), Ok(Some(600)));
    assert_eq!(counted(json!("600.4")), Ok(Some(600)));
    assert_eq!(counted(json!(-0.5)), Ok(Some(0)));
    assert_eq!(counted(json!(null)), Ok(None));
    let too_large = Err("should be a number below 2^63".to_owned());
    assert_eq!(counted(json!(1_u64 << 63)), too_large);
    let bounded = |value| seconds(value).unwrap();
    assert_eq!(bounded(json!(1e300)), Some(i64::MAX));
    assert_eq!(bounded(json!(-1e300)), Some(i64::MIN));
    assert!(seconds(json!("an hour")).is_err());
    assert!(seconds(json!("NaN")).is_err());
}

#[test]
fn a_number_may_be_in_quotes() {
    let read = |value| number(value).unwrap();
    assert_eq!(read(json!(1.5)), Some(1.5));
    assert_eq!(read(json!("12.50")), Some(12.5));
    for odd in [json!("NaN"), json!("a lot"), json!(null), json!([1])] {
        assert_eq!(read(odd), None);
    }
}

#[test]
fn a_day_is_read_from_a_moment_too() {
    let read = |value| day_or_none(value).unwrap().map(|day| day.to_string());
    for (written, day) in [
        ("2026-02-03", "2026-02-03"),
        ("2026-02-03T23:30:00-02:00", "2026-02-04"),
        ("2026-02-03T00:00:00.000Z", "2026-02-03"),
        ("2026-02-03 23:30:00", "2026-02-03"),
        ("2026-02-03T23:30:00", "2026-02-03"),
    ] {
        assert_eq!(read(json!(written)).as_deref(), Some(day), "{written}");
    }
    assert_eq!(read(json!("soon")), None);
    assert_eq!(read(json!(20260203)), None);
}
