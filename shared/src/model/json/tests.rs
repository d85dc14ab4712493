use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

use super::*;
use crate::model::ids::ContractId;
use crate::model::lenient::{self, LOST};

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Thing {
    id: ContractId,
    #[serde(default, deserialize_with = "lenient::text")]
    name: Option<String>,
    #[serde(default, deserialize_with = "lenient::count")]
    count: Option<i64>,
}

impl Element for Thing {
    const KIND: &'static str = "thing";
}

#[derive(Debug, Deserialize)]
struct Page {
    things: Listing<Thing>,
}

fn text(bytes: &[u8]) -> String {
    rewrite(bytes)
}

#[test]
fn only_invalid_characters_are_replaced() {
    for (before, after) in [
        (r#"{"a":"\ud842"}"#, format!(r#"{{"a":"{LOST}"}}"#)),
        (r#""\udc42x""#, format!(r#""{LOST}x""#)),
        (
            r#""\ud842\ud842\udfb7""#,
            format!(r#""{LOST}\ud842\udfb7""#),
        ),
        (r#""\ud842\u0041""#, format!(r#""{LOST}\u0041""#)),
        (r#""\ud84""#, r#""\ud84""#.to_owned()),
        (r#""\\ud842\"\ud842""#, format!(r#""\\ud842\"{LOST}""#)),
        (r#""\u+842""#, r#""\u+842""#.to_owned()),
        ("\u{feff}[1]", "[1]".to_owned()),
    ] {
        assert_eq!(text(before.as_bytes()), after, "{before}");
    }
    assert_eq!(text(b"\"a\xff\xc3\""), format!("\"a{LOST}{LOST}\""));
}

#[test]
fn a_number_that_does_not_fit_is_put_in_quotes() {
    for (before, after) in [
        ("[18446744073709551615]", "[18446744073709551615]"),
        ("[18446744073709551616]", r#"["18446744073709551616"]"#),
        ("[-9223372036854775808,1]", "[-9223372036854775808,1]"),
        ("[-9223372036854775809]", r#"["-9223372036854775809"]"#),
        ("[NaN, -Infinity]", r#"["NaN", "-Infinity"]"#),
        (r#"{"a":1e400}"#, r#"{"a":"1e400"}"#),
        (
            r#"["NaN 18446744073709551616"]"#,
            r#"["NaN 18446744073709551616"]"#,
        ),
        ("[null,true,1.5,-0,6e2]", "[null,true,1.5,-0,6e2]"),
    ] {
        assert_eq!(text(before.as_bytes()), after);
    }
}

#[test]
fn long_integers_are_detected_at_every_position() {
    for before in 0..50 {
        let long = format!("{}{}", " ".repeat(before), "12345678901234567890");
        assert!(holds_long_integer(long.as_bytes()), "{before}");
        let short = format!("{}{} 1", " ".repeat(before), "1234567890123456789");
        assert!(!holds_long_integer(short.as_bytes()), "{before}");
    }
}

#[test]
fn an_unreadable_element_is_named_and_does_not_affect_others() {
    let body = r#"{"things":[{"id":"a","name":"x\ud842"},{"id":"b","count":"many"},{"name":"c"},{"id":"d\ud842"},"e",{"id":6}]}"#;
    let page: Page = decode(body.as_bytes()).unwrap();
    let readable: Vec<_> = page
        .things
        .readable()
        .iter()
        .map(|it| it.id.as_str())
        .collect();
    assert_eq!(readable, ["a", "6"]);
    assert_eq!(page.things.readable()[0].name.as_deref(), Some("x\u{fffd}"));
    let lines: Vec<_> = page.things.unreadable().lines().collect();
    assert_eq!(
        lines,
        [
            "thing b: `count` should be a number",
            "thing at position 3: `id` is missing",
            "thing at position 4: `id` should hold no lone surrogate and no invalid UTF-8",
            "thing at position 5: it should be an object",
        ]
    );
    assert_eq!((page.things.len(), page.things.is_complete()), (6, false));
}

#[test]
fn absence_is_only_proven_by_a_complete_list() {
    let things = |body: Value| serde_json::from_value::<Page>(body).unwrap().things;
    let whole = || things(json!({ "things": [{ "id": "a" }] }));
    let partial = || things(json!({ "things": [{ "id": "a" }, { "id": 7.5 }] }));
    let named = |id: &'static str| move |it: &Thing| it.id.as_str() == id;
    assert!(matches!(whole().find(named("a")), Sought::Found(_)));
    assert!(matches!(whole().find(named("b")), Sought::Absent));
    assert!(matches!(partial().find(named("a")), Sought::Found(_)));
    assert!(partial().find(named("b")).proven().is_err());
    assert!(whole().whole().is_ok() && partial().whole().is_err());
}

#[test]
fn many_unreadable_elements_are_counted() {
    let things: Vec<_> = (0..30).map(|id| json!({ "id": id, "count": [] })).collect();
    let page: Page = serde_json::from_value(json!({ "things": things })).unwrap();
    let odd = page.things.unreadable();
    assert_eq!((odd.named().len(), odd.len()), (20, 30));
    assert_eq!(odd.lines().last().as_deref(), Some("and 10 more"));
}

#[test]
fn a_decoding_error_names_the_member_and_quotes_no_value() {
    let refused = |body: &str| decode::<Page>(body.as_bytes()).unwrap_err();
    assert_eq!(refused(r#"{"canary":1}"#), "`things` is missing");
    assert_eq!(
        refused(r#"{"things":{"canary":1}}"#),
        "`things` should be a list"
    );
    assert_eq!(
        refused(r#"{"things":"canary, expected"}"#),
        "`things` should be a list"
    );
    assert!(refused(r#"{"things":[canary]}"#).starts_with("it is broken JSON, at line 1"));
    let address = r#"{"things":[{"id":"maria@opentrain.work","count":"canary"}]}"#;
    let page: Page = decode(address.as_bytes()).unwrap();
    assert!(!page.things.unreadable().to_string().contains("maria"));
}

/// A change to an element, and whether the element is readable afterwards.
#[derive(Debug, Clone, Copy)]
enum Change {
    None,
    SurrogateInName,
    BytesInName,
    WholeFloats,
    UnknownMember,
    SurrogateInId,
    FractionInId,
    OddCount,
    NoId,
    AnotherKind,
}

impl Change {
    const ALL: [Self; 10] = [
        Self::None,
        Self::SurrogateInName,
        Self::BytesInName,
        Self::WholeFloats,
        Self::UnknownMember,
        Self::SurrogateInId,
        Self::FractionInId,
        Self::OddCount,
        Self::NoId,
        Self::AnotherKind,
    ];

    /// Element number `n` as bytes, and the value that it must be decoded as.
    fn apply(self, n: usize) -> (Vec<u8>, Option<Thing>) {
        let deep = format!("{}{}", "[".repeat(300), "]".repeat(300));
        let (element, name) = match self {
            Self::None => (format!(r#"{{"id":"{n}","name":"a","count":{n}}}"#), "a"),
            Self::SurrogateInName => (
                format!(r#"{{"id":{n},"name":"\ud842","count":{n}}}"#),
                "\u{fffd}",
            ),
            Self::BytesInName => {
                let mut element =
                    format!(r#"{{"id":"{n}","name":"?","count":"{n}"}}"#).into_bytes();
                let at = element.iter().position(|b| *b == b'?').unwrap();
                element[at] = 0xff;
                return (element, Some(thing(n, "\u{fffd}")));
            }
            Self::WholeFloats => (format!(r#"{{"id":{n}.0,"name":"a","count":{n}e0}}"#), "a"),
            Self::UnknownMember => (
                format!(r#"{{"id":"{n}","name":"a","count":{n},"x":[NaN,1e999,"\udfff",{deep}]}}"#),
                "a",
            ),
            Self::SurrogateInId => return (format!(r#"{{"id":"{n}\ud842"}}"#).into(), None),
            Self::FractionInId => return (format!(r#"{{"id":{n}.5}}"#).into(), None),
            Self::OddCount => return (format!(r#"{{"id":"{n}","count":NaN}}"#).into(), None),
            Self::NoId => return (format!(r#"{{"name":"{n}"}}"#).into(), None),
            Self::AnotherKind => return (format!("[{n}]").into(), None),
        };
        (element.into(), Some(thing(n, name)))
    }
}

fn thing(n: usize, name: &str) -> Thing {
    Thing {
        id: ContractId::new(n.to_string()),
        name: Some(name.to_owned()),
        count: i64::try_from(n).ok(),
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 30, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    /// A change affects only the element that it was made to.
    #[test]
    fn no_more_is_unreadable_than_what_was_made_so(
        changes in prop::collection::vec(prop::sample::select(&Change::ALL[..]), 0..12),
        mark: bool,
    ) {
        let (elements, things): (Vec<_>, Vec<_>) =
            changes.iter().enumerate().map(|(n, change)| change.apply(n + 1)).unzip();
        let mut body = if mark { "\u{feff}".as_bytes().to_vec() } else { Vec::new() };
        body.extend(br#"{"things":["#);
        body.extend(elements.join(&b','));
        body.extend(b"]}");
        let page: Page = decode(&body).unwrap();
        let unreadable = things.iter().filter(|it| it.is_none()).count();
        prop_assert_eq!(page.things.unreadable().len(), unreadable);
        let things: Vec<_> = things.into_iter().flatten().collect();
        prop_assert_eq!(page.things.readable(), things);
    }

    #[test]
    fn what_can_be_read_is_not_changed(value in any_value()) {
        let written = value.to_string();
        prop_assert_eq!(&text(written.as_bytes()), &written);
        let whole = text(format!("\u{feff}{written}").as_bytes());
        prop_assert_eq!(whole, written);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _either = decode::<Page>(&bytes);
    }

    /// The characters that the decoder looks for, in any order.
    #[test]
    fn any_tokens_are_read_or_refused(text in r#"(["\\u{}\[\]:,.0-9eE+-]|\\ud8|things|NaN|Infinity|é){0,40}"#) {
        let _either = decode::<Page>(text.as_bytes());
        let within = format!(r#"{{"things":[{text}]}}"#);
        let _either = decode::<Page>(within.as_bytes());
    }
}
