//! Invitations, proposals, interviews and profiles.

use serde_json::{Value, json};

use super::support::{Market, ids, reason};
use crate::support::text;

#[tokio::test]
async fn proposals_are_listed_newest_first_with_masked_names() {
    let market = Market::new().await;
    let token = market.full().await;
    let job = market.job(&token).await;
    let mut proposals = Vec::new();
    for _ in 0..3 {
        proposals.insert(0, market.proposal(&job).await);
    }
    let path = format!("/jobs/{job}/proposals");
    let (_, all) = market.get(&token, &path).await;
    assert_eq!(ids(&all["proposals"]), proposals);
    let proposal = &all["proposals"][0];
    assert_eq!(
        proposal["status"],
        json!({"raw": "UNREVIEWED", "label": "Unreviewed"})
    );
    assert_eq!(
        proposal["bid"],
        json!({"amountUsd": 20, "unit": "PER_HOUR", "labelerHourlyRateUsd": 20})
    );
    let candidate = &proposal["candidate"];
    assert_eq!(
        (&candidate["firstName"], &candidate["lastNameInitial"]),
        (&json!("Aiko"), &json!("N"))
    );
    assert_eq!(
        (&candidate["countryCode"], &candidate["country"]),
        (&json!("PT"), &json!("Portugal"))
    );
    assert!(!all.to_string().contains("@opentrain.work"));
    let status = json!({"status": "SHORTLISTED"});
    market
        .done(&format!("/proposals/{}/status", proposals[1]), status)
        .await;
    let (_, some) = market
        .get(&token, &format!("{path}?status=SHORTLISTED"))
        .await;
    assert_eq!(ids(&some["proposals"]), [proposals[1].clone()]);
    let (_, page) = market.get(&token, &format!("{path}?limit=2")).await;
    assert_eq!(
        page["nextCursor"],
        proposals[1].as_str(),
        "a cursor is a proposal id"
    );
    let (_, page) = market
        .get(&token, &format!("{path}?cursor={}", proposals[1]))
        .await;
    assert_eq!(ids(&page["proposals"]), [proposals[2].clone()]);
    assert_eq!(
        market
            .get(&token, &format!("{path}?status=shortlisted"))
            .await
            .0,
        400
    );
    assert_eq!(market.get(&token, &format!("{path}?limit=0")).await.0, 400);
    market.assert_no_violations();
}

#[tokio::test]
async fn a_proposal_and_its_interview_are_read() {
    let market = Market::new().await;
    let token = market.full().await;
    let job = market.job(&token).await;
    let proposal = market.proposal(&job).await;
    let (status, answer) = market.get(&token, &format!("/proposals/{proposal}")).await;
    assert_eq!(status, 200);
    assert_eq!(
        answer["proposal"]["aiInterview"]["transcriptAvailable"],
        true
    );
    assert_eq!(answer["proposal"]["contract"], Value::Null);
    let (_, answer) = market
        .get(&token, &format!("/proposals/{proposal}/interview"))
        .await;
    let messages = answer["interview"]["messages"].as_array().unwrap();
    let roles: Vec<String> = messages.iter().map(|own| text(&own["role"])).collect();
    assert_eq!(roles, ["interviewer", "candidate"]);
    let body = json!({"jobId": job, "interview": false, "bidUsd": 18.5});
    let silent = text(&market.done("/proposals", body).await["proposalId"]);
    let (status, answer) = market
        .get(&token, &format!("/proposals/{silent}/interview"))
        .await;
    assert_eq!(
        (status, &answer["details"]["proposalId"]),
        (404, &json!(silent))
    );
    let (_, answer) = market.get(&token, &format!("/proposals/{silent}")).await;
    assert_eq!(answer["proposal"]["bid"]["amountUsd"], 18.5);
    assert_eq!(answer["proposal"]["metrics"]["interviewScore"], Value::Null);
}

#[tokio::test]
async fn proposals_of_others_are_forbidden() {
    let market = Market::new().await;
    let token = market.full().await;
    let job = market.job(&token).await;
    let proposal = market.proposal(&job).await;
    let (_, other) = market.claimed("ann@acme.example").await;
    for path in [
        format!("/jobs/{job}/proposals"),
        format!("/proposals/{proposal}"),
        format!("/proposals/{proposal}/interview"),
    ] {
        assert_eq!(market.get(&other, &path).await.0, 403, "{path}");
    }
    let conversation = format!("/proposals/{proposal}/conversation");
    assert_eq!(market.act(&other, &conversation).await.0, 403);
    assert_eq!(market.get(&other, "/jobs/job_99/proposals").await.0, 404);
    assert_eq!(market.get(&other, "/proposals/prp_99").await.0, 404);
}

