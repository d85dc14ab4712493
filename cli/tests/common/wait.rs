//! Waiting for a condition, and a client for loopback.

use std::time::Duration;

/// Time limit for a condition to become true.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A plain HTTP client for loopback.
pub(crate) fn client() -> reqwest::Client {
    let base = shared::http::BaseUrl::parse("http://127.0.0.1").unwrap();
    shared::http::client(&base, PATIENCE).unwrap()
}

/// Returns when `condition` holds. Checks it every few milliseconds.
pub(crate) async fn until(what: &str, condition: impl AsyncFn() -> bool) {
    until_within(PATIENCE, what, condition).await;
}

/// The same, with another time limit.
pub(crate) async fn until_within(
    patience: Duration,
    what: &str,
    condition: impl AsyncFn() -> bool,
) {
    let mut look = tokio::time::interval(Duration::from_millis(3));
    let watch = async {
        while !condition().await {
            look.tick().await;
        }
    };
    tokio::time::timeout(patience, watch)
        .await
        .unwrap_or_else(|_| panic!("it never came true that {what}"));
}
