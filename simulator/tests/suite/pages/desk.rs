//! The desk: time, faults, reset, contracts, installs, calls, limits.

use reqwest::Method;
use serde_json::{Value, json};

use super::browser::Browser;
use crate::{employer::support::Market, support::text};

#[tokio::test]
async fn the_start_moves_the_time_and_resets() {
    let market = Market::new().await;
    let browser = Browser(&market);
    let page = browser.open("/").await;
    page.assert_shows(&["Start", "0 of 6 done", "2026-06-12 10:00:00 UTC"]);
    let base = market.opentrain.base_url();
    page.assert_shows(&[
        &format!("export OPENTRAIN_BASE_URL={base}"),
        &format!("{base}/api/public/v1"),
    ]);
    for (advance, now) in [
        ("PT30M", "2026-06-12T10:30:00.000Z"),
        ("P1D", "2026-06-13T10:30:00.000Z"),
        ("P7D", "2026-06-20T10:30:00.000Z"),
    ] {
        let done = browser
            .send_with(&page, ("advanceClock", advance), &[])
            .await;
        assert_eq!(done.status, 200);
        assert_eq!(market.read("/clock").await["now"], now);
    }
    let failed = browser
        .send(&page, "advanceClock", &[("advance", "soon")])
        .await;
    assert_eq!(failed.status, 400);
    failed.assert_shows(&["for example PT30M"]);
    market.done("/jobs", json!({"title": "x"})).await;
    browser.open("/").await.assert_shows(&["1 of 6 done"]);
    browser
        .send(&page, "reset", &[])
        .await
        .assert_shows(&["0 of 6 done", "2026-06-12 10:00:00 UTC"]);
    assert!(market.opentrain.jobs().is_empty());
}

