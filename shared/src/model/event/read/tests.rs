use jiff::Timestamp;
use jiff::civil::date;
use proptest::prelude::*;
use serde_json::{Map, json};

use super::*;
use crate::model::ConnectionName;
use crate::queue::{EventMessage, Message};

fn stored(event: Event) -> Message {
    Message::Event(EventMessage {
        connection: ConnectionName::default(),
        delivery: None,
        received_at: Timestamp::UNIX_EPOCH,
        handed_on: None,
        event,
    })
}

/// The event that the worker decodes from what intake has stored.
fn at_the_worker(event: &Event) -> Option<Event> {
    match Message::decode(&stored(event.clone()).encode().body) {
        Ok(Message::Event(message)) => Some(message.event),
        _ => None,
    }
}

fn started(data: &str) -> String {
    format!(r#"{{"id":"7","type":"contract.started","resourceId":"ctr_1","data":{data}}}"#)
}

fn event(data: &str) -> Event {
    read(started(data).as_bytes()).unwrap()
}

#[test]
fn a_lone_surrogate_is_replaced_in_a_name() {
    let event = event(
        r#"{"freelancer":{"opentrainUserId":"usr_1","displayName":"Aiko \ud842.","country":"JP"},
            "contract":{"title":"\ud83d\ude00 \ud83d"},"projectLink":{"externalProjectName":"cats \udc00"}}"#,
    );
    let person = event.participant().unwrap();
    assert_eq!(person.display_name.as_deref(), Some("Aiko \u{fffd}."));
    assert_eq!(person.country.as_deref(), Some("JP"));
    assert_eq!(
        event.shown("/data/contract/title").as_deref(),
        Some("\u{1f600} \u{fffd}")
    );
    assert_eq!(
        event
            .shown("/data/projectLink/externalProjectName")
            .as_deref(),
        Some("cats \u{fffd}")
    );
    assert_eq!(at_the_worker(&event), Some(event));
}

