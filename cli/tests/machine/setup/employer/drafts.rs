//! Drafts on a terminal, from files and from fields.

use serde_json::json;

use super::kit::Market;
use crate::setup::ground::finish;

/// `bridge employer` on the terminal that `script` makes.
fn on_a_terminal(market: &Market, line: &str) -> std::process::Command {
    let inner = market.command(&[]);
    let mut command = std::process::Command::new("script");
    let bridge = inner.get_program().to_str().unwrap();
    let line = format!("{bridge} employer {line}");
    command
        .args(["-qec", &line, "/dev/null"])
        .current_dir(market.path(""));
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("SHELL", "/bin/sh");
    command.envs(
        inner
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    command
}

/// After an invalid answer the command asks again. An empty answer skips the field.
#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_asks_for_each_missing_field() {
    let market = Market::claimed().await;
    let line = "draft --text 'Label cats'";
    let command = on_a_terminal(&market, line);
    let run = finish(command, "IMAGE\nnovice\nexpert\npay-per-hour\nmuch\n12.5\n").await;
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    for told in [
        "What kind of data is labeled?",
        "must be one of EXPERT",
        "What do you pay?",
        "must be a number",
        "can be published",
    ] {
        assert!(run.out.contains(told), "{told}: {}", run.out);
    }
    let job = market.json(&["jobs"]).await["jobs"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    market.run(&["publish", &job]).await.done();
    market.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_comes_from_each_format() {
    let market = Market::claimed().await;
    let posting = json!({ "@type": "JobPosting", "title": "Cats", "description": "Label cats" });
    std::fs::write(market.path("posting.json"), posting.to_string()).unwrap();
    std::fs::write(market.path("feed.xml"), "<job><title>Dogs</title></job>").unwrap();
    let titled = async |args: &[&str]| {
        let draft = market.json(args).await;
        draft["normalizedFields"]["jobTitle"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        titled(&["draft", "posting.json", "--format", "json-ld"]).await,
        "Cats"
    );
    assert_eq!(
        titled(&["draft", "feed.xml", "--format", "indeed-xml"]).await,
        "Dogs"
    );
    assert_eq!(titled(&["draft", "--set", "jobTitle=Birds"]).await, "Birds");
    let again = ["draft", "--text", "Fish", "--key", "k1"];
    let first = market.json(&again).await["jobId"].clone();
    assert_eq!(market.json(&again).await["jobId"], first);
    let wrong = market
        .run(&["draft", "feed.xml", "--format", "fields"])
        .await
        .failed(2);
    assert!(wrong.contains("not a JSON object"), "{wrong}");
    market.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_field_is_refused_before_anything_is_drafted() {
    let market = Market::claimed().await;
    for (set, told) in [
        ("paymentType=barter", "must be one of"),
        ("title=x", "no such field"),
    ] {
        let refused = market
            .run(&["draft", "--text", "Cats", "--set", set])
            .await
            .failed(2);
        assert!(refused.contains(told), "{refused}");
    }
    assert_eq!(market.json(&["jobs"]).await["jobs"], json!([]));
}

/// OpenTrain refuses a value that the form accepts. The answers before it are kept.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_value_is_asked_again_on_a_terminal() {
    let market = Market::claimed().await;
    let line = "draft --text 'Label cats' --set headcount=-1 --set labelTypes=BOX";
    let command = on_a_terminal(&market, line);
    let run = finish(command, "IMAGE\nexpert\npay-per-hour\n-5\n12.5\n").await;
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    for told in [
        "OpenTrain refuses --set headcount=-1:",
        "OpenTrain refuses it:",
        "must be positive",
        "can be published",
    ] {
        assert!(run.out.contains(told), "{told}: {}", run.out);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_value_names_its_flag_without_a_terminal() {
    let market = Market::claimed().await;
    let set = ["--set", "dataType=IMAGE", "--set", "pricePerHour=-5"];
    let told = |error: &str| {
        assert!(
            error.contains("--set pricePerHour=-5") && error.contains("must be positive"),
            "{error}"
        );
    };
    told(&market.run(&[&["draft"], &set[..]].concat()).await.failed(1));
    assert_eq!(market.json(&["jobs"]).await["jobs"], json!([]));
    let with_text = [&["draft", "--text", "Cats"], &set[..]].concat();
    let error = market.run(&with_text).await.failed(1);
    told(&error);
    assert!(error.contains("without the fields of --set"), "{error}");
    let job = market.json(&["jobs"]).await["jobs"][0]["id"].clone();
    let job = job.as_str().unwrap().to_owned();
    told(
        &market
            .run(&[&["update-draft", &job], &set[..]].concat())
            .await
            .failed(1),
    );
}
