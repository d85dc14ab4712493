//! The forger, against the product and against verifiers with one fault each.

use checks::forge::{Count, Delivery, Kind, NOW, product, run};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

#[test]
fn no_forged_delivery_is_accepted() {
    let count = run(7, 100_000, product);
    assert_eq!((count.all_tried(), count.valid), (100_000, 100));
    let expected = Count {
        tried: count.tried,
        valid: count.valid,
        ..Count::default()
    };
    assert_eq!(count, expected, "by kind: {:?}", Kind::ALL);
}

/// A verifier that can leave out one of its steps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Without {
    Body,
    Time,
    TimeInMac,
    Half,
    Length,
    Scheme,
    TwoTimes,
    Everything,
}

fn lax(without: Without, delivery: &Delivery) -> bool {
    const SECRET: &[u8] = b"whsec_b7a81c3e5d904f26a1f0c9d2e8b64375";
    const OTHER: &[u8] = b"whsec_0d5e2f9a7c614b83b2e1f8a4d6c90317";
    let members: Vec<_> = delivery
        .header
        .split(',')
        .filter_map(|it| it.split_once('='))
        .collect();
    let times: Vec<_> = members.iter().filter(|it| it.0 == "t").collect();
    let is_one = times.len() == 1 || without == Without::TwoTimes;
    let t = times[0].1;
    let age = t.parse::<i64>().map_or(i64::MAX, |it| (it - NOW).abs());
    let is_fresh = age <= 300 || without == Without::Time;
    let body = match without {
        Without::Body => &delivery.body[..delivery.body.len().min(10)],
        _ => &delivery.body,
    };
    let is_signed = [SECRET, OTHER].into_iter().any(|secret| {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
        mac.update(if without == Without::TimeInMac {
            b""
        } else {
            t.as_bytes()
        });
        mac.update(b".");
        mac.update(body);
        let mac = hex::encode(mac.finalize().into_bytes());
        members
            .iter()
            .filter(|it| it.0 == "v1" || without == Without::Scheme)
            .any(|(_, v1)| match without {
                Without::Half => v1.len() == 64 && v1[..32] == mac[..32],
                Without::Length => !v1.is_empty() && mac.starts_with(v1),
                _ => *v1 == mac,
            })
    });
    without == Without::Everything || (is_one && is_fresh && is_signed)
}

fn kinds(without: Without) -> Vec<Kind> {
    let count = run(7, 20_000, |delivery| lax(without, delivery));
    let accepted = Kind::ALL.into_iter().zip(count.accepted);
    accepted.filter(|it| it.1 > 0).map(|it| it.0).collect()
}

/// Each fault of a verifier is found by the kinds that are made for it.
#[test]
fn a_verifier_without_one_of_its_steps_accepts_forged_deliveries() {
    assert_eq!(kinds(Without::Time), [Kind::Expired]);
    assert_eq!(
        kinds(Without::Half),
        [Kind::MacBit, Kind::SeveralMacs, Kind::OtherScheme]
    );
    assert_eq!(kinds(Without::Length), [Kind::MacLength]);
    assert_eq!(kinds(Without::Scheme), [Kind::OtherScheme]);
    assert_eq!(kinds(Without::TwoTimes), [Kind::TwoTimes]);
    assert_eq!(kinds(Without::Everything), Kind::ALL);
    // These sign something else than OpenTrain, so they refuse the valid deliveries too.
    for without in [Without::Body, Without::TimeInMac] {
        let count = run(7, 20_000, |delivery| lax(without, delivery));
        assert_eq!((count.valid, count.refused), (20, 20), "{without:?}");
    }
}