#[tokio::test]
async fn a_trainer_is_invited_once_and_may_apply() {
    let market = Market::new().await;
    let token = market.full().await;
    let job = market.job(&token).await;
    let trainer = text(&market.done("/trainers", json!({})).await["trainerId"]);
    let path = format!("/jobs/{job}/invites");
    let body = json!({"freelancerId": trainer});
    let (status, first) = market.post(&token, &path, body.clone()).await;
    assert_eq!((status, &first["alreadyInvited"]), (201, &json!(false)));
    let (status, second) = market.post(&token, &path, body).await;
    assert_eq!((status, &second["alreadyInvited"]), (200, &json!(true)));
    assert_eq!(first["proposalId"], second["proposalId"]);
    assert!(
        market.updates(&token).await.is_empty(),
        "an invitation is no application"
    );
    let application = json!({"jobId": job, "trainerId": trainer});
    let answer = market.done("/proposals", application.clone()).await;
    assert_eq!(answer["proposalId"], first["proposalId"]);
    assert_eq!(market.updates(&token).await, ["proposal.received"]);
    let (status, answer) = market.human("/proposals", application).await;
    assert_eq!((status, reason(&answer)), (409, "already_applied"));
    market.assert_no_violations();
}

#[tokio::test]
async fn impossible_invitations_are_refused() {
    let market = Market::new().await;
    let token = market.full().await;
    let draft = market.draft(&token).await;
    let job = market.job(&token).await;
    let busy = json!({"available": false});
    let busy = text(&market.done("/trainers", busy).await["trainerId"]);
    let free = text(&market.done("/trainers", json!({})).await["trainerId"]);
    let (_, me) = market.get(&token, "/auth/me").await;
    let own = text(&me["actor"]["userId"]);
    for (job, trainer, expected, why) in [
        (&draft, &free, 409, "job_not_published"),
        (&job, &own, 409, "not_a_freelancer"),
        (&job, &busy, 409, "freelancer_unavailable"),
        (&job, &"usr_99".to_owned(), 404, ""),
        (&"job_99".to_owned(), &free, 404, ""),
    ] {
        let body = json!({"freelancerId": trainer});
        let (status, answer) = market
            .post(&token, &format!("/jobs/{job}/invites"), body)
            .await;
        assert_eq!((status, reason(&answer)), (expected, why));
    }
    let (_, other) = market.claimed("ann@acme.example").await;
    let body = json!({"freelancerId": free});
    assert_eq!(
        market
            .post(&other, &format!("/jobs/{job}/invites"), body)
            .await
            .0,
        404
    );
    assert_eq!(
        market
            .post(&token, &format!("/jobs/{job}/invites"), json!({}))
            .await
            .0,
        400
    );
}

#[tokio::test]
async fn profiles_are_read_by_id_and_by_address() {
    let market = Market::new().await;
    let token = market.full().await;
    let body = json!({"displayName": "Ana P.", "country": "ES", "hourlyRateUsd": 31});
    let trainer = text(&market.done("/trainers", body).await["trainerId"]);
    let (status, by_id) = market.get(&token, &format!("/freelancers/{trainer}")).await;
    assert_eq!(status, 200);
    let profile = &by_id["freelancer"];
    assert_eq!(
        (&profile["country"], &profile["hourlyRateUsd"]),
        (&json!("Spain"), &json!(31))
    );
    let slug = text(&profile["profileSlug"]);
    let (_, by_slug) = market.get(&token, &format!("/freelancers/{slug}")).await;
    assert_eq!(by_id, by_slug);
    assert_eq!(market.get(&token, "/freelancers/unknown").await.0, 404);
    let nameless = text(&market.done("/trainers", json!({"displayName": " "})).await["trainerId"]);
    let job = market.job(&token).await;
    let body = json!({"jobId": job, "trainerId": nameless});
    let proposal = text(&market.done("/proposals", body).await["proposalId"]);
    let (_, answer) = market.get(&token, &format!("/proposals/{proposal}")).await;
    assert_eq!(answer["proposal"]["candidate"]["displayName"], "Freelancer");
    let (_, answer) = market
        .get(&token, &format!("/freelancers/{nameless}"))
        .await;
    assert_eq!(answer["freelancer"]["displayName"], "Freelancer");
}
