//! OpenTrain's quickstart: register, draft, publish, claim, proposals, hire. Then the end.

use serde_json::json;

use super::kit::Market;

#[tokio::test(flavor = "multi_thread")]
async fn a_first_hire_from_registration_to_its_end() {
    let mut market = Market::new().await;
    let registered = market
        .run(&["register", "--organization", "Acme"])
        .await
        .done();
    assert!(registered.contains("bridge employer claim"), "{registered}");
    let token = market.stored()["token"].as_str().unwrap().to_owned();

    std::fs::write(
        market.path("job.txt"),
        "Label street scenes\nBoxes around cars.",
    )
    .unwrap();
    let drafted = market.run(&["draft", "job.txt"]).await.done();
    let job = drafted
        .split_whitespace()
        .find(|it| it.starts_with("job_"))
        .unwrap()
        .to_owned();
    for told in [
        "How experienced should the trainers be?",
        "EXPERT, ENTRY_LEVEL",
        "--set dataType=…",
        "bridge employer update-draft job_",
    ] {
        assert!(drafted.contains(told), "{told}: {drafted}");
    }
    let set = [
        "update-draft",
        &job,
        "--set",
        "dataType=IMAGE",
        "--set",
        "experienceLevel=expert",
        "--set",
        "paymentType=pay per hour",
    ];
    let open = market.run(&set).await.done();
    assert!(
        open.contains("pricePerHour"),
        "the price follows from the type: {open}"
    );
    let complete = market
        .run(&["update-draft", &job, "--set", "pricePerHour=20"])
        .await
        .done();
    assert!(
        complete.contains(&format!("bridge employer publish {job}")),
        "{complete}"
    );
    market.run(&["publish", &job]).await.done();

    claim(&market).await;
    assert_ne!(market.stored()["token"], token.as_str());
    assert_eq!(market.stored().get("claimToken"), None);
    let proposal = market.human("/proposals", json!({ "jobId": job })).await["proposalId"]
        .as_str()
        .unwrap()
        .to_owned();
    let proposals = market.run(&["proposals", &job]).await.done();
    assert!(
        proposals.contains(&proposal) && proposals.contains("$20.00 PER_HOUR"),
        "{proposals}"
    );
    let interview = market.run(&["interview", &proposal]).await.done();
    assert!(interview.contains("candidate:"), "{interview}");

    let mut hire = market.start(&[
        "hire",
        &proposal,
        "--amount",
        "500",
        "--milestone",
        "First batch",
        "--wait",
    ]);
    let asked = [hire.line().await, hire.line().await].join("\n");
    for told in [
        "hire of prp_",
        "$500.00",
        "/approvals/apr_",
        "Nothing is spent before.",
    ] {
        assert!(asked.contains(told), "{told}: {asked}");
    }
    let approval = market.pending().await;
    market
        .human(&format!("/approvals/{approval}/confirm"), json!({}))
        .await;
    let (code, told) = hire.ended().await;
    assert_eq!((code, told.contains("Confirmed.")), (0, true), "{told}");
    let contracts = market.json(&["contracts", "--job", &job]).await;
    let contract = contracts["contracts"][0]["id"].as_str().unwrap().to_owned();
    assert!(told.contains(&contract), "{told}");

    let refused = market.run(&["end", &contract, "--yes"]).await.failed(1);
    assert!(
        refused.contains("the scope payments:write. Only a human"),
        "{refused}"
    );
    market.token = Some(market.minted(&["payments:write"]).await);
    let end = market.start(&["end", &contract, "--yes", "--wait"]);
    let approval = market.pending().await;
    market
        .human(&format!("/approvals/{approval}/confirm"), json!({}))
        .await;
    assert_eq!(end.ended().await.0, 0);
    let ended = market.json(&["contracts", &contract]).await;
    assert_eq!(ended["status"], "ended");
    market.token = None;
    market.run(&["close", &job, "--yes"]).await.done();
    assert_eq!(
        market.json(&["jobs"]).await["jobs"][0]["status"],
        "ARCHIVED"
    );
    market.close();
}

async fn claim(market: &Market) {
    let mut claim = market.start(&["claim", "--email", "owner@acme.example", "--json"]);
    let asked = claim.json().await;
    assert!(
        asked["verificationUri"]
            .as_str()
            .unwrap()
            .starts_with("http"),
        "{asked}"
    );
    let code = asked["userCode"].as_str().unwrap();
    market
        .human(&format!("/claims/{code}/confirm"), json!({}))
        .await;
    let (code, told) = claim.ended().await;
    assert_eq!(code, 0, "{told}");
    assert!(told.contains(r#""claimed":true"#), "{told}");
}

/// Each part of the command has help with an example.
#[tokio::test(flavor = "multi_thread")]
async fn the_help_has_examples() {
    let market = Market::new().await;
    let help = market.run(&["--help"]).await.done();
    let commands = help
        .split("Commands:")
        .nth(1)
        .unwrap()
        .split("Options:")
        .next()
        .unwrap();
    let names: Vec<_> = commands
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    assert!(names.len() > 25, "{names:?}");
    for name in names {
        let help = market.run(&[name, "--help"]).await.done();
        assert!(help.contains("Example"), "{name}: {help}");
    }
}
