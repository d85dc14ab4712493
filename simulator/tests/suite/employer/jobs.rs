//! Publishing, editing, closing and listing jobs.

use serde_json::{Value, json};

use super::support::{Market, complete_job, ids, reason};
use crate::support::text;

#[tokio::test]
async fn publishing_is_idempotent_and_the_platform_sees_the_job() {
    let market = Market::new().await;
    let token = market.full().await;
    let job = market.draft(&token).await;
    let path = format!("/jobs/{job}/publish");
    let (status, answer) = market.act(&token, &path).await;
    assert_eq!((status, &answer["alreadyPublished"]), (200, &json!(false)));
    assert_eq!(
        (&answer["status"], &answer["ok"]),
        (&json!("OPEN"), &json!(true))
    );
    assert!(answer["publishAttemptId"].is_string());
    let (status, answer) = market.act(&token, &path).await;
    assert_eq!((status, &answer["alreadyPublished"]), (200, &json!(true)));
    assert_eq!(answer["publishAttemptId"], Value::Null);
    assert_eq!(market.opentrain.jobs()[0].title, "Label street scenes");
    let install =
        json!({"appSlug": "my-tool", "scopes": ["project-links:write"], "piiConsent": false});
    let grant = market.done("/installs", install).await;
    let link = market
        .request(reqwest::Method::POST, "/api/partner/v1/project-links")
        .bearer_auth(text(&grant["token"]))
        .json(&json!({"externalProjectId": "streets", "jobId": job}));
    assert_eq!(link.send().await.unwrap().status(), 201);
    market.assert_no_violations();
}

#[tokio::test]
async fn an_unready_draft_is_not_published() {
    let market = Market::new().await;
    let token = market.full().await;
    let body = json!({"rawJobDescription": "A job"});
    let (_, draft) = market.post(&token, "/job-drafts", body).await;
    let path = format!("/jobs/{}/publish", text(&draft["jobId"]));
    let (status, answer) = market.act(&token, &path).await;
    assert_eq!(status, 400);
    assert_eq!(answer["details"]["validation"]["publishReady"], false);
    assert_eq!(market.act(&token, "/jobs/job_99/publish").await.0, 404);
    let (other, _) = market.register().await;
    assert_eq!(market.act(&other, &path).await.0, 404);
}

#[tokio::test]
async fn moderation_blocks_and_unpublishes() {
    let market = Market::new().await;
    let token = market.full().await;
    let mut job = complete_job();
    job["jobDescription"] = "MODERATION_BLOCK".into();
    let body = json!({"format": "opentrain_canonical", "job": job});
    let (_, draft) = market.post(&token, "/job-drafts", body).await;
    let job = text(&draft["jobId"]);
    let (status, answer) = market.act(&token, &format!("/jobs/{job}/publish")).await;
    assert_eq!((status, reason(&answer)), (403, "moderation_blocked"));
    assert!(!answer["details"]["reasons"].as_array().unwrap().is_empty());
    // A blocked edit of an open job is applied all the same.
    let job = market.job(&token).await;
    let path = format!("/jobs/{job}");
    let (status, answer) = market
        .patch(&token, &path, json!({"jobTitle": "MODERATION_BLOCK"}))
        .await;
    assert_eq!((status, reason(&answer)), (409, "moderation_blocked"));
    assert_eq!(answer["details"]["status"], "DRAFT");
    let (_, mine) = market.get(&token, "/jobs/mine").await;
    assert_eq!(mine["jobs"][0]["status"], "DRAFT");
    assert_eq!(mine["jobs"][0]["title"], "MODERATION_BLOCK");
    let (status, answer) = market.get("", &path).await;
    assert_eq!(
        (status, answer),
        (404, json!({"id": job, "status": "closed"}))
    );
    market
        .patch(
            &token,
            &format!("/job-drafts/{job}"),
            json!({"jobTitle": "Fine"}),
        )
        .await;
    assert_eq!(
        market.act(&token, &format!("/jobs/{job}/publish")).await.0,
        200
    );
}

#[tokio::test]
async fn open_jobs_are_edited() {
    let market = Market::new().await;
    let token = market.full().await;
    let job = market.job(&token).await;
    let path = format!("/jobs/{job}");
    let (status, answer) = market
        .patch(&token, &path, json!({"pricePerHour": 25}))
        .await;
    assert_eq!(status, 200);
    assert_eq!(
        answer["moderation"],
        json!({"decision": "ALLOW", "reasons": []})
    );
    assert_eq!(market.get("", &path).await.1["pay"]["hourlyRate"], 25);
    let (status, _) = market
        .patch(&token, &path, json!({"paymentType": "FIXED_PRICE"}))
        .await;
    assert_eq!(status, 400, "there is no fixed price");
    let both = json!({"paymentType": "FIXED_PRICE", "fixedPrice": 500});
    assert_eq!(market.patch(&token, &path, both).await.0, 200);
    assert_eq!(
        market.patch(&token, &path, json!({"color": "red"})).await.0,
        400
    );
    assert_eq!(market.patch(&token, &path, json!({})).await.0, 400);
    let draft = market.draft(&token).await;
    let (status, answer) = market
        .patch(&token, &format!("/jobs/{draft}"), complete_job())
        .await;
    assert_eq!(status, 409);
    assert_eq!(
        answer["details"],
        json!({"jobId": draft, "status": "DRAFT", "requiredStatus": "OPEN"})
    );
    let (other, _) = market.register().await;
    assert_eq!(market.patch(&other, &path, complete_job()).await.0, 404);
}