#[tokio::test]
async fn the_printed_call_does_the_same_as_the_button() {
    let market = Market::new().await;
    let browser = Browser(&market);
    let page = browser.open("/").await;
    let (method, path, body) = page.printed("advanceClock");
    assert_eq!(
        (method.as_str(), path.as_str(), &body),
        ("POST", "/sandbox/clock", &json!({"advance": "PT30M"}))
    );
    let sent = market
        .request(method, &path)
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_eq!(sent.status(), 200);
    assert_eq!(
        market.read("/clock").await["now"],
        "2026-06-12T10:30:00.000Z"
    );
    let (method, path, body) = browser.open("/desk/jobs").await.printed("postJob");
    assert_eq!(
        market
            .request(method, &path)
            .json(&body)
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    let page = browser.open("/desk/jobs/job_1").await;
    let (method, path, body) = page.printed("createProposal");
    assert_eq!(body["jobId"], "job_1");
    assert_eq!(
        market
            .request(method, &path)
            .json(&body)
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
}

#[tokio::test]
async fn a_fault_is_added_listed_and_cleared() {
    let market = Market::new().await;
    let token = market.full().await;
    let browser = Browser(&market);
    let page = browser.open("/").await;
    page.assert_shows(&["No fault is in force"]);
    let fields = [
        ("api", "public"),
        ("status", "503"),
        ("times", "2"),
        ("method", "GET"),
        ("path", "/contracts"),
    ];
    let page = browser.send(&page, "addFault", &fields).await;
    page.assert_shows(&["GET /contracts", "answers 503"]);
    let fault = &market.read("/faults").await["faults"][0];
    assert_eq!(
        (&fault["api"], &fault["times"], &fault["status"]),
        (&json!("public"), &json!(2), &json!(503))
    );
    assert_eq!(market.get(&token, "/contracts").await.0, 503);
    assert_eq!(market.read("/faults").await["faults"][0]["times"], 1);
    let page = browser.send(&page, "clearFaults", &[]).await;
    page.assert_shows(&["No fault is in force"]);
    assert_eq!(market.get(&token, "/contracts").await.0, 200);
    assert_eq!(market.read("/faults").await["faults"], json!([]));
}

#[tokio::test]
async fn a_contract_is_worked_on_and_funded() {
    let market = Market::new().await;
    let token = market.full().await;
    let contract = market.contract(&token).await;
    let path = format!("/desk/contracts/{contract}");
    let browser = Browser(&market);
    browser
        .open("/desk/contracts?status=active")
        .await
        .assert_shows(&["Maria S.", "Label street scenes", "0 %"]);
    let page = browser.open(&path).await;
    page.assert_shows(&["Contract ctr_1", "10.00 for $200.00"]);
    let page = browser.send(&page, "trackTime", &[("hours", "9")]).await;
    page.assert_shows(&["LOW", "90 % used"]);
    let budget = |answer: &Value| {
        (
            answer["contract"]["budget"]["state"].clone(),
            answer["contract"]["budget"]["consumed"]["hours"].clone(),
        )
    };
    let (_, answer) = market.get(&token, &format!("/contracts/{contract}")).await;
    assert_eq!(budget(&answer), (json!("LOW"), json!(9)));
    let page = browser.send(&page, "fundInApp", &[("volume", "10")]).await;
    page.assert_shows(&["20.00 for $400.00", "45 % used"]);
    market.assert_no_violations();
}

#[tokio::test]
async fn a_milestone_is_paid_and_a_contract_ends() {
    let market = Market::new().await;
    let token = market.full().await;
    let contract = market.contract(&token).await;
    let browser = Browser(&market);
    let page = browser.open(&format!("/desk/contracts/{contract}")).await;
    let page = browser.send(&page, "requestPayout", &[]).await;
    let (_, pending) = market.get(&token, "/payments/pending").await;
    assert_eq!(pending["payments"].as_array().unwrap().len(), 1);
    let page = browser.send(&page, "releaseInApp", &[]).await;
    let (_, answer) = market.get(&token, &format!("/contracts/{contract}")).await;
    assert_eq!(answer["contract"]["milestones"][0]["status"], "PAID");
    let page = browser.send(&page, "endInApp", &[]).await;
    assert!(!page.has_form("endInApp"));
    let (_, answer) = market.get(&token, &format!("/contracts/{contract}")).await;
    assert_eq!(answer["contract"]["status"], "ended");
    let late = market
        .human(&format!("/contracts/{contract}/time"), json!({"hours": 1}))
        .await;
    assert_eq!(late.0, 409, "an ended contract takes no time");
    let year = format!("/contracts/{contract}/time");
    assert_eq!(market.human(&year, json!({"hours": 10_001})).await.0, 400);
    assert_eq!(
        market
            .human("/contracts/ctr_99/time", json!({"hours": 1}))
            .await
            .0,
        404
    );
    market.assert_no_violations();
}

#[tokio::test]
async fn an_install_is_disconnected_and_a_token_is_made() {
    let market = Market::new().await;
    let token = market
        .install(&["contracts:read", "participants:email"])
        .await;
    let browser = Browser(&market);
    let page = browser.open("/desk/installs").await;
    page.assert_shows(&["ACTIVE", "shared", "See the contracts of linked jobs"]);
    let done = browser.send(&page, "disconnectInstall", &[]).await;
    done.assert_shows(&["REVOKED"]);
    let (status, _) = market
        .platform(Method::GET, &token, "/contracts", None)
        .await;
    assert_eq!(status, 401);
    assert_eq!(
        market.human("/installs/ins_1/revoke", json!({})).await.0,
        409
    );
    let page = browser
        .send(
            &page,
            "createToken",
            &[("scopes", "payments:write webhooks:manage")],
        )
        .await;
    let (_, rest) = page.html.split_once("ot_pat_").unwrap();
    let secret = format!("ot_pat_{}", rest.split('<').next().unwrap());
    let (_, me) = market.get(&secret, "/auth/me").await;
    assert_eq!(
        me["token"]["scopes"],
        json!(["payments:write", "webhooks:manage"])
    );
    let again = browser.open(page.url.as_str()).await;
    assert!(!again.html.contains(&secret));
    again.assert_shows(&["Tokens are shown once", "payments:write webhooks:manage"]);
}

#[tokio::test]
async fn approvals_and_limits_are_listed() {
    let market = Market::new().await;
    let token = market.full().await;
    let job = market.job(&token).await;
    let proposal = market.proposal(&job).await;
    let approval = market.ask_to_hire(&token, &proposal).await;
    let browser = Browser(&market);
    let page = browser.open("/desk/approvals?status=pending").await;
    page.assert_shows(&[&approval, "proposal_hire", "in 3 days"]);
    market.advance("P4D").await;
    browser
        .open("/desk/approvals?status=pending")
        .await
        .assert_shows(&["No approval here"]);
    browser
        .open("/desk/approvals?status=expired")
        .await
        .assert_shows(&[&approval]);
    let page = browser.open("/desk/limits").await;
    for limit in market.read("/limits").await["limits"].as_array().unwrap() {
        page.assert_shows(&[&text(&limit["sandbox"]), &text(&limit["opentrain"])]);
    }
}
