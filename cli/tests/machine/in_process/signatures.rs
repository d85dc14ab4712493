//! Signatures of deliveries.

use shared::model::clock::{Clock, SystemClock};
use shared::model::signature::WebhookSecret;

use super::intake::{assert_nothing_came_in, body};
use crate::common::world::play;

#[tokio::test]
async fn every_fault_of_a_signature_gets_the_same_401() {
    play(async |w| {
        let secret = &w.customers["default"].secret;
        let now = SystemClock.now();
        let sign = |age: i64| secret.sign(&body(), now - jiff::SignedDuration::from_secs(age));
        let good = sign(0);
        let (t, v1) = good.split_once(',').unwrap();
        let guessed = WebhookSecret::new("whsec_guessed").unwrap();
        let upper = |text: &str| text.to_uppercase();
        let faults = [
            ("another secret", guessed.sign(&body(), now)),
            ("another body", secret.sign(b"{}", now)),
            ("too old", sign(302)),
            ("too far ahead", sign(-302)),
            ("another time", format!("t={},{v1}", now.as_second() - 1)),
            ("no v1", t.to_owned()),
            ("no t", v1.to_owned()),
            ("an empty v1", format!("{t},v1=")),
            ("a cut v1", good[..good.len() - 2].to_owned()),
            ("no hex", format!("{t},v1=zz")),
            ("an old scheme", good.replace("v1=", "v0=")),
            ("two times", format!("t=1,{good}")),
            ("quoted", format!("\"{good}\"")),
            ("t as text", good.replace("t=", "t=x")),
            ("all in capitals", upper(&good)),
            ("nothing", String::new()),
            (
                "a long header",
                format!("{good},{}", "v1=00,".repeat(2_000)),
            ),
        ];
        let expected = w.post(w.letter("default", body()).unsigned()).await;
        assert_eq!(expected.status, 401);
        for (fault, signature) in faults {
            let answer = w
                .post(w.letter("default", body()).with_signature(signature))
                .await;
            assert_eq!(
                (answer.status, &answer.body),
                (401, &expected.body),
                "{fault}"
            );
        }
        assert_nothing_came_in(w).await;
    })
    .await;
}

#[tokio::test]
async fn a_signature_holds_for_five_minutes_either_way() {
    play(async |w| {
        w.project("streets");
        let secret = &w.customers["default"].secret;
        for age in [295, -295] {
            let at = SystemClock.now() - jiff::SignedDuration::from_secs(age);
            let letter = w
                .letter("default", body())
                .with_signature(secret.sign(&body(), at));
            assert_eq!(w.post(letter).await.status, 202, "{age} s");
        }
        w.idle().await;
        assert_eq!(w.members("streets"), ["maria"]);
    })
    .await;
}

/// During a secret rotation both secrets are valid, and OpenTrain may sign with either or with both.
#[tokio::test]
async fn a_signature_by_any_of_several_is_enough() {
    play(async |w| {
        w.project("streets");
        let good = w.customers["default"]
            .secret
            .sign(&body(), SystemClock.now());
        let (t, v1) = good.split_once(',').unwrap();
        let letter = w.letter("default", body());
        let letter = letter.with_signature(format!("{t},v1={},{v1}", "00".repeat(32)));
        assert_eq!(w.post(letter).await.status, 202);
        w.idle().await;
    })
    .await;
}

/// Forms that senders and proxies give the header. None is ambiguous.
#[tokio::test]
async fn a_signature_header_is_accepted_in_every_clear_form() {
    play(async |w| {
        w.project("streets");
        let secret = &w.customers["default"].secret;
        let good = secret.sign(&body(), SystemClock.now());
        let other = format!("v1={}", "00".repeat(32));
        let (t, v1) = good.split_once(',').unwrap();
        let forms: [&[&str]; 7] = [
            &[&format!("{t}, {v1}")],
            &[&format!("{t},\t{v1},")],
            &[&format!(", {v1} ,,{t}")],
            &[&format!("{good}, {good},beta,v1=")],
            &[t, v1],
            &[&format!("{t},{other}"), &good],
            &[&good, "", &format!("{t},{other}")],
        ];
        for lines in forms {
            let request = w.client.post(w.bridge.hook("default")).body(body());
            let request = lines.iter().fold(request, |request, line| {
                request.header("X-OpenTrain-Signature", *line)
            });
            let status = request.send().await.unwrap().status();
            assert_eq!(status, 202, "{lines:?}");
        }
        w.idle().await;
        assert_eq!(w.members("streets"), ["maria"]);
    })
    .await;
}