#[tokio::test]
async fn closing_is_idempotent_and_contracts_go_on() {
    let market = Market::new().await;
    let token = market.full().await;
    let contract = market.contract(&token).await;
    let job = market.opentrain.jobs()[0].id.clone();
    let path = format!("/jobs/{job}/close");
    for already in [false, true] {
        let (status, answer) = market.act(&token, &path).await;
        assert_eq!((status, &answer["alreadyClosed"]), (200, &json!(already)));
        assert_eq!(answer["status"], "ARCHIVED");
    }
    let (_, answer) = market.get(&token, &format!("/contracts/{contract}")).await;
    assert_eq!(answer["contract"]["status"], "active");
    assert_eq!(
        market.act(&token, &format!("/jobs/{job}/publish")).await.0,
        400
    );
    assert_eq!(
        market.human("/proposals", json!({"jobId": job})).await.0,
        409
    );
    let draft = market.draft(&token).await;
    assert_eq!(
        market.act(&token, &format!("/jobs/{draft}/close")).await.0,
        200
    );
    let (other, _) = market.register().await;
    assert_eq!(market.act(&other, &path).await.0, 404);
}

#[tokio::test]
async fn an_unclaimed_account_publishes_three_jobs_a_day_and_a_claimed_one_twenty() {
    let market = Market::new().await;
    let (unclaimed, _) = market.register().await;
    let full = market.full().await;
    for (token, limit) in [(unclaimed, 3), (full, 20)] {
        let first = market.job(&token).await;
        for _ in 1..limit {
            market.job(&token).await;
        }
        let draft = market.draft(&token).await;
        let path = format!("/jobs/{draft}/publish");
        let (status, answer) = market.act(&token, &path).await;
        assert_eq!((status, &answer["code"]), (429, &json!("RATE_LIMITED")));
        assert_eq!(
            answer["details"],
            json!({"limit": limit, "windowHours": 24})
        );
        let again = market.act(&token, &format!("/jobs/{first}/publish")).await;
        assert_eq!(again.0, 200, "a repeat does not count");
        market.advance("P1D").await;
        assert_eq!(market.act(&token, &path).await.0, 200);
    }
}

#[tokio::test]
async fn own_jobs_are_listed_in_pages() {
    let market = Market::new().await;
    let token = market.full().await;
    let mut jobs = vec![market.draft(&token).await];
    for _ in 0..2 {
        jobs.push(market.job(&token).await);
    }
    let (other, _) = market.register().await;
    market.draft(&other).await;
    market.proposal(&jobs[2]).await;
    let (_, all) = market.get(&token, "/jobs/mine").await;
    jobs.reverse();
    assert_eq!(ids(&all["jobs"]), jobs);
    assert_eq!(all["nextCursor"], Value::Null);
    assert_eq!(
        all["jobs"][0]["proposalCounts"],
        json!({"total": 1, "unreviewed": 1})
    );
    assert_eq!(
        (&all["jobs"][0]["published"], &all["jobs"][2]["published"]),
        (&json!(true), &json!(false))
    );
    let (_, page) = market.get(&token, "/jobs/mine?limit=2").await;
    assert_eq!(ids(&page["jobs"]), jobs[..2]);
    let cursor = text(&page["nextCursor"]);
    let (_, page) = market
        .get(&token, &format!("/jobs/mine?limit=2&cursor={cursor}"))
        .await;
    assert_eq!(ids(&page["jobs"]), jobs[2..]);
    assert_eq!(page["nextCursor"], Value::Null);
    let (_, drafts) = market
        .get(&token, "/jobs/mine?status=DRAFT&limit=1000")
        .await;
    assert_eq!(ids(&drafts["jobs"]), jobs[2..]);
    let (status, answer) = market.get(&token, "/jobs/mine?status=open").await;
    assert_eq!(status, 400);
    assert!(
        answer["details"]["supportedStatuses"]
            .as_array()
            .unwrap()
            .contains(&json!("OPEN"))
    );
    for query in ["limit=0", "limit=-1", "limit=x", "cursor=job_99"] {
        assert_eq!(
            market.get(&token, &format!("/jobs/mine?{query}")).await.0,
            400,
            "{query}"
        );
    }
    market.assert_no_violations();
}
