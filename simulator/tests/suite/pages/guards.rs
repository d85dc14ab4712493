//! Who may open a page and send a form, and what a page may contain.

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{
    browser::{Browser, receive},
    strangers::nasty,
};
use crate::employer::support::Market;

#[tokio::test]
async fn texts_of_strangers_are_escaped_on_every_page() {
    let market = Market::new().await;
    let browser = Browser(&market);
    let mut shown = 0;
    for url in nasty(&market).await {
        let page = browser.open(&url).await;
        assert_eq!(page.status, 200, "{url}");
        for tag in ["<script>alert", "<img"] {
            assert!(!page.html.contains(tag), "{url} has {tag}");
        }
        shown += usize::from(page.shows("<script>alert(1)</script>"));
        let (forms, calls) = ("<form class=\"call\"", "<code class=\"json\"");
        let count = |own: &str| page.html.matches(own).count();
        assert_eq!(
            count(forms),
            count(calls),
            "{url}: each button shows its JSON call"
        );
    }
    assert!(shown > 10, "only {shown} pages show the names");
    let page = browser
        .open(&format!(
            "/desk/jobs?status={}",
            "%3Cscript%3Ealert(1)%3C/script%3E"
        ))
        .await;
    assert!(
        !page.html.contains("<script>alert"),
        "errors are escaped too"
    );
    let page = browser
        .open("/integrations/%3Cscript%3Ealert(1)/connect")
        .await;
    assert!(page.status == 404 && !page.html.contains("<script>alert"));
}

#[tokio::test]
async fn every_page_has_strict_headers_and_nothing_inline() {
    let market = Market::new().await;
    let mut pages = nasty(&market).await;
    pages.extend(
        [
            "/desk/none",
            "/assets/style.css",
            "/assets/copy.js",
            "/assets/icon.svg",
        ]
        .map(str::to_owned),
    );
    for url in pages {
        let path = url
            .strip_prefix(&market.opentrain.base_url())
            .unwrap_or(&url);
        let answer = market.request(Method::GET, path).send().await.unwrap();
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        let policy = header("content-security-policy");
        for rule in [
            "default-src 'none'",
            "style-src 'self'",
            "script-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ] {
            assert!(
                policy.split(';').any(|own| own.trim() == rule),
                "{url}: {policy}"
            );
        }
        assert!(!policy.contains("unsafe"));
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("referrer-policy"), "no-referrer");
        assert_eq!(header("cache-control"), "no-store");
        let html = answer.text().await.unwrap();
        for inline in [" style=", "<style", " onclick=", "javascript:"] {
            assert!(!html.contains(inline), "{url} has {inline}");
        }
        for part in html.split("<script").skip(1) {
            assert!(part.starts_with(" src=\"/assets/"), "{url}");
        }
    }
}

#[tokio::test]
async fn a_foreign_host_sees_no_page() {
    let market = Market::new().await;
    let browser = Browser(&market);
    let pages = ["/", "/desk/jobs", "/claim", "/assets/style.css"];
    let pages = pages.map(|path| market.request(Method::GET, path));
    for request in pages.into_iter().chain([browser.post("reset", &[])]) {
        let answer = request.header("host", "evil.example").send().await;
        assert_eq!(answer.unwrap().status(), 403);
    }
}

#[tokio::test]
async fn a_foreign_page_changes_nothing() {
    let market = Market::new().await;
    market.done("/jobs", json!({"title": "x"})).await;
    let browser = Browser(&market);
    let foreign = [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "http://127.0.0.1:1"),
        ("origin", "null"),
    ];
    for (name, value) in foreign {
        let form = browser.post("reset", &[]).header(name, value);
        let page = receive(form).await;
        assert_eq!(page.status, 403, "{name}: {value}");
        page.assert_shows(&["another web page must not change anything here"]);
        // A call whose body is optional needs no permission of the browser.
        for path in ["/sandbox/reset", "/control/skip"] {
            let call = market.request(Method::POST, path).header(name, value);
            assert_eq!(
                call.send().await.unwrap().status(),
                403,
                "{path} {name}: {value}"
            );
        }
    }
    assert_eq!(market.opentrain.jobs().len(), 1);
    let open = market
        .request(Method::GET, "/desk/jobs")
        .header("sec-fetch-site", "cross-site");
    assert_eq!(receive(open).await.status, 200, "links from elsewhere work");
    let origin = market.opentrain.base_url();
    for (name, value) in [
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-site", "none"),
        ("origin", &origin),
    ] {
        let form = browser.post("reset", &[]).header(name, value);
        assert_eq!(receive(form).await.status, 200, "{name}: {value}");
    }
    assert!(market.opentrain.jobs().is_empty());
}

#[tokio::test]
async fn a_form_leads_to_no_foreign_page() {
    let market = Market::new().await;
    market.done("/jobs", json!({"title": "x"})).await;
    let browser = Browser(&market);
    for next in [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "/\t/evil.example",
        "",
        "desk",
    ] {
        let fields = [("_next".to_owned(), next.to_owned())];
        let answer = receive(browser.post("reset", &fields)).await;
        assert_eq!(answer.status, 400, "{next}");
    }
    assert_eq!(
        market.opentrain.jobs().len(),
        1,
        "a refused form does nothing"
    );
}

#[tokio::test]
async fn forms_are_strict() {
    let market = Market::new().await;
    let browser = Browser(&market);
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    for (operation, fields, status) in [
        ("reset", vec![field("force", "true")], 400),
        ("postJob", vec![], 400),
        (
            "postJob",
            vec![field("title", "x"), field("price", "much")],
            400,
        ),
        ("closeJob", vec![], 400),
        ("closeJob", vec![field("jobId", "job_9")], 404),
        ("closeJob", vec![field("jobId", "../reset")], 404),
        ("listCalls", vec![], 404),
        ("dance", vec![], 404),
    ] {
        let page = receive(browser.post(operation, &fields)).await;
        assert_eq!(page.status, status, "{operation} {fields:?}");
    }
    let json = market.request(Method::POST, "/do/reset").json(&json!({}));
    assert_eq!(receive(json).await.status, 400, "only forms");
    assert_eq!(
        browser.open("/do/reset").await.status,
        404,
        "a form is sent, not opened"
    );
    let posted = market
        .request(Method::POST, "/desk/jobs")
        .send()
        .await
        .unwrap();
    assert_eq!(posted.status(), StatusCode::NOT_FOUND);
    assert_eq!(browser.open("/desk/none").await.status, 404);
    market.assert_no_violations();
}
