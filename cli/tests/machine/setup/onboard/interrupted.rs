//! A closed browser and a stop in the middle of a form.

use std::time::Duration;

use simulator::{Endpoint, Fault, What};

use super::kit::{Browser, Page, Site};
use crate::common::wait::until;

/// Sends the token, and closes the connection after OpenTrain has created the webhook endpoint, before it answers.
async fn close_in_the_middle(site: &Site, browser: &Browser, form: &Page, token: &str) {
    let opentrain = &site.ground.opentrain;
    let slow = What::Delay(Duration::from_secs(2));
    opentrain.fault(Fault::times(1, Endpoint::CreateWebhook, slow));
    tokio::select! {
        page = browser.enter(form, token) => panic!("answered: {}", page.html),
        () = until("the endpoint is created", async || opentrain.endpoints().len() == 1) => {}
    }
    assert_eq!(
        stored(site),
        Vec::<String>::new(),
        "the secret is not known yet"
    );
}

fn stored(site: &Site) -> Vec<String> {
    let webhooks = site.ground.kept()["connections"]["acme"]["webhooks"].clone();
    let webhooks = webhooks.as_array().into_iter().flatten();
    let id = |it: &serde_json::Value| it["endpoint"].as_str().unwrap().to_owned();
    webhooks.map(id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_browser_leaves_no_endpoint_without_its_secret() {
    let site = Site::new().await;
    let grant = site.grant("org_1");
    let (browser, form) = site.returned("acme", &grant).await;
    close_in_the_middle(&site, &browser, &form, &grant.token).await;
    until("its secret is stored", async || stored(&site).len() == 1).await;
    let endpoints = site.ground.opentrain.endpoints();
    assert_eq!(stored(&site), [endpoints[0].id.to_string()]);
    let done = browser.open(&format!("{}/onboard/done", site.url())).await;
    done.shows(&["set up, and this site answers"]);
    assert_eq!(site.ground.opentrain.endpoints().len(), 1);
    site.close();
}

/// The task of the closed page continues, and the customer returns before it has ended.
#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_is_sent_again_makes_no_second_endpoint() {
    let site = Site::new().await;
    let grant = site.grant("org_1");
    let (browser, form) = site.returned("acme", &grant).await;
    close_in_the_middle(&site, &browser, &form, &grant.token).await;
    let field = form.hidden("form");
    let done = browser.post(&form, "finish", &[("form", &field)]).await;
    done.shows(&["set up, and this site answers"]);
    let endpoints = site.ground.opentrain.endpoints();
    assert_eq!(endpoints.len(), 1, "{endpoints:?}");
    assert_eq!(stored(&site), [endpoints[0].id.to_string()]);
    site.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_waits_for_a_customers_form() {
    let site = Site::new().await;
    let grant = site.grant("org_1");
    let (browser, form) = site.returned("acme", &grant).await;
    close_in_the_middle(&site, &browser, &form, &grant.token).await;
    let Site { ground, served } = site;
    let log = tokio::task::spawn_blocking(|| served.terminate())
        .await
        .unwrap();
    let webhooks = &ground.kept()["connections"]["acme"]["webhooks"];
    let endpoint = ground.opentrain.endpoints()[0].id.to_string();
    assert_eq!(webhooks[0]["endpoint"], endpoint);
    ground.search(&log);
    ground.close();
}
