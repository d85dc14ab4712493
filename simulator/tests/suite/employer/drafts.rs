//! Drafts: import, missing fields, updates.

use serde_json::{Value, json};

use super::support::{Market, complete_job};
use crate::support::text;

fn missing(list: &Value) -> Vec<String> {
    let list = list.as_array().unwrap();
    list.iter().map(|own| text(&own["field"])).collect()
}

#[tokio::test]
async fn a_text_becomes_a_draft_with_open_questions() {
    let market = Market::new().await;
    let token = market.full().await;
    let body = json!({"rawJobDescription": "Label streets\n\nBoxes around cars."});
    let (status, answer) = market.post(&token, "/job-drafts", body).await;
    assert_eq!((status, &answer["status"]), (201, &json!("DRAFT")));
    assert_eq!(answer["normalizedFields"]["jobTitle"], "Label streets");
    assert_eq!(answer["lowConfidenceFields"], json!(["jobTitle"]));
    assert_eq!(
        answer["import"],
        json!({"rawSourcePreserved": true, "autoPublished": false})
    );
    let expected = ["dataType", "experienceLevel", "paymentType"];
    assert_eq!(missing(&answer["missingFields"]), expected);
    assert_eq!(missing(&answer["validation"]["missingFields"]), expected);
    assert_eq!(answer["validation"]["publishReady"], false);
    assert_eq!(answer["validation"]["missingFieldCount"], 3);
    let field = &answer["missingFields"][1];
    assert_eq!(field["code"], "missing_required_field");
    assert_eq!(field["updateKeys"], json!(["experienceLevel"]));
    assert_eq!(field["enumValues"].as_array().unwrap().len(), 4);
    // Each answer closes a question, and the payment type opens that of its price.
    let path = format!("/job-drafts/{}", text(&answer["jobId"]));
    let changes =
        json!({"dataType": "IMAGE", "experienceLevel": "EXPERT", "paymentType": "FIXED_PRICE"});
    let (status, answer) = market.patch(&token, &path, changes).await;
    assert_eq!((status, &answer["status"]), (200, &json!("DRAFT")));
    assert_eq!(
        missing(&answer["validation"]["missingFields"]),
        ["fixedPrice"]
    );
    let (_, answer) = market
        .patch(&token, &path, json!({"fixedPrice": 300}))
        .await;
    assert_eq!(answer["validation"]["publishReady"], true);
    market.assert_no_violations();
}

#[tokio::test]
async fn an_idempotency_key_gives_the_same_draft() {
    let market = Market::new().await;
    let token = market.full().await;
    let body = json!({"rawJobDescription": "A job", "idempotencyKey": "k1"});
    let (first, one) = market.post(&token, "/job-drafts", body.clone()).await;
    let (second, two) = market.post(&token, "/job-drafts", body).await;
    assert_eq!((first, second), (201, 200));
    assert_eq!(one["jobId"], two["jobId"]);
    let source = json!({"source": {"type": "email", "text": "A job", "idempotencyKey": "k1"}});
    let (_, three) = market.post(&token, "/job-drafts", source).await;
    assert_eq!(one["jobId"], three["jobId"]);
    // Another account's key is another key.
    let (other, _) = market.register().await;
    let body = json!({"rawJobDescription": "A job", "idempotencyKey": "k1"});
    let (status, four) = market.post(&other, "/job-drafts", body).await;
    assert_eq!(status, 201);
    assert_ne!(one["jobId"], four["jobId"]);
}

#[tokio::test]
async fn every_format_is_read() {
    let market = Market::new().await;
    let token = market.full().await;
    let xml = "<job><title><![CDATA[Label streets]]></title><description>Boxes</description></job>";
    let hr = "<PositionTitle>Label streets</PositionTitle>";
    let salary = json!({"@type": "MonetaryAmount", "value": {"value": 25, "unitText": "HOUR"}});
    let posting =
        json!({"@type": "JobPosting", "title": "Label streets", "baseSalary": salary, "url": "x"});
    let canonical = json!({"jobTitle": "Label streets", "salary": 1});
    for (body, unmapped) in [
        (json!({"format": "text", "job": "Label streets"}), json!([])),
        (json!({"format": "indeed_xml", "xml": xml}), json!([])),
        (json!({"format": "hr_xml", "xml": hr}), json!([])),
        (
            json!({"format": "schema_org_job_posting", "jsonLd": posting}),
            json!(["jsonLd.url"]),
        ),
        (
            json!({"format": "opentrain_canonical", "job": canonical}),
            json!(["job.salary"]),
        ),
    ] {
        let (status, answer) = market.post(&token, "/job-drafts", body.clone()).await;
        assert_eq!(status, 201, "{answer}");
        assert_eq!(
            answer["normalizedFields"]["jobTitle"], "Label streets",
            "{body}"
        );
        let paths = answer["unmappedFields"].as_array().unwrap().iter();
        let paths: Vec<Value> = paths.map(|own| own["path"].clone()).collect();
        assert_eq!(json!(paths), unmapped);
    }
    let (_, answer) = market
        .post(
            &token,
            "/job-drafts",
            json!({"format": "schema_org_job_posting",
        "jsonLd": {"baseSalary": salary}}),
        )
        .await;
    assert_eq!(answer["normalizedFields"]["pricePerHour"], 25);
    market.assert_no_violations();
}

