//! Test vectors of the signature, from an independent implementation.

use jiff::Timestamp;
use serde::Deserialize;
use shared::model::signature::{SignatureHeader, TOLERANCE, WebhookSecret};

#[derive(Deserialize)]
struct Vectors {
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    name: String,
    secrets: Vec<String>,
    now: i64,
    tolerance_seconds: u64,
    body_hex: String,
    header: String,
    valid: bool,
}

#[test]
fn every_vector_matches() {
    let vectors: Vectors =
        serde_json::from_str(include_str!("../data/signature-vectors.json")).unwrap();
    assert_eq!(vectors.vectors.len(), 26);
    for vector in vectors.vectors {
        assert_eq!(vector.tolerance_seconds, TOLERANCE.as_secs());
        let secrets: Vec<_> = vector
            .secrets
            .iter()
            .map(|s| WebhookSecret::new(s).unwrap())
            .collect();
        let body = hex::decode(&vector.body_hex).unwrap();
        let now = Timestamp::from_second(vector.now).unwrap();
        let header = SignatureHeader::parse(&vector.header);
        let verdict = header.map(|header| header.verify(&body, &secrets, now).map(drop));
        assert_eq!(
            matches!(verdict, Some(Ok(()))),
            vector.valid,
            "{}: {verdict:?}",
            vector.name
        );
    }
}
