//! The feed of updates.

use reqwest::Method;
use serde_json::{Value, json};

use super::support::{Market, ids};
use crate::support::text;

#[tokio::test]
async fn the_feed_is_read_from_its_beginning_in_pages() {
    let market = Market::new().await;
    let token = market.full().await;
    let (status, empty) = market.get(&token, "/updates").await;
    assert_eq!(
        (status, empty),
        (
            200,
            json!({"events": [], "nextCursor": "0", "hasMore": false})
        )
    );
    let contract = market.contract(&token).await;
    let (_, all) = market.get(&token, "/updates").await;
    let known = ids(&all["events"]);
    assert_eq!((known.len(), &all["hasMore"]), (6, &json!(false)));
    let mut sorted = known.clone();
    sorted.sort_by_key(|id| id.parse::<u64>().unwrap());
    assert_eq!(known, sorted, "oldest first");
    let created = all["events"]
        .as_array()
        .unwrap()
        .iter()
        .find(|own| own["type"] == "contract.created");
    let created = created.unwrap();
    assert_eq!(
        (&created["apiVersion"], &created["resourceId"]),
        (&json!("v1"), &json!(contract))
    );
    assert_eq!(created["data"]["jobId"], created["jobId"]);
    let (mut cursor, mut read) = (String::new(), Vec::new());
    loop {
        let path = format!("/updates?limit=4{cursor}");
        let (_, page) = market.get(&token, &path).await;
        read.extend(ids(&page["events"]));
        cursor = format!("&cursor={}", text(&page["nextCursor"]));
        if page["hasMore"] == json!(false) {
            break;
        }
    }
    assert_eq!(read, known);
    let (_, page) = market
        .get(&token, &format!("/updates?limit=4{cursor}"))
        .await;
    assert_eq!(page["events"], json!([]));
    assert_eq!(
        page["nextCursor"],
        known[5].as_str(),
        "an empty page gives the cursor back"
    );
    for query in ["cursor=x", "cursor=-1", "limit=0", "limit=201"] {
        assert_eq!(
            market.get(&token, &format!("/updates?{query}")).await.0,
            400,
            "{query}"
        );
    }
    market.assert_no_violations();
}

#[tokio::test]
async fn types_without_their_scope_are_left_out() {
    let market = Market::new().await;
    let token = market.full().await;
    market.contract(&token).await;
    let reader = market.token(&["proposals:read"]).await;
    assert_eq!(
        market.updates(&reader).await,
        ["proposal.received", "proposal.status_changed HIRED"]
    );
    let messages = market.token(&["messages:read"]).await;
    assert!(market.updates(&messages).await.is_empty());
    let jobs = market.token(&["jobs:write"]).await;
    let (status, answer) = market.get(&jobs, "/updates").await;
    assert_eq!(status, 403);
    let required = json!(["proposals:read", "messages:read", "payments:read"]);
    assert_eq!(answer["details"]["requiredScopes"], required);
    let (_, other) = market.claimed("ann@acme.example").await;
    assert!(
        market.updates(&other).await.is_empty(),
        "each account has its own feed"
    );
}

#[tokio::test]
async fn a_budget_is_announced_in_both_directions() {
    let market = Market::new().await;
    let token = market.full().await;
    let contract = market.contract(&token).await;
    let job = market.opentrain.jobs()[0].id.clone();
    let scopes = ["project-links:write", "usage:write"];
    let install = json!({"appSlug": "my-tool", "scopes": scopes, "piiConsent": false});
    let partner = text(&market.done("/installs", install).await["token"]);
    let report = |path: String, body: Value| {
        let request = market.request(Method::POST, &format!("/api/partner/v1{path}"));
        request.bearer_auth(&partner).json(&body).send()
    };
    let link = json!({"externalProjectId": "streets", "jobId": job});
    report("/project-links".to_owned(), link).await.unwrap();
    let today = market.opentrain.now().to_string()[..10].to_owned();
    let usage =
        |hours: u64| json!({"entries": [{"workDate": today, "totalSeconds": hours * 3600}]});
    let path = format!("/contracts/{contract}/usage");
    for hours in [5, 8, 9, 10] {
        let answer = report(path.clone(), usage(hours)).await.unwrap();
        assert_eq!(answer.status(), 200);
    }
    market.opentrain.fund(&contract, 10.0, 200.0).unwrap();
    let (_, feed) = market.get(&token, "/updates").await;
    let events = feed["events"].as_array().unwrap().iter();
    let budgets: Vec<&Value> = events
        .filter(|own| own["type"] == "contract.budget_state_changed")
        .collect();
    let states: Vec<(String, String)> = budgets
        .iter()
        .map(|own| {
            (
                text(&own["data"]["previousState"]),
                text(&own["data"]["state"]),
            )
        })
        .collect();
    let pair = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    assert_eq!(
        states,
        [
            pair("OK", "LOW"),
            pair("LOW", "DEPLETED"),
            pair("DEPLETED", "OK")
        ]
    );
    let data = &budgets[0]["data"];
    assert_eq!(
        (&data["consumedVolume"], &data["consumedFraction"]),
        (&json!(8), &json!(0.8))
    );
    assert_eq!(
        (&data["fundedVolume"], &data["remainingVolume"]),
        (&json!(10), &json!(2))
    );
}
