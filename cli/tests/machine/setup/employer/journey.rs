//! OpenTrain's quickstart: register, draft, publish, claim, proposals, hire. Then the end.

use serde_json::{Value, json};

use super::kit::Market;

#[tokio::test(flavor = "multi_thread")]
async fn a_first_hire_from_registration_to_its_end() {
    let mut market = Market::new().await;
    let register = ["register", "--organization", "Acme"];
    let registered = market.run(&register).await.done();
    assert!(registered.contains("bridge employer claim"), "{registered}");
    let job = post(&market).await;
    claim(&market).await;
    let proposal = apply(&market, &job).await;
    let contract = hire(&market, &job, &proposal).await;
    end(&mut market, &contract).await;
    market.run(&["close", &job, "--yes"]).await.done();
    let jobs = market.json(&["jobs"]).await;
    assert_eq!(jobs["jobs"][0]["status"], "ARCHIVED");
    market.close();
}

/// Drafts a job, completes the fields that the command lists, and publishes it.
async fn post(market: &Market) -> String {
    let text = "Label street scenes\nBoxes around cars.";
    std::fs::write(market.path("job.txt"), text).unwrap();
    let drafted = market.run(&["draft", "job.txt"]).await.done();
    let mut words = drafted.split_whitespace();
    let job = words.find(|it| it.starts_with("job_")).unwrap().to_owned();
    for told in [
        "How experienced should the trainers be?",
        "EXPERT, ENTRY_LEVEL",
        "--set dataType=…",
        "bridge employer update-draft job_",
    ] {
        assert!(drafted.contains(told), "{told}: {drafted}");
    }
    let set = [
        "dataType=IMAGE",
        "experienceLevel=expert",
        "paymentType=pay per hour",
    ];
    let mut update = vec!["update-draft", &job];
    update.extend(set.iter().flat_map(|it| ["--set", it]));
    let open = market.run(&update).await.done();
    assert!(open.contains("pricePerHour"), "of the type: {open}");
    let price = ["update-draft", &job, "--set", "pricePerHour=20"];
    let complete = market.run(&price).await.done();
    let next = format!("bridge employer publish {job}");
    assert!(complete.contains(&next), "{complete}");
    market.run(&["publish", &job]).await.done();
    job
}

async fn claim(market: &Market) {
    let before = market.stored();
    let command = ["claim", "--email", "owner@acme.example", "--json"];
    let mut claim = market.start(&command);
    let asked = claim.json().await;
    let address = asked["verificationUri"].as_str().unwrap();
    assert!(address.starts_with("http"), "{asked}");
    let code = asked["userCode"].as_str().unwrap();
    let confirm = format!("/claims/{code}/confirm");
    market.human(&confirm, json!({})).await;
    let (code, told) = claim.ended().await;
    assert_eq!(code, 0, "{told}");
    assert!(told.contains(r#""claimed":true"#), "{told}");
    assert_ne!(market.stored()["token"], before["token"]);
    assert_eq!(market.stored().get("claimToken"), None);
}

/// A trainer applies, and the employer reads it.
async fn apply(market: &Market, job: &str) -> String {
    let made = market.human("/proposals", json!({ "jobId": job })).await;
    let proposal = made["proposalId"].as_str().unwrap().to_owned();
    let listed = market.run(&["proposals", job]).await.done();
    for told in [proposal.as_str(), "$20.00 PER_HOUR"] {
        assert!(listed.contains(told), "{told}: {listed}");
    }
    let interview = market.run(&["interview", &proposal]).await.done();
    assert!(interview.contains("candidate:"), "{interview}");
    proposal
}

/// Returns the contract.
async fn hire(market: &Market, job: &str, proposal: &str) -> String {
    let terms = ["--amount", "500", "--milestone", "First batch", "--wait"];
    let mut hire = market.start(&[&["hire", proposal], &terms[..]].concat());
    let asked = [hire.line().await, hire.line().await].join("\n");
    for told in [
        "hire of prp_",
        "$500.00",
        "/approvals/apr_",
        "Nothing is spent before that.",
    ] {
        assert!(asked.contains(told), "{told}: {asked}");
    }
    market.confirm().await;
    let (code, told) = hire.ended().await;
    assert_eq!((code, told.contains("Confirmed.")), (0, true), "{told}");
    let contracts = market.json(&["contracts", "--job", job]).await;
    let contract = contracts["contracts"][0]["id"].as_str().unwrap();
    assert!(told.contains(contract), "{told}");
    contract.to_owned()
}

/// The claimed account's token has no right to end a contract; a human makes one that has it.
async fn end(market: &mut Market, contract: &str) {
    let end = ["end", contract, "--yes"];
    let refused = market.run(&end).await.failed(1);
    let told = "the scope payments:write. Only a human";
    assert!(refused.contains(told), "{refused}");
    market.token = Some(market.minted(&["payments:write"]).await);
    let waits = market.start(&[&end[..], &["--wait"]].concat());
    market.confirm().await;
    assert_eq!(waits.ended().await.0, 0);
    let ended: Value = market.json(&["contracts", contract]).await;
    assert_eq!(ended["status"], "ended");
    market.token = None;
}

/// Each part of the command has help with an example.
#[tokio::test(flavor = "multi_thread")]
async fn the_help_has_examples() {
    let market = Market::new().await;
    let help = market.run(&["--help"]).await.done();
    let commands = help.split("Commands:").nth(1).unwrap();
    let commands = commands.split("Options:").next().unwrap();
    let names = commands
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next());
    let names: Vec<_> = names.filter(|name| *name != "help").collect();
    assert!(names.len() > 25, "{names:?}");
    for name in names {
        let help = market.run(&[name, "--help"]).await.done();
        assert!(help.contains("Example"), "{name}: {help}");
    }
}