#[tokio::test]
async fn bad_descriptions_are_refused() {
    let market = Market::new().await;
    let token = market.full().await;
    for body in [
        json!({}),
        json!({"rawJobDescription": "x", "format": "text"}),
        json!({"rawJobDescription": "x".repeat(60_001)}),
        json!({"format": "text", "job": ""}),
        json!({"format": "text", "job": "x".repeat(60_001)}),
        json!({"format": "csv"}),
        json!({"format": "opentrain_canonical"}),
        json!({"format": "hr_xml", "xml": "<x></x>"}),
        json!({"format": "opentrain_canonical", "job": {"paymentType": "MONTHLY"}}),
        json!({"source": {"type": "email"}}),
    ] {
        let (status, answer) = market.post(&token, "/job-drafts", body).await;
        assert_eq!(
            (status, &answer["code"]),
            (400, &json!("BAD_REQUEST")),
            "{answer}"
        );
    }
    let longest = json!({"rawJobDescription": "x".repeat(60_000)});
    assert_eq!(market.post(&token, "/job-drafts", longest).await.0, 201);
    market.assert_no_violations();
}

#[tokio::test]
async fn an_update_is_refused_whole() {
    let market = Market::new().await;
    let token = market.full().await;
    let job = market.draft(&token).await;
    let path = format!("/job-drafts/{job}");
    for body in [
        json!({"jobTitle": "New", "experienceLevel": "GURU"}),
        json!({"jobTitle": "New", "pricePerHour": 0}),
        json!({"jobTitle": "New", "headcount": 1.5}),
        json!({"jobTitle": ""}),
        json!({}),
    ] {
        let (status, _) = market.patch(&token, &path, body.clone()).await;
        assert_eq!(status, 400, "{body}");
    }
    market.assert_no_violations();
    assert_eq!(
        market.patch(&token, &path, json!({"color": "red"})).await.0,
        400
    );
    assert_eq!(
        market
            .patch(&token, &path, json!({"countries": "ES"}))
            .await
            .0,
        400
    );
    assert_eq!(market.opentrain.violations().len(), 2);
    assert_eq!(market.opentrain.jobs()[0].title, "Label street scenes");
    let (other, _) = market.register().await;
    assert_eq!(market.patch(&other, &path, complete_job()).await.0, 404);
    assert_eq!(
        market
            .patch(&token, "/job-drafts/job_99", complete_job())
            .await
            .0,
        404
    );
    market.act(&token, &format!("/jobs/{job}/publish")).await;
    assert_eq!(market.patch(&token, &path, complete_job()).await.0, 409);
}

#[tokio::test]
async fn capabilities_follow_the_features() {
    let market = Market::new().await;
    let token = market.full().await;
    let (status, answer) = market.get(&token, "/job-drafts/capabilities").await;
    assert_eq!(
        (status, &answer["enabled"], &answer["rolloutMode"]),
        (200, &json!(true), &json!("ALL"))
    );
    let capabilities = answer["capabilities"].as_object().unwrap();
    assert_eq!(capabilities.len(), 11);
    assert!(capabilities.values().all(|own| *own == json!(true)));
    assert_eq!(
        answer["draft"]["importFormats"].as_array().unwrap().len(),
        5
    );
    assert_eq!(answer["draft"]["enums"].as_object().unwrap().len(), 3);
    market
        .done(
            "/features",
            json!({"feature": "public_api_hiring", "mode": "ALLOWLIST"}),
        )
        .await;
    let (_, answer) = market.get(&token, "/job-drafts/capabilities").await;
    assert_eq!(answer["capabilities"]["hiring"], false);
    assert_eq!(answer["capabilities"]["publish"], true);
    market
        .done(
            "/features",
            json!({"feature": "public_api_job_drafting", "mode": "ALLOWLIST"}),
        )
        .await;
    let (status, answer) = market.get(&token, "/job-drafts/capabilities").await;
    assert_eq!(
        (status, &answer["details"]["mode"]),
        (403, &json!("ALLOWLIST"))
    );
}
