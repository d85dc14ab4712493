//! Commands that spend money wait for a human.

use serde_json::json;

use super::kit::Market;

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_or_expired_hire_is_a_failure() {
    let market = Market::claimed().await;
    let (_, proposal) = market.applied().await;
    let hire = ["hire", &proposal, "--amount", "500", "--milestone", "One"];
    let asked = market.run(&hire).await.done();
    assert!(asked.contains("--wait`"), "{asked}");
    let first = market.pending().await;
    let wait = market.start(&["approvals", &first, "--wait"]);
    market
        .human(&format!("/approvals/{first}/decline"), json!({}))
        .await;
    let (code, told) = wait.ended().await;
    assert_eq!(code, 1);
    assert!(told.contains("declined: nothing was done"), "{told}");

    let second = market.json(&hire).await["approval"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    market.human("/clock", json!({ "advance": "PT73H" })).await;
    let expired = market
        .run(&["approvals", &second, "--wait", "--json"])
        .await;
    assert_eq!(expired.code, 1, "{}", expired.err);
    let printed: serde_json::Value = serde_json::from_str(&expired.out).unwrap();
    assert_eq!(printed["approval"]["status"], "expired");
    assert_eq!(market.json(&["contracts"]).await["contracts"], json!([]));
    market.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_milestone_is_added_funded_and_paid() {
    let market = Market::claimed().await;
    let (contract, _) = market.hired().await;
    let create = [
        "milestones",
        "create",
        &contract,
        "--description",
        "Two",
        "--volume",
        "4",
    ];
    let made = market.json(&create).await;
    assert_eq!(
        (made["amountUsd"].as_f64(), &made["status"]),
        (Some(80.0), &json!("NOT_FUNDED"))
    );
    let id = made["id"].as_str().unwrap();
    let early = market.run(&["milestones", "approve", id]).await.failed(1);
    assert!(early.contains("milestones fund"), "{early}");
    for (action, status) in [("fund", "ACTIVE_FUNDED"), ("approve", "PAID")] {
        let wait = market.start(&["milestones", action, id, "--wait", "--json"]);
        market.confirm().await;
        let (code, told) = wait.ended().await;
        assert_eq!(code, 0, "{told}");
        let contract = market.json(&["contracts", &contract]).await;
        let milestones = contract["milestones"].as_array().unwrap();
        let own = milestones.iter().find(|it| it["id"] == id).unwrap();
        assert_eq!(own["status"], status);
    }
    let shown = market.run(&["contracts", &contract]).await.done();
    assert!(
        shown.contains("PAY_PER_HOUR") && shown.contains("$80.00"),
        "{shown}"
    );
    market.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn credits_are_bought_by_a_human_and_pay_a_hire() {
    let market = Market::claimed().await;
    market
        .human("/organizations/org_1", json!({ "cardOnFile": false }))
        .await;
    let (_, proposal) = market.applied().await;
    let hire = ["hire", &proposal, "--amount", "100", "--milestone", "One"];
    let refused = market.run(&hire).await.failed(1);
    assert!(
        refused.contains("/billing") && refused.contains("bridge employer top-up"),
        "{refused}"
    );

    let mut buy = market.start(&["top-up", "250", "--wait"]);
    let asked = [buy.line().await, buy.line().await].join("\n");
    assert!(
        asked.contains("/checkout/top_") && asked.contains("Nothing is bought before"),
        "{asked}"
    );
    let id = asked
        .split("/checkout/")
        .nth(1)
        .unwrap()
        .split([',', '.'])
        .next()
        .unwrap();
    market
        .human(&format!("/top-ups/{id}/complete"), json!({}))
        .await;
    let (code, told) = buy.ended().await;
    assert_eq!((code, told.contains("Paid:")), (0, true), "{told}");
    assert_eq!(
        market.json(&["credits"]).await["credits"]["availableCents"],
        25_000
    );
    let shown = market.run(&["credits", "--ledger"]).await.done();
    assert!(
        shown.contains("TOP_UP") && shown.contains("$250.00"),
        "{shown}"
    );
    market.run(&hire).await.done();

    let late = market.json(&["top-up", "10"]).await["topUpId"].clone();
    assert!(late.is_string());
    let mut wait = market.start(&["top-up", "10", "--wait"]);
    // The purchase exists before it expires.
    wait.line().await;
    market.human("/clock", json!({ "advance": "PT25H" })).await;
    let (code, told) = wait.ended().await;
    assert_eq!(
        (code, told.contains("EXPIRED: nothing was bought")),
        (1, true),
        "{told}"
    );
    market.close();
}

/// Without a terminal, nothing is ended or closed by accident.
#[tokio::test(flavor = "multi_thread")]
async fn an_end_needs_a_confirmation() {
    let market = Market::claimed().await;
    let (contract, milestone) = market.hired().await;
    for args in [["end", contract.as_str()], ["close", "job_1"]] {
        let asked = market.run(&args).await.failed(2);
        assert!(asked.contains("--yes"), "{asked}");
    }
    let funded = market
        .run(&["milestones", "fund", &milestone])
        .await
        .failed(1);
    assert!(funded.contains("funded or paid already"), "{funded}");
    let asked = market.run(&["end", &contract, "--yes"]).await.done();
    assert!(
        asked.contains("which has a funded milestone") && asked.contains("Nothing is spent before"),
        "{asked}"
    );
    assert_eq!(
        market.json(&["contracts", &contract]).await["status"],
        "active"
    );
}
