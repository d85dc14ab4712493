//! Conversations.

use serde_json::{Value, json};

use super::support::{Market, ids, reason};
use crate::support::text;

async fn conversation(market: &Market, token: &str) -> String {
    let job = market.job(token).await;
    let proposal = market.proposal(&job).await;
    let path = format!("/proposals/{proposal}/conversation");
    let (status, answer) = market.act(token, &path).await;
    assert_eq!((status, &answer["created"]), (201, &json!(true)));
    let (status, again) = market.act(token, &path).await;
    assert_eq!((status, &again["created"]), (200, &json!(false)));
    assert_eq!(answer["conversationId"], again["conversationId"]);
    text(&answer["conversationId"])
}

#[tokio::test]
async fn employer_and_trainer_write() {
    let market = Market::new().await;
    let token = market.full().await;
    let id = conversation(&market, &token).await;
    let early = json!({"conversationId": id, "content": "Hello"});
    let (status, answer) = market.human("/messages", early).await;
    assert_eq!(
        (status, reason(&answer)),
        (409, "employer_first_message_required")
    );
    let body = json!({"conversationId": id, "content": "Can you start on Monday?"});
    let (status, answer) = market.post(&token, "/messages", body).await;
    assert_eq!(
        (status, &answer["message"]["isFromViewer"]),
        (201, &json!(true))
    );
    let body = json!({"conversationId": id, "content": "Yes."});
    let reply = text(&market.done("/messages", body).await["messageId"]);
    let (_, list) = market.get(&token, "/messages").await;
    let own = &list["conversations"][0];
    assert_eq!(
        (&own["id"], &own["bucket"], &own["unreadCount"]),
        (&json!(id), &json!("proposal"), &json!(1))
    );
    assert_eq!(own["lastMessage"]["content"], "Yes.");
    let updates = market.get(&token, "/updates").await.1;
    let last = updates["events"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["type"], &last["resourceId"]),
        (&json!("message.received"), &json!(reply))
    );
    assert!(
        !updates.to_string().contains("Yes."),
        "a feed has ids, never content"
    );
    // Newest first; newer ones on request.
    let path = format!("/messages?conversationId={id}");
    let (_, list) = market.get(&token, &format!("{path}&limit=1")).await;
    assert_eq!(ids(&list["messages"]), [reply.as_str()]);
    let cursor = text(&list["nextCursor"]);
    let (_, older) = market.get(&token, &format!("{path}&cursor={cursor}")).await;
    let first = ids(&older["messages"]);
    assert_eq!((first.len(), &older["nextCursor"]), (1, &Value::Null));
    let (_, newer) = market
        .get(
            &token,
            &format!("{path}&direction=newer&cursor={}", first[0]),
        )
        .await;
    assert_eq!(ids(&newer["messages"]), [reply.as_str()]);
    market.assert_no_violations();
}

#[tokio::test]
async fn conversations_are_filtered() {
    let market = Market::new().await;
    let token = market.full().await;
    let proposal = conversation(&market, &token).await;
    let contract = market.contract(&token).await;
    let (_, detail) = market.get(&token, &format!("/contracts/{contract}")).await;
    let job = text(&detail["contract"]["jobDmConversationId"]);
    for (query, expected) in [
        ("", vec![&job, &proposal]),
        ("?filter=job", vec![&job]),
        ("?filter=proposal", vec![&proposal]),
        ("?unreadOnly=1", vec![]),
        ("?direction=newer&limit=1", vec![&proposal]),
    ] {
        let (_, list) = market.get(&token, &format!("/messages{query}")).await;
        let found = ids(&list["conversations"]);
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{query}");
    }
    for query in [
        "filter=x",
        "limit=0",
        "limit=101",
        "direction=up",
        "unreadOnly=yes",
        "cursor=x",
    ] {
        assert_eq!(
            market.get(&token, &format!("/messages?{query}")).await.0,
            400,
            "{query}"
        );
    }
}

#[tokio::test]
async fn messages_are_limited() {
    let market = Market::new().await;
    let token = market.full().await;
    let id = conversation(&market, &token).await;
    let send = |content: String| json!({"conversationId": id, "content": content});
    let (status, answer) = market
        .post(&token, "/messages", send("x".repeat(10_001)))
        .await;
    assert_eq!(
        (status, &answer["details"]["issues"][0]["path"]),
        (400, &json!(["content"]))
    );
    assert_eq!(
        market
            .post(&token, "/messages", send(String::new()))
            .await
            .0,
        400
    );
    assert_eq!(
        market
            .post(&token, "/messages", send("x".repeat(10_000)))
            .await
            .0,
        201
    );
    let (status, answer) = market
        .post(&token, "/messages", send("write to me@home.example".into()))
        .await;
    assert_eq!((status, reason(&answer)), (403, "message_policy_blocked"));
    assert!(answer["details"]["policy"].is_string());
    let (_, other) = market.claimed("ann@acme.example").await;
    assert_eq!(
        market.post(&other, "/messages", send("x".into())).await.0,
        403
    );
    assert_eq!(
        market
            .get(&other, &format!("/messages?conversationId={id}"))
            .await
            .0,
        403
    );
    let unknown = json!({"conversationId": "cnv_99", "content": "x"});
    assert_eq!(market.post(&token, "/messages", unknown).await.0, 404);
    let (_, list) = market.get(&token, "/messages").await;
    let proposal = text(&list["conversations"][0]["proposalId"]);
    let declined = json!({"status": "DECLINED"});
    market
        .done(&format!("/proposals/{proposal}/status"), declined)
        .await;
    let (status, answer) = market.post(&token, "/messages", send("x".into())).await;
    assert_eq!((status, reason(&answer)), (409, "read_only_conversation"));
    market.assert_no_violations();
}

#[tokio::test]
async fn an_invited_trainer_is_not_ready_for_messages() {
    let market = Market::new().await;
    let token = market.full().await;
    let job = market.job(&token).await;
    let trainer = text(&market.done("/trainers", json!({})).await["trainerId"]);
    let body = json!({"freelancerId": trainer});
    let (_, answer) = market
        .post(&token, &format!("/jobs/{job}/invites"), body)
        .await;
    let path = format!("/proposals/{}/conversation", text(&answer["proposalId"]));
    let (status, answer) = market.act(&token, &path).await;
    assert_eq!(
        (status, reason(&answer)),
        (409, "proposal_not_ready_for_messaging")
    );
}
