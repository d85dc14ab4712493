//! Tokens that are refused, each with what to do.

use simulator::ConsentOptions;

use super::kit::{Browser, Page, Site};
use crate::setup::ground::PROJECT;

/// Enters a token. Asserts that it is refused, and that nothing is stored.
async fn refused(site: &Site, browser: &Browser, form: &Page, token: &str, says: &str) -> Page {
    let page = browser.enter(form, token).await;
    assert_eq!(page.status, 422, "{}", page.html);
    page.shows(&[says, "href=\"token\""]);
    assert!(
        !site.ground.connections().exists() || site.ground.kept()["connections"]["acme"].is_null()
    );
    page
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_is_refused_with_what_to_do_and_the_right_one_still_works() {
    let site = Site::new().await;
    let (grant, other) = (site.grant("org_1"), site.grant("org_1"));
    let (browser, form) = site.returned("acme", &grant).await;
    for (token, says) in [
        ("", "The field was empty"),
        ("whsec_canary", "a webhook secret"),
        ("ot_pat_canary", "a personal API token"),
        ("ot_ptk_unknown", "does not accept this token"),
        ("ot_ptk_ümlaut", "characters that no token has"),
        (
            &*other.token,
            "another install than the one that you have just approved",
        ),
    ] {
        refused(&site, &browser, &form, token, says).await;
    }
    site.ground
        .opentrain
        .revoke_install(&other.install_id)
        .unwrap();
    let page = browser.enter(&form, &other.token).await;
    page.shows(&["This token can't be used", "pprove again"]);
    let done = browser.enter(&form, &grant.token).await;
    assert_eq!(done.status, 200, "{}", done.html);
    site.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_another_app_is_refused() {
    let site = Site::new().await;
    let grant = site.ground.opentrain.consent(ConsentOptions {
        app_slug: "elsewhere".into(),
        ..ConsentOptions::default()
    });
    let (browser, form) = site.returned("acme", &grant).await;
    refused(&site, &browser, &form, &grant.token, "made for another app").await;
    site.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn another_customers_token_is_refused_without_a_word_about_the_other() {
    let site = Site::new().await;
    let first = site.grant("org_canary");
    let (browser, form) = site.returned("first", &first).await;
    assert_eq!(browser.enter(&form, &first.token).await.status, 200);

    // The install of another connection.
    let (browser, form) = site.returned("acme", &first).await;
    let page = refused(&site, &browser, &form, &first.token, "connected already").await;
    assert!(
        !page.html.contains("org_canary") && !page.html.contains("first"),
        "{}",
        page.html
    );

    // A new link for a connection that has a customer.
    let second = site.grant("org_2");
    let (browser, form) = site.returned("first", &second).await;
    let page = browser.enter(&form, &second.token).await;
    assert_eq!(page.status, 422);
    page.shows(&["another organisation"]);
    assert!(!page.html.contains("org_canary"), "{}", page.html);
    assert_eq!(
        site.ground.kept()["connections"]["first"]["token"],
        first.token
    );

    // The same customer, after a new approval.
    site.ground
        .opentrain
        .revoke_install(&first.install_id)
        .unwrap();
    let again = site.grant("org_canary");
    let (browser, form) = site.returned("first", &again).await;
    let done = browser.enter(&form, &again.token).await;
    done.shows(&[&again.install_id, "this site answers"]);
    assert_eq!(
        site.ground.kept()["connections"]["first"]["token"],
        again.token
    );
    site.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_of_another_customer_is_not_given_away() {
    let site = Site::new().await;
    let first = site.grant("org_1");
    let (browser, form) = site.returned("first", &first).await;
    let done = browser.enter(&form, &first.token).await;
    let link = [("form", &*done.hidden("form")), ("job", &site.ground.job)];
    browser
        .post(&done, "job", &link)
        .await
        .shows(&["is linked to the project"]);

    // The second link was made before the project had an owner.
    let second = site.grant("org_2");
    let (browser, form) = site.returned("acme", &second).await;
    let done = browser.enter(&form, &second.token).await;
    assert_eq!(done.status, 200, "{}", done.html);
    let link = [("form", &*done.hidden("form")), ("job", "job_any")];
    let page = browser.post(&done, "job", &link).await;
    assert_eq!(page.status, 422, "{}", page.html);
    page.shows(&["can't be linked now"]);
    assert!(!page.html.contains("org_1"), "{}", page.html);

    let url = site.url();
    let more = [
        "onboard",
        "third",
        "--url",
        &url,
        "--app",
        "simulated",
        "--project",
        PROJECT,
    ];
    let error = site.ground.bridge(&more).await.failed(2);
    assert!(error.contains("belongs to"), "{error}");
    site.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_tried_ten_times_an_hour() {
    let site = Site::new().await;
    let grant = site.grant("org_1");
    let (browser, form) = site.returned("acme", &grant).await;
    for _ in 0..10 {
        assert_eq!(browser.enter(&form, "whsec_canary").await.status, 422);
    }
    let page = browser.enter(&form, &grant.token).await;
    assert_eq!(page.status, 429);
    page.shows(&["10 tokens an hour"]);
    assert!(!site.ground.connections().exists());
    site.close();
}
