//! Log volume of the functions. CloudWatch bills it by the byte.

use aws_local::Deviations;
use serde_json::Value;
use shared::queue::Depth;

use crate::story::faults::until;
use crate::story::world::World;

/// Bytes that CloudWatch adds to each line.
const PER_LINE: usize = 26;

/// Maximum bytes for one delivery, over the webhook and the provisioner. docs/aws.md uses this number.
const MOST: usize = 900;

/// As long as OpenTrain's ids.
const TRAINER: &str = "cmb3x9k2v0001l508d8f7g2h1";

/// A hire and its end: one log line with ids per accepted delivery and per change of access, and one line of metrics
/// per call.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-aws"]
async fn the_log_of_a_delivery_is_short_and_contains_the_changes() {
    let world = World::deploy(Deviations::default()).await;
    let contract = world.hire(TRAINER);
    world.until_all_in(&[TRAINER]).await;
    world.until_queue_is(Depth::default()).await;
    world.opentrain.end_contract(&contract).unwrap();
    let provisioner = world.deployment.function("provisioner").unwrap();
    until("the end is processed", || {
        provisioner.output().metric("Applied") >= 2
    })
    .await;
    world.until_queue_is(Depth::default()).await;
    assert!(!world.has(TRAINER));

    let lines = world.deployment.output();
    let bytes: usize = lines.iter().map(|line| line.len() + PER_LINE).sum();
    assert!(bytes <= 2 * MOST, "{bytes} bytes: {lines:#?}");
    let lines: Vec<Value> = lines
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let metrics = lines.iter().filter(|line| line["_aws"].is_object());
    assert_eq!(metrics.count(), 4, "one for each call: {lines:#?}");
    let said = |text: &'static str| lines.iter().filter(move |line| line["message"] == text);
    assert!(
        said("delivery accepted").all(|line| {
            line["contract.id"] == contract.as_str() && line["event.id"].is_string()
        }),
        "{lines:#?}"
    );
    let kinds: Vec<_> = said("delivery accepted")
        .map(|line| &line["event.type"])
        .collect();
    assert_eq!(kinds, ["contract.started", "contract.ended"]);
    assert_eq!(said("access granted").count(), 1);
    assert_eq!(said("access removed").count(), 1);
    for line in lines.iter().filter(|line| line["_aws"].is_null()) {
        assert!(
            line["timestamp"].is_string() && line["level"] == "INFO",
            "{line}"
        );
        assert!(line["span"].is_null(), "{line}");
    }
    world.assert_nothing_leaks();
}
