//! From a link to a trainer's access.

use serde_json::{Value, json};
use simulator::{ConsentOptions, Endpoint, Fault, Scope, What};

use super::kit::{Browser, Page, Site};
use crate::common::wait::until;
use crate::setup::ground::PROJECT;
use crate::setup::whole_loop::control;

fn assert_strict(page: &Page) {
    for (name, value) in [
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
        ("x-frame-options", "DENY"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(page.headers[name], value);
    }
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_connects_without_giving_the_operator_the_token() {
    let site = Site::new().await;
    let link = site
        .link(
            "acme",
            &["--project", PROJECT, "--from", "Labels <b>Inc</b>"],
        )
        .await;
    let browser = Browser::default();
    let welcome = browser.open(&link).await;
    welcome.shows(&["Labels &lt;b&gt;Inc&lt;/b&gt;", "What will happen", PROJECT]);
    assert_strict(&welcome);
    let consent = welcome.href("Continue to OpenTrain");
    assert!(consent.path().ends_with("/integrations/simulated/connect"));
    let project = ("external_project_id".into(), PROJECT.into());
    assert!(consent.query_pairs().any(|it| it == project), "{consent}");

    let grant = &site.ground.grant;
    let form = browser.open(&welcome.back(&grant.install_id)).await;
    form.shows(&["type=\"password\"", "ot_ptk_"]);
    assert_eq!(site.state("acme").await, "open");
    let done = browser.enter(&form, &grant.token).await;
    assert_eq!(done.status, 200, "{}", done.html);
    assert!(done.url.path().ends_with("/onboard/done"));
    done.shows(&[
        &grant.install_id,
        "org_1",
        ">active<",
        "set up, and this site answers",
        "Link the job",
    ]);
    assert!(!done.html.contains("missing:"), "{}", done.html);
    assert_eq!(site.state("acme").await, "used");

    let fields = [("form", &*done.hidden("form")), ("job", &site.ground.job)];
    let linked = browser.post(&done, "job", &fields).await;
    linked.shows(&["linked", &site.ground.job]);
    assert!(!linked.html.contains("Link the job"));
    is_recorded(&site, &grant.install_id).await;

    // The far end: a hire gets access by the new connection.
    let hired = control(
        &site.ground,
        "hire",
        json!({"jobId": site.ground.job, "displayName": "Maria S."}),
    )
    .await;
    let trainer = hired["trainerId"].as_str().unwrap();
    let tool = &site.ground.tool;
    tool.until(|tool| tool.member(PROJECT, trainer).is_some())
        .await
        .unwrap();
    assert!(site.ground.canaries() >= 3, "token and secret are searched");
    for page in [&welcome, &form, &done, &linked] {
        site.ground.search(&page.html);
    }
    site.close();
}

/// The connection is stored, and the audit record names who did what.
async fn is_recorded(site: &Site, install: &str) {
    let own = site.ground.kept()["connections"]["acme"].clone();
    assert_eq!(own["install"], install);
    assert_eq!(own["organization"], "org_1");
    assert_eq!(own["webhooks"].as_array().unwrap().len(), 1);
    let audit = site.ground.bridge(&["audit", "--json"]).await.done();
    for event in [
        "operator.onboard",
        "customer.connect",
        "customer.subscribe",
        "customer.link",
    ] {
        assert!(audit.contains(event), "{event}: {audit}");
    }
    assert!(
        audit.contains("customer org_1") || audit.contains("\"customer\""),
        "{audit}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_named_with_its_purpose() {
    let site = Site::new().await;
    let grant = site.ground.opentrain.consent(ConsentOptions {
        scopes: vec![Scope::ContractsRead, Scope::ParticipantsEmail],
        pii_consent: false,
        ..ConsentOptions::default()
    });
    let (browser, form) = site.returned("acme", &grant).await;
    let done = browser.enter(&form, &grant.token).await;
    done.shows(&[
        "missing:",
        "webhooks:manage",
        "usage:write",
        "PII consent",
        "not possible",
        "recover lost events",
        "so no job can be linked",
    ]);
    assert!(
        !done.html.contains("<form"),
        "nothing can be repeated: {}",
        done.html
    );
    assert!(!done.html.contains("bridge "), "no command: {}", done.html);
    site.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_job_and_a_failed_webhook_can_be_repeated() {
    let site = Site::new().await;
    let grant = site.grant("org_1");
    let (browser, form) = site.returned("acme", &grant).await;
    let fault = Fault::lasting(Endpoint::CreateWebhook, What::status(400));
    site.ground.opentrain.fault(fault);
    let done = browser.enter(&form, &grant.token).await;
    done.shows(&["not set up", "Set up the notifications"]);
    site.ground.opentrain.clear_faults();
    let field = done.hidden("form");
    let again = browser.post(&done, "finish", &[("form", &*field)]).await;
    again.shows(&["set up, and this site answers"]);
    for job in ["job_unknown", "", "a b"] {
        let fields = [("form", &*field), ("job", job)];
        let refused = browser.post(&done, "job", &fields).await;
        assert_eq!(refused.status, 422, "{job}: {}", refused.html);
    }
    let own: Value = site.ground.kept()["connections"]["acme"].clone();
    assert_eq!(own["webhooks"].as_array().unwrap().len(), 1);
    // The page of a used link leads to the browser's last page.
    until("the last page loads", async || {
        browser.open(done.url.as_str()).await.status == 200
    })
    .await;
    site.close();
}
