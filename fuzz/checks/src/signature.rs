//! A signature header.

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;
use shared::model::signature::{SignatureHeader, WebhookSecret};

/// The verifier's time, in seconds since 1970.
const NOW: i64 = 1_000;

const SECRETS: [&str; 2] = ["whsec_1", "whsec_2"];

/// Placeholder in an input for a valid MAC of the body at [`NOW`].
const VALID: &str = "$";

/// The first line is the header, the rest is the body. The product accepts it if and only if a second, plain
/// implementation does.
pub(crate) fn signature(input: &[u8]) -> bool {
    let end = input.iter().position(|it| *it == b'\n');
    let (header, body) = input.split_at(end.unwrap_or(input.len()));
    let body = body.strip_prefix(b"\n").unwrap_or(body);
    let valid = hex::encode(mac(SECRETS[body.len() % 2], "1000", body));
    let header = String::from_utf8_lossy(header).replace(VALID, &valid);
    let expected = is_valid(&header, body);
    let secrets: Vec<_> = SECRETS.into_iter().filter_map(WebhookSecret::new).collect();
    let parsed = SignatureHeader::parse(&header);
    let now = Timestamp::from_second(NOW).expect("a moment");
    let verdict = parsed.map(|it| it.verify(body, &secrets, now).map(|it| it.bytes().to_vec()));
    match verdict {
        Some(Ok(bytes)) => {
            assert!(expected, "accepted: {header:?}");
            assert_eq!(bytes, body);
        }
        other => assert!(!expected, "{other:?}: {header:?}"),
    }
    expected
}

fn mac(secret: &str, t: &str, body: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key");
    mac.update(&[t.as_bytes(), b".", body].concat());
    mac.finalize().into_bytes().to_vec()
}

/// The rules of docs/opentrain-api.md, step by step.
fn is_valid(header: &str, body: &[u8]) -> bool {
    let members = header.split(',').map(|it| it.trim_matches([' ', '\t']));
    let members: Vec<_> = members.filter_map(|it| it.split_once('=')).collect();
    let of = |name| {
        let own = members.iter().filter(move |it| it.0 == name);
        own.map(|it| it.1)
    };
    let Some(t) = of("t").next() else {
        return false;
    };
    let is_fresh = t
        .parse()
        .is_ok_and(|it: i128| (it - i128::from(NOW)).abs() <= 300);
    let is_one = of("t").all(|other| other == t);
    let is_signed = of("v1").any(|v1| {
        let is = |secret: &str| hex::decode(v1).ok() == Some(mac(secret, t, body));
        SECRETS.into_iter().any(is)
    });
    header.len() <= 2048 && is_one && is_fresh && is_signed
}
