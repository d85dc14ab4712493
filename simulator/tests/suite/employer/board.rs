//! The board of open jobs, without a token.

use reqwest::Method;
use serde_json::{Value, json};

use super::support::{Market, ids};
use crate::support::text;

#[tokio::test]
async fn open_jobs_are_found() {
    let market = Market::new().await;
    let token = market.full().await;
    market.draft(&token).await;
    let first = market.job(&token).await;
    let second = market.job(&token).await;
    let changes = json!({"jobTitle": "Transcribe", "paymentType": "FIXED_PRICE", "fixedPrice": 90,
        "countries": ["DE"]});
    market
        .patch(&token, &format!("/jobs/{second}"), changes)
        .await;
    for (query, expected) in [
        ("", vec![&second, &first]),
        ("?limit=1", vec![&second]),
        ("?q=transcribe", vec![&second]),
        ("?payType=PAY_PER_HOUR", vec![&first]),
        ("?country=de", vec![&second]),
        ("?language=English", vec![&second, &first]),
        ("?q=nothing", vec![]),
    ] {
        let (status, answer) = market.get("", &format!("/jobs{query}")).await;
        assert_eq!(status, 200);
        assert_eq!(
            ids(&answer["jobs"]).iter().collect::<Vec<_>>(),
            expected,
            "{query}"
        );
    }
    let (_, page) = market.get("", "/jobs?limit=1").await;
    let (_, page) = market
        .get("", &format!("/jobs?cursor={}", text(&page["nextCursor"])))
        .await;
    assert_eq!(ids(&page["jobs"]), [first.as_str()]);
    for query in ["limit=0", "limit=101", "payType=MONTHLY", "cursor=x"] {
        assert_eq!(
            market.get("", &format!("/jobs?{query}")).await.0,
            400,
            "{query}"
        );
    }
    market.assert_no_violations();
}

#[tokio::test]
async fn the_board_is_counted_and_a_job_is_read() {
    let market = Market::new().await;
    let token = market.full().await;
    let hidden = market.draft(&token).await;
    let first = market.job(&token).await;
    let second = market.job(&token).await;
    let changes = json!({"paymentType": "FIXED_PRICE", "fixedPrice": 90});
    market
        .patch(&token, &format!("/jobs/{second}"), changes)
        .await;
    let (_, facets) = market.get("", "/jobs/facets").await;
    assert_eq!(facets["totalJobs"], 2);
    assert_eq!(
        facets["languages"],
        json!([{"value": "English", "count": 2}])
    );
    assert_eq!(facets["payTypes"].as_array().unwrap().len(), 2);
    let (_, job) = market.get("", &format!("/jobs/{first}")).await;
    assert_eq!(
        (&job["title"], &job["status"]),
        (&json!("Label street scenes"), &json!("OPEN"))
    );
    assert_eq!(job["pay"]["hourlyRate"], 20);
    assert_eq!(job["pay"]["fixedPrice"], Value::Null);
    let (status, answer) = market.get("", &format!("/jobs/{hidden}")).await;
    assert_eq!(
        (status, answer),
        (404, json!({"id": hidden, "status": "closed"}))
    );
    let (status, answer) = market.get("", "/jobs/job_99").await;
    assert_eq!((status, &answer["code"]), (404, &json!("NOT_FOUND")));
    assert_eq!(
        market.get("", &format!("/jobs/{}", "x".repeat(65))).await.0,
        400
    );
    market.assert_no_violations();
}

#[tokio::test]
async fn the_latest_change_of_each_job_is_listed() {
    let market = Market::new().await;
    let token = market.full().await;
    let since = market.opentrain.now().to_string();
    let first = market.job(&token).await;
    let second = market.job(&token).await;
    market.draft(&token).await;
    market
        .patch(
            &token,
            &format!("/jobs/{first}"),
            json!({"jobTitle": "New"}),
        )
        .await;
    market.act(&token, &format!("/jobs/{second}/close")).await;
    let (status, answer) = market
        .get("", &format!("/jobs/changes?since={since}"))
        .await;
    assert_eq!(status, 200);
    let changes = answer["changes"].as_array().unwrap().iter();
    let changes: Vec<(String, String)> = changes
        .map(|own| (text(&own["jobId"]), text(&own["eventType"])))
        .collect();
    assert_eq!(
        changes,
        [(first, "UPDATED".to_owned()), (second, "CLOSED".to_owned())]
    );
    market.advance("PT1M").await;
    let later = market.opentrain.now().to_string();
    let (_, answer) = market
        .get("", &format!("/jobs/changes?since={later}"))
        .await;
    assert_eq!(answer["changes"], json!([]));
    assert_eq!(market.get("", "/jobs/changes").await.0, 400);
    for since in ["x", "20260612", "2026-06-12T10:00:00"] {
        let path = format!("/jobs/changes?since={since}");
        assert_eq!(market.get("", &path).await.0, 400, "{since}");
    }
    assert_eq!(
        market.get("", "/jobs/changes?since=2026-06-12").await.0,
        200
    );
}

#[tokio::test]
async fn any_page_may_call_120_times_a_minute() {
    let market = Market::new().await;
    let options = market.request(Method::OPTIONS, "/api/public/v1/jobs");
    let answer = options.send().await.unwrap();
    assert_eq!(answer.status(), 204);
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    let answer = market
        .request(Method::GET, "/api/public/v1/jobs")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    assert!(
        answer.headers()["cache-control"]
            .to_str()
            .unwrap()
            .contains("s-maxage=300")
    );
    for _ in 1..120 {
        assert_eq!(market.get("", "/jobs").await.0, 200);
    }
    let answer = market.request(Method::GET, "/api/public/v1/jobs");
    let answer = answer.send().await.unwrap();
    assert_eq!(answer.headers()["retry-after"], "60");
    let (status, answer) = market.get("", "/jobs").await;
    assert_eq!((status, &answer["code"]), (429, &json!("RATE_LIMITED")));
    assert_eq!(answer["details"]["retryAfterSeconds"], 60);
    market.advance("PT1M").await;
    assert_eq!(market.get("", "/jobs").await.0, 200);
    for path in ["/team", "/jobs/mine"] {
        let mine = market.request(Method::OPTIONS, &format!("/api/public/v1{path}"));
        let status = mine.send().await.unwrap().status();
        assert_eq!(status, 405, "calls with a token have no CORS: {path}");
    }
}
