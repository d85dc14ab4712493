//! Addresses of deliveries.

use super::intake::{assert_nothing_came_in, body};
use crate::common::post::Letter;
use crate::common::world::play;

/// A prefix before `/hooks` that a proxy leaves, slashes, and a query make no difference.
#[tokio::test]
async fn a_path_that_ends_in_hooks_and_the_name_is_enough() {
    play(async |w| {
        w.project("streets");
        let secret = &w.customers["default"].secret;
        for path in [
            "/hooks/default/",
            "//hooks/default",
            "/hooks//default//",
            "/bridge/v1/hooks/default",
            "/hooks/default?source=opentrain",
            "/hooks/%64efault",
        ] {
            let url = format!("http://{}{path}", w.bridge.address());
            let answer = w.post(Letter::signed(&url, secret, body())).await;
            assert_eq!(answer.status, 202, "{path}");
        }
        w.idle().await;
        assert_eq!(w.members("streets"), ["maria"]);
    })
    .await;
}

#[tokio::test]
async fn an_unknown_connection_is_a_404_whatever_its_name() {
    play(async |w| {
        let secret = &w.customers["default"].secret;
        let long = "a".repeat(51);
        for name in [
            "other",
            "Default",
            "default%20",
            "a_b",
            "..%2fdefault",
            "%00",
            "ü",
            long.as_str(),
        ] {
            let url = w.bridge.hook(name);
            let answer = w.post(Letter::signed(&url, secret, body())).await;
            assert_eq!(answer.status, 404, "{name}");
        }
        assert_nothing_came_in(w).await;
    })
    .await;
}

#[tokio::test]
async fn elsewhere_there_is_nothing() {
    play(async |w| {
        for path in [
            "/",
            "/hooks",
            "/hooks/",
            "/hooks/default/more",
            "/health",
            "/control/state",
        ] {
            assert_eq!(w.get(path).await.status, 404, "{path}");
        }
        assert_eq!(w.get("/hooks/default").await.status, 405);
        let refused = w.get("/hooks/default").await;
        assert_eq!(refused.headers["allow"], "POST");
        for path in ["/livez", "/healthz", "/readyz"] {
            let health = format!("http://{}{path}", w.bridge.address());
            let head = w.client.head(&health).send().await.unwrap();
            assert_eq!(head.status(), 200, "{path}");
            assert_eq!(w.client.post(health).send().await.unwrap().status(), 405);
        }
    })
    .await;
}
