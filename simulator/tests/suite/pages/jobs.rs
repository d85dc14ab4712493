//! Pages of jobs and people.

use serde_json::json;

use super::browser::Browser;
use crate::{employer::support::Market, support::text};

#[tokio::test]
async fn a_trainer_applies_on_the_job_s_page() {
    let market = Market::new().await;
    let token = market.full().await;
    let job = market.job(&token).await;
    let (_, own) = market.get("", &format!("/jobs/{job}")).await;
    let browser = Browser(&market);
    let page = browser.open(&text(&own["url"])).await;
    page.assert_shows(&[
        "Label street scenes",
        "Boxes around cars.",
        "Sandbox Employer",
        "ES, PT",
    ]);
    let apply = browser.open(&page.links("Apply")[0]).await;
    assert_eq!(apply.url.as_str(), text(&own["applyUrl"]));
    browser
        .send(&apply, "createProposal", &[("bidUsd", "25")])
        .await
        .assert_shows(&["Done."]);
    assert_eq!(market.updates(&token).await, ["proposal.received"]);
    let (_, list) = market.get(&token, &format!("/jobs/{job}/proposals")).await;
    let proposal = &list["proposals"][0];
    assert_eq!(proposal["bid"]["amountUsd"], 25);
    let slug = text(&proposal["candidate"]["profileSlug"]);
    let profile = browser.open(&format!("/freelancers/{slug}")).await;
    profile.assert_shows(&["Maria S.", "Portugal"]);
    market.act(&token, &format!("/jobs/{job}/close")).await;
    let closed = browser.open(&text(&own["url"])).await;
    assert_eq!(closed.status, 404);
    closed.assert_shows(&["this job is closed"]);
}

#[tokio::test]
async fn a_draft_shows_what_is_missing_and_is_published() {
    let market = Market::new().await;
    let token = market.full().await;
    let (_, answer) = market
        .post(
            &token,
            "/job-drafts",
            json!({"rawJobDescription": "Label cats"}),
        )
        .await;
    let job = text(&answer["jobId"]);
    let browser = Browser(&market);
    assert_eq!(answer["draftUrl"], answer["reviewUrl"]);
    let page = browser.open(&text(&answer["draftUrl"])).await;
    page.assert_shows(&[
        "Draft: Label cats",
        "What kind of data is labeled?",
        "PATCH /job-drafts/job_1",
    ]);
    assert!(!page.has_form("publishJob"));
    let (status, answer) = market
        .patch(
            &token,
            &format!("/job-drafts/{job}"),
            crate::employer::support::complete_job(),
        )
        .await;
    assert_eq!(status, 200, "{answer}");
    let page = browser.open(&format!("/jobs/drafts?jobId={job}")).await;
    browser
        .send(&page, "publishJob", &[])
        .await
        .assert_shows(&["State OPEN"]);
    assert_eq!(market.get("", &format!("/jobs/{job}")).await.0, 200);
    assert_eq!(browser.open("/jobs/drafts?jobId=job_99").await.status, 404);
}

#[tokio::test]
async fn the_desk_posts_hires_and_closes() {
    let market = Market::new().await;
    let token = market.full().await;
    let browser = Browser(&market);
    let page = browser.open("/desk/jobs").await;
    page.assert_shows(&["No job here"]);
    let page = browser
        .send(&page, "postJob", &[("title", "Cats & dogs")])
        .await;
    let job = page.links("Cats & dogs")[0].clone();
    let page = browser.open(&job).await;
    let page = browser.send(&page, "createProposal", &[]).await;
    let page = browser
        .send(&page, "reviewProposal", &[("status", "SHORTLISTED")])
        .await;
    page.assert_shows(&["Maria S.", "SHORTLISTED"]);
    let page = browser
        .send(&page, "hireInApp", &[("milestone.amount", "100")])
        .await;
    page.assert_shows(&["HIRED"]);
    let (_, list) = market.get(&token, "/contracts").await;
    assert_eq!(list["contracts"][0]["milestones"][0]["amountUsd"], 100);
    assert_eq!(
        list["contracts"][0]["milestones"][0]["status"],
        "ACTIVE_FUNDED"
    );
    let updates = market.updates(&token).await;
    assert!(
        updates.contains(&"approval.confirmed confirmed".to_owned()),
        "{updates:?}"
    );
    browser
        .send(&page, "closeJob", &[])
        .await
        .assert_shows(&["State ARCHIVED"]);
    let (_, mine) = market.get(&token, "/jobs/mine").await;
    assert_eq!(mine["jobs"][0]["status"], "ARCHIVED");
    market.assert_no_violations();
}

#[tokio::test]
async fn lists_have_a_hundred_rows_and_strict_filters() {
    let market = Market::new().await;
    for number in 0..205 {
        market
            .done("/jobs", json!({"title": format!("Job {number}")}))
            .await;
    }
    let browser = Browser(&market);
    let rows = |page: &super::browser::Page| page.html.matches("<a href=\"/desk/jobs/job_").count();
    let mut page = browser.open("/desk/jobs?status=OPEN").await;
    for (expected, last) in [(100, "Job 105"), (100, "Job 5"), (5, "Job 0")] {
        assert_eq!(rows(&page), expected);
        page.assert_shows(&[last]);
        let next = page.links("Next 100");
        match next.first() {
            Some(next) => {
                assert!(next.contains("status=OPEN"), "{next}");
                page = browser.open(next).await;
            }
            None => assert_eq!(expected, 5),
        }
    }
    for (path, shows) in [
        (
            "/desk/jobs?cursor=job_999",
            "cursor: is not a cursor of this list",
        ),
        (
            "/desk/jobs?status=OPENED",
            "The page has no rows with this status. It has ",
        ),
        ("/desk/jobs?sort=title", "unknown query parameter sort"),
        ("/desk/calls?api=private", "api: must be one of"),
        (
            "/desk/deliveries?endpointId=whe_9",
            "endpoint whe_9 not found",
        ),
    ] {
        let page = browser.open(path).await;
        assert!(page.status >= 400, "{path}");
        page.assert_shows(&[shows]);
        assert!(!page.shows("No job here"), "a failed read is not empty");
    }
}
