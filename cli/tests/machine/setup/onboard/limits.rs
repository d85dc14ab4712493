//! Requests that are refused before they are complete.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::kit::{Browser, Site};

/// Sends `text`, and returns the status of the answer. The rest of the request never comes, so a server that waits for
/// it answers 408.
async fn status(site: &Site, text: &str) -> u16 {
    let mut stream = TcpStream::connect(&site.served.address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut head = [0; 12];
    stream.read_exact(&mut head).await.unwrap();
    let head = String::from_utf8(head.to_vec()).unwrap();
    head.strip_prefix("HTTP/1.1 ").unwrap().parse().unwrap()
}

fn post(page: &str, headers: &str, body: &str) -> String {
    format!("POST /onboard/{page} HTTP/1.1\r\nhost: x\r\n{headers}\r\n\r\n{body}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_without_a_cookie_is_refused_before_its_body() {
    let site = Site::new().await;
    for page in ["token", "finish", "job"] {
        let half = post(page, "content-length: 100", "form=");
        assert_eq!(status(&site, &half).await, 403, "{page}");
    }
    let half = post("elsewhere", "content-length: 100", "form=");
    assert_eq!(status(&site, &half).await, 404);
    site.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_over_the_limit_is_refused_while_it_arrives() {
    let site = Site::new().await;
    let link = site.link("acme", &[]).await;
    let browser = Browser::default();
    browser.open(&link).await;
    let cookie = browser.cookie();
    let large = "x".repeat(9_000);
    let chunked = format!("cookie: {cookie}\r\ntransfer-encoding: chunked");
    let begun = post(
        "token",
        &chunked,
        &format!("{:x}\r\n{large}\r\n", large.len()),
    );
    assert_eq!(status(&site, &begun).await, 413);
    let stated = format!("cookie: {cookie}\r\ncontent-length: 9000");
    assert_eq!(status(&site, &post("token", &stated, "")).await, 413);
    // The same browser with a form of another site.
    let foreign = format!("cookie: {cookie}\r\nsec-fetch-site: cross-site\r\ncontent-length: 100");
    assert_eq!(status(&site, &post("token", &foreign, "form=")).await, 403);
    // A small form is read, and misses its hidden field.
    let small = format!("cookie: {cookie}\r\ncontent-length: 5");
    assert_eq!(status(&site, &post("token", &small, "form=")).await, 403);
    site.close();
}