#[test]
fn ids_and_emails_are_never_repaired() {
    let event = event(
        r#"{"freelancer":{"opentrainUserId":"usr_1","displayName":"Maria S.","workEmail":"maria\ud842@opentrain.work"},
            "projectLink":{"id":"lnk_\ud842"}}"#,
    );
    let person = event.participant().unwrap();
    assert_eq!(person.display_name.as_deref(), Some("Maria S."));
    assert_eq!((person.work_email, event.link()), (None, None));
    let garbled = event_with_trainer(r#""usr_\ud842""#);
    assert_eq!((garbled.trainer(), garbled.participant()), (None, None));
    for id in [r#""7\ud842""#, r#""""#, "7.5", "-7", "null", "[7]"] {
        let body = format!(r#"{{"id":{id},"type":"contract.started"}}"#);
        let refused = read(body.as_bytes()).unwrap_err();
        assert!(refused.contains("`id` should"), "{id}: {refused}");
    }
}

fn event_with_trainer(id: &str) -> Event {
    event(&format!(r#"{{"freelancer":{{"opentrainUserId":{id}}}}}"#))
}

#[test]
fn invalid_utf8_is_replaced_in_a_name() {
    let mut body =
        started(r#"{"freelancer":{"opentrainUserId":"usr_1","displayName":"Zo?"}}"#).into_bytes();
    let at = body.iter().position(|b| *b == b'?').unwrap();
    body[at] = 0xc3;
    let person = read(&body).unwrap().participant().unwrap();
    assert_eq!(person.display_name.as_deref(), Some("Zo\u{fffd}"));
}

#[test]
fn a_byte_order_mark_is_skipped() {
    let body = format!("\u{feff}{}", started("{}"));
    assert!(read(body.as_bytes()).is_ok());
}

#[test]
fn numeric_ids_keep_their_digits() {
    for (written, id) in [
        ("77", "77"),
        ("77.0", "77"),
        ("18446744073709551615", "18446744073709551615"),
        ("184467440737095516150001", "184467440737095516150001"),
    ] {
        let event = event_with_trainer(written);
        assert_eq!(event.trainer().unwrap().as_str(), id);
        assert_eq!(at_the_worker(&event).unwrap().trainer(), event.trainer());
    }
    let body =
        r#"{"id":184467440737095516150001,"type":"contract.started","resourceId":81,"jobId":4}"#;
    let event = read(body.as_bytes()).unwrap();
    assert_eq!(event.id.as_str(), "184467440737095516150001");
    assert_eq!(event.contract().unwrap().as_str(), "81");
    assert_eq!(event.job_id.unwrap().as_str(), "4");
    for inexact in ["77.5", "9007199254740993.0", "1e300"] {
        assert_eq!(event_with_trainer(inexact).trainer(), None, "{inexact}");
    }
}

#[test]
fn an_unreadable_member_does_not_affect_the_others() {
    for odd in ["7", "\"x\"", "[]", "null", r#"{"id":[]}"#] {
        let event = event(&format!(
            r#"{{"freelancer":{odd},"projectLink":{odd},"contract":{{"id":"ctr_1","startDate":{odd},"endDate":"2026-03-01T23:30:00-02:00"}}}}"#
        ));
        assert_eq!((event.participant(), event.link()), (None, None), "{odd}");
        assert_eq!(event.contract().unwrap().as_str(), "ctr_1");
        assert_eq!(event.first_day(), None);
        assert_eq!(event.end_date(), Some(date(2026, 3, 2)));
    }
}

#[test]
fn an_end_is_detected_by_type_or_by_contract_status() {
    let with = |kind: &str, status: &str| {
        let body =
            format!(r#"{{"id":"1","type":"{kind}","data":{{"contract":{{"status":{status}}}}}}}"#);
        read(body.as_bytes()).unwrap().is_end()
    };
    assert!(with("contract.ended", r#""active""#));
    assert!(with("contract.started", r#""ended""#));
    assert!(with("contract.updated", r#""ended""#));
    assert!(!with("contract.started", r#""active""#));
    assert!(!with("contract.started", "7"));
}

#[test]
fn the_organisation_is_found_in_each_possible_place() {
    for data in [
        r#"{"organizationId":"org_1"}"#,
        r#"{"contract":{"organizationId":"org_1"}}"#,
        r#"{"projectLink":{"organizationId":"org_1"}}"#,
        r#"{"install":{"organizationId":"org_1"}}"#,
    ] {
        assert_eq!(
            event(data).organization().as_deref(),
            Some("org_1"),
            "{data}"
        );
    }
    let body = r#"{"id":"1","type":"install.revoked","organizationId":"org_1"}"#;
    let own = read(body.as_bytes()).unwrap().organization();
    assert_eq!(own.as_deref(), Some("org_1"));
    assert_eq!(event("{}").organization(), None);
}

#[test]
fn a_duplicate_member_is_refused_or_ignored_as_a_whole() {
    for body in [
        r#"{"id":"1","id":"2","type":"contract.started"}"#,
        r#"{"id":"1","type":"contract.started","type":"contract.ended"}"#,
        r#"{"id":"1","type":"contract.started","name":"\ud842","id":"2"}"#,
    ] {
        assert!(read(body.as_bytes()).is_err(), "{body}");
    }
}

#[test]
fn a_refusal_names_the_member_and_quotes_no_value() {
    let refused = |body: &str| read(body.as_bytes()).unwrap_err();
    assert_eq!(
        refused(r#"{"type":"x"}"#),
        "the body is not an event: `id` is missing"
    );
    let odd_type = refused(r#"{"id":"1","type":{"canary":1}}"#);
    assert_eq!(
        odd_type,
        "the body is not an event: `type` should be a string"
    );
    assert!(refused("<html>canary").contains("it is broken JSON, at line 1"));
}

/// An event with this many levels, its own included.
fn deep(levels: usize) -> (String, Value) {
    let inside = levels - 2;
    let text = format!(r#"{{"x":{}7{}}}"#, "[".repeat(inside), "]".repeat(inside));
    let value = (0..inside).fold(json!(7), |value, _| json!([value]));
    (text, json!({ "x": value }))
}

/// Intake accepts exactly what the worker can decode.
#[test]
fn accepted_depths_can_be_decoded_by_the_worker() {
    for levels in 2..200 {
        let (text, data) = deep(levels);
        let accepted = read(started(&text).as_bytes());
        let by_hand = Event {
            data,
            ..event("{}")
        };
        match accepted {
            Ok(event) => assert_eq!(at_the_worker(&event), Some(by_hand), "{levels}"),
            Err(_) => assert_eq!(at_the_worker(&by_hand), None, "{levels}"),
        }
    }
    assert!(read(started(&deep(MAX_DEPTH).0).as_bytes()).is_ok());
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[\u{fdd0}\u{fffd}-\u{ffff}a]{0,3}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map("x\\PC{0,4}", inner, 0..6)
                .prop_map(|members| members.into_iter().collect::<Map<_, _>>().into()),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_accepted_is_what_the_worker_decodes(
        data in any_value(),
        unknown in prop::collection::btree_map("x\\PC{0,4}", any_value(), 0..4),
    ) {
        let mut body = json!({ "id": "7", "type": "contract.started", "data": data });
        body.as_object_mut().unwrap().extend(unknown);
        let event = read(body.to_string().as_bytes()).unwrap();
        prop_assert_eq!(at_the_worker(&event), Some(event));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _either = read(&bytes);
    }

    /// A truncated body, or one with a changed byte, is either read or refused; it never panics.
    #[test]
    fn a_damaged_event_is_read_or_refused(at in 0usize..1000, byte: u8, cut: bool) {
        let mut body = include_bytes!("../../../../../events/webhook/contract.started.json").to_vec();
        let at = at % body.len();
        match cut {
            true => body.truncate(at),
            false => body[at] = byte,
        }
        if let Ok(event) = read(&body) {
            prop_assert_eq!(at_the_worker(&event), Some(event));
        }
    }
}
