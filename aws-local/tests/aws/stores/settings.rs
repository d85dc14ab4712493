//! Settings in a stack's secret.

use std::time::{Duration, Instant};

use aws_local::Fault;
use shared::config::with_stored_settings;

use crate::stores::{assert_tells, emulator};

const NAME: &str = "stack/settings";

#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn environment_settings_override_the_secret_s() {
    let (emulator, clients) = emulator();
    let stored = r#"{"TOOL_API_TOKEN":"stored","TOOL_KIND":"rest","NOTICE_WEBHOOK_URL":""}"#;
    aws_local::secret(&clients, NAME, Some(stored))
        .await
        .unwrap();
    let own = emulator.vars().with("TOOL_KIND", Some("doccano"));
    let vars = with_stored_settings(own, &clients, NAME).await.unwrap();
    assert_eq!(vars.get("TOOL_KIND"), Some("doccano"));
    assert_eq!(vars.get("TOOL_API_TOKEN"), Some("stored"));
    assert_eq!(vars.get("NOTICE_WEBHOOK_URL"), None);
    assert_eq!(vars.get("AWS_ENDPOINT_URL"), Some(emulator.endpoint()));
}

#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn the_error_of_an_unreadable_secret_contains_the_fix() {
    let (emulator, clients) = emulator();
    let told = async || {
        let read = with_stored_settings(emulator.vars(), &clients, NAME).await;
        read.err().unwrap().to_string()
    };
    let cure = ["BRIDGE_SETTINGS_SECRET", "stack/settings", "deploy"];
    assert_tells(&told().await, &cure);
    let denial = Fault::denial("secretsmanager.GetSecretValue");
    emulator.fail(&[denial]).await.unwrap();
    assert_tells(&told().await, &["secretsmanager:GetSecretValue", "role"]);
    let slow = Fault::slowness("secretsmanager.", Duration::from_secs(30));
    emulator.fail(&[slow]).await.unwrap();
    let since = Instant::now();
    assert_tells(&told().await, &["can't be reached", "too long"]);
    assert!(since.elapsed() < Duration::from_secs(6), "{since:?}");
}
