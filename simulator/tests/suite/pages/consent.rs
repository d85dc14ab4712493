//! Consent to an annotation platform's app.

use reqwest::Method;
use serde_json::{Value, json};
use url::Url;

use super::browser::{Browser, Page};
use crate::{employer::support::Market, support::text};

const BACK: &str = "http://127.0.0.1:9000/connect";

/// Registers an app that returns to `BACK`. Returns the path of its consent page.
async fn registered(market: &Market) -> String {
    let app = json!({
        "slug": "my-tool",
        "name": "My <i>tool</i>",
        "scopes": ["contracts:read", "participants:read", "participants:email"],
        "redirectUris": [BACK],
    });
    let answer = market.done("/apps", app).await;
    assert!(text(&answer["consentUrl"]).ends_with("/integrations/my-tool/connect"));
    text(&answer["consentUrl"])
}

fn linked(url: &str) -> String {
    let back = format!("{BACK}/done?x=1");
    let mut url = Url::parse(url).unwrap();
    url.query_pairs_mut()
        .append_pair("external_project_id", "streets & more")
        .append_pair("redirect_uri", &back)
        .append_pair("state", "a=b&c=\"d\"");
    url.to_string()
}

async fn install(market: &Market, token: &str) -> (u16, Value) {
    market
        .platform(Method::GET, token, "/installs/current", None)
        .await
}

fn token_in(page: &Page) -> Option<String> {
    let (_, rest) = page.html.split_once("ot_ptk_")?;
    let end = rest.find(|own: char| !own.is_ascii_alphanumeric())?;
    Some(format!("ot_ptk_{}", &rest[..end]))
}

#[tokio::test]
async fn a_human_connects_an_app_and_gets_its_token_once() {
    let market = Market::new().await;
    let url = linked(&registered(&market).await);
    let browser = Browser(&market);
    let page = browser.open(&url).await;
    page.assert_shows(&[
        "Connect My <i>tool</i>?",
        "streets & more",
        "http://127.0.0.1:9000",
        "See the contracts of linked jobs",
        "contracts:read",
        "Share the trainers' work e-mails",
    ]);
    assert!(
        !page.html.contains("<i>tool"),
        "names of strangers are escaped"
    );
    let done = browser
        .send(&page, "createInstall", &[("piiConsent", "true")])
        .await;
    let token = token_in(&done).unwrap();
    done.assert_shows(&["The token, shown once"]);
    assert!(!done.url.as_str().contains("ot_ptk_"));
    let (status, answer) = install(&market, &token).await;
    assert_eq!(status, 200);
    let own = &answer["install"];
    assert_eq!(own["piiConsent"], true);
    assert_eq!(
        own["scopes"],
        json!(["contracts:read", "participants:read", "participants:email"])
    );
    assert_eq!(own["partnerApp"]["name"], "My <i>tool</i>");
    let back = &done.links("Continue to My <i>tool</i>")[0];
    let back = Url::parse(back).unwrap();
    assert!(back.as_str().starts_with(&format!("{BACK}/done?")));
    let pairs: Vec<(String, String)> = back.query_pairs().into_owned().collect();
    let id = text(&own["id"]);
    let expected = [
        ("x", "1"),
        ("opentrain_install_id", &id),
        ("state", "a=b&c=\"d\""),
        ("external_project_id", "streets & more"),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(pairs, expected, "no credential travels");
    let again = browser.open(done.url.as_str()).await;
    assert_eq!(token_in(&again), None);
    again.assert_shows(&["Tokens are shown once"]);
    market.assert_no_violations();
}

#[tokio::test]
async fn personal_data_is_a_choice() {
    let market = Market::new().await;
    let url = registered(&market).await;
    let browser = Browser(&market);
    let page = browser.open(&url).await;
    let done = browser.send(&page, "createInstall", &[]).await;
    let (_, answer) = install(&market, &token_in(&done).unwrap()).await;
    assert_eq!(
        answer["install"]["piiConsent"], false,
        "the box is not ticked by default"
    );
    done.assert_shows(&["You can close this page"]);
    let app = json!({"slug": "plain", "name": "Plain", "scopes": ["usage:write"]});
    market.done("/apps", app).await;
    let page = browser.open("/integrations/plain/connect").await;
    assert!(
        !page.shows("Share the trainers' work e-mails"),
        "the app did not ask"
    );
    assert!(!page.html.contains("name=\"piiConsent\""));
}

#[tokio::test]
async fn a_foreign_redirect_and_an_unknown_app_are_refused() {
    let market = Market::new().await;
    registered(&market).await;
    let browser = Browser(&market);
    for to in [
        "https://evil.example/",
        "http://127.0.0.1:9000/other",
        "http://127.0.0.1:9000@evil.example/connect",
        "javascript:alert(1)",
        "/connect",
    ] {
        let mut url = Url::parse("http://x/integrations/my-tool/connect").unwrap();
        url.query_pairs_mut().append_pair("redirect_uri", to);
        let page = browser
            .open(&format!("{}?{}", url.path(), url.query().unwrap()))
            .await;
        assert_eq!(page.status, 400, "{to}");
        assert!(!page.has_form("createInstall"));
        page.assert_shows(&[
            "redirect_uri is not below a redirect address that the app registered",
        ]);
    }
    let page = browser.open("/integrations/unknown/connect").await;
    assert_eq!(page.status, 404);
    page.assert_shows(&["POST /sandbox/apps"]);
}

#[tokio::test]
async fn declining_connects_nothing() {
    let market = Market::new().await;
    let url = linked(&registered(&market).await);
    let browser = Browser(&market);
    let page = browser.open(&url).await;
    let declined = browser.open(&page.links("Decline")[0]).await;
    declined.assert_shows(&["Nothing was connected", "no token was made"]);
    browser
        .open("/desk/installs")
        .await
        .assert_shows(&["No platform is connected"]);
}

#[tokio::test]
async fn registrations_are_checked() {
    let market = Market::new().await;
    for (slug, uri) in [
        ("My Tool", BACK),
        ("", BACK),
        ("my-tool", "ftp://x.example"),
        ("my-tool", "x"),
    ] {
        let app =
            json!({"slug": slug, "name": "x", "scopes": ["usage:write"], "redirectUris": [uri]});
        assert_eq!(market.human("/apps", app).await.0, 400, "{slug} {uri}");
    }
    let many: Vec<String> = (0..11).map(|own| format!("{BACK}/{own}")).collect();
    let app = json!({"slug": "x", "name": "x", "scopes": ["usage:write"], "redirectUris": many});
    assert_eq!(market.human("/apps", app).await.0, 400);
    let app = json!({"slug": "x", "name": "x", "scopes": ["usage:all"]});
    assert_eq!(market.human("/apps", app).await.0, 400);
}
