//! Messages, the feed of updates, and what an account shows of itself.

use serde_json::json;

use super::kit::Market;

#[tokio::test(flavor = "multi_thread")]
async fn the_feed_is_followed_and_continued() {
    let market = Market::claimed().await;
    let (job, proposal) = market.applied().await;
    let mut feed = market.start(&["updates", "--follow", "--every", "1", "--json"]);
    let first = feed.json().await;
    assert_eq!(
        (&first["type"], &first["data"]["proposalId"]),
        (&json!("proposal.received"), &json!(proposal))
    );
    let second = market.human("/proposals", json!({ "jobId": job })).await;
    assert_eq!(
        feed.json().await["data"]["proposalId"],
        second["proposalId"]
    );
    let cursor = first["id"].as_str().unwrap();
    let rest = market.run(&["updates", "--cursor", cursor]).await.done();
    assert!(
        rest.lines().count() == 1 && rest.contains("proposal.received"),
        "{rest}"
    );
    market.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_is_started_and_read() {
    let market = Market::claimed().await;
    let (_, proposal) = market.applied().await;
    let lost = market.run(&["messages", "--send", "Hello"]).await.failed(2);
    assert!(lost.contains("--proposal"), "{lost}");
    market
        .run(&[
            "messages",
            "--proposal",
            &proposal,
            "--send",
            "Can you start?",
        ])
        .await
        .done();
    let id = market.json(&["messages"]).await["conversations"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let answer = json!({ "conversationId": id, "content": "On \u{202e}Monday" });
    market.human("/messages", answer).await;
    let shown = market.run(&["messages", &id]).await.done();
    assert!(
        shown.contains("Can you start?") && shown.contains("Monday"),
        "{shown}"
    );
    assert!(!shown.contains('\u{202e}'), "{shown}");
    market.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_shows_itself() {
    let market = Market::claimed().await;
    let me = market.run(&["me"]).await.done();
    assert!(
        me.contains("org_1") && me.contains("payments:write"),
        "{me}"
    );
    let team = market.run(&["team"]).await.done();
    assert!(team.contains("OWNER"), "{team}");
    let (contract, _) = market.hired().await;
    let trainer = market.json(&["contracts", &contract]).await["freelancer"]["userId"]
        .as_str()
        .unwrap()
        .to_owned();
    let shown = market.run(&["freelancer", &trainer]).await.done();
    assert!(shown.contains(&trainer), "{shown}");
    let page = market.json(&["jobs", "--limit", "1"]).await;
    assert_eq!(page["nextCursor"], json!(null));
    let none = market.run(&["payments"]).await.done();
    assert!(none.contains("No payment waits"), "{none}");
    market.close();
}
