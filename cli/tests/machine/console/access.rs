//! Who may call.

use reqwest::Method;

use crate::common::world::play;
use crate::console::kit::{form, start, unopened};

#[tokio::test]
async fn the_link_works_once_and_gives_a_cookie() {
    play(async |world| {
        let mut console = unopened(world, &world.file(), &[]).await;
        for path in ["/", "/people", "/live", "/reconcile"] {
            let refused = console.get(path).await.is(401);
            refused
                .has(&["bridge console"])
                .lacks(&["bridge.db", "nav"]);
        }
        console.get("/open?token=wrong").await.is(401);
        let head = console.request(Method::HEAD, &console.link[console.origin.len()..]);
        console.send(head).await.is(401);
        let opened = console.open().await;
        let cookie = opened.headers["set-cookie"].to_str().unwrap();
        let port = console.origin.rsplit(':').next().unwrap();
        for part in [
            &format!("bridge_console_{port}="),
            "HttpOnly",
            "SameSite=Strict",
            "Path=/",
        ] {
            assert!(cookie.contains(part), "{cookie}");
        }
        assert_eq!(opened.next(), "/");
        let page = console.page("/").await.has(&["Read-only", "bridge.db"]);
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(page.headers["cache-control"], "no-store");
        let token = console.link.rsplit('=').next().unwrap();
        assert!(!page.body.contains(token));
        let own = std::mem::take(&mut console.cookie);
        let link = &console.link[console.origin.len()..];
        console.get(link).await.is(401).has(&["used already"]);
        console.cookie = format!("{own}x");
        console.get("/").await.is(401);
        console.cookie = format!("other=1; {own}");
        console.get("/").await.is(200);
    })
    .await;
}

#[tokio::test]
async fn another_host_is_refused_on_each_path() {
    play(async |world| {
        let mut console = unopened(world, &world.file(), &[]).await;
        let link = console.link[console.origin.len()..].to_owned();
        let port = console.origin.rsplit(':').next().unwrap().to_owned();
        for host in ["evil.example", "evil.example:80", "127.0.0.1.evil.example"] {
            for path in [link.as_str(), "/", "/assets/style.css", "/nowhere"] {
                let request = console.request(Method::GET, path).header("host", host);
                console.send(request).await.is(403);
            }
        }
        console.open().await;
        let request = console
            .request(Method::GET, "/")
            .header("host", "evil.example");
        console.send(request).await.is(403);
        let own = format!("localhost:{port}");
        let request = console.request(Method::GET, "/").header("host", own);
        console.send(request).await.is(200);
    })
    .await;
}

#[tokio::test]
async fn a_form_of_another_site_is_refused() {
    play(async |world| {
        let console = start(world, &["--allow-writes"]).await;
        let origin = console.origin.clone();
        let port = origin.rsplit(':').next().unwrap();
        let (other, name) = ("http://127.0.0.1:1", format!("http://localhost:{port}"));
        let refused: &[&[(&str, &str)]] = &[
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "cross-site"), ("origin", &origin)],
            &[("origin", "http://evil.example")],
            &[("origin", "null")],
            &[("origin", other)],
            &[("origin", &name)],
        ];
        let allowed: &[&[(&str, &str)]] = &[
            &[("sec-fetch-site", "same-origin")],
            &[("sec-fetch-site", "none")],
            &[("origin", &origin)],
            &[],
        ];
        for (headers, status) in refused
            .iter()
            .map(|it| (it, 403))
            .chain(allowed.iter().map(|it| (it, 404)))
        {
            let mut request = console.request(Method::POST, "/reconcile/apply");
            for (name, value) in *headers {
                request = request.header(*name, *value);
            }
            let answer = console.send(form(request, &[("plan", "none")])).await;
            assert_eq!(answer.status, status, "{headers:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn requests_are_limited() {
    play(async |world| {
        let console = start(world, &["--allow-writes"]).await;
        let long = "x".repeat(70_000);
        let answer = console.post("/people/retry", &[("trainer", &long)]).await;
        answer.is(400).has(&["longer than", "Nothing was changed"]);
        console.get("/nowhere").await.is(404);
        console.get("/people?nothing=1").await.is(400);
        console.get("/budgets?level=full").await.is(400);
        console.get("/deliveries?before=x").await.is(400);
        console.get("/audit?day=yesterday").await.is(400);
        let put = console.request(Method::PUT, "/people");
        let status = console.send(put).await.status;
        assert!(matches!(status, 404 | 405), "{status}");
    })
    .await;
}
