use serde_json::Value;
use simulator::{ConsentOptions, Fault, On, Scope, What};

use crate::common::listener::receiver;
use crate::setup::ground::{Ground, PROJECT};

/// A connection whose endpoint leads to a bridge.
pub(super) async fn set_up() -> Ground {
    subscribed_to(&receiver("default").await).await
}

pub(super) async fn subscribed_to(hook: &str) -> Ground {
    let ground = Ground::connected().await;
    ground
        .bridge(&["link", "--job", &ground.job, "--project", PROJECT])
        .await
        .done();
    ground.subscribe(hook).await.done();
    ground
}

/// The faults that `bridge check` finds, with their suggested fixes.
pub(super) async fn wrongs(ground: &Ground) -> Vec<String> {
    let run = ground.bridge(&["check", "--json"]).await;
    let found: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(found["good"], run.code == 0, "{}", run.out);
    let findings = found["findings"].as_array().unwrap().clone();
    let wrong = findings.into_iter().filter(|it| it["state"] == "wrong");
    wrong
        .map(|it| {
            format!(
                "{} → {}",
                it["finding"].as_str().unwrap(),
                it["fix"].as_str().unwrap_or_default()
            )
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_is_well() {
    let ground = set_up().await;
    let shown = ground.bridge(&["check"]).await.done();
    assert!(
        !shown.contains("wrong") && shown.matches("look ").count() == 1,
        "{shown}"
    );
    for told in [
        "project `streets` (Street scenes)",
        "members can be removed",
        "refuses what is not signed",
        "org_1",
        "project by project",
        "no bridge runs on this database",
    ] {
        assert!(shown.contains(told), "{told}: {shown}");
    }
    let writes = ground.tool.writes();
    assert!(
        writes.values().all(|it| it.puts == 0) && writes.len() == 1,
        "one removal of an unknown member: {writes:?}"
    );
    assert!(ground.tool.members(PROJECT).is_empty());
    ground.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_set_up() {
    let ground = Ground::new().await;
    let wrong = wrongs(&ground).await;
    assert!(
        wrong.len() == 1 && wrong[0].contains("bridge connect"),
        "{wrong:?}"
    );
    ground.connect("default", &ground.grant.token).await.done();
    let wrong = wrongs(&ground).await;
    assert!(
        wrong.len() == 1 && wrong[0].contains("bridge subscribe --url"),
        "{wrong:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tools_token_without_the_right_to_remove_is_found_before_it_hurts() {
    let ground = set_up().await;
    ground
        .tool
        .fault(Fault::lasting(On::method("DELETE"), What::status(403)));
    let wrong = wrongs(&ground).await;
    assert!(
        wrong.len() == 1
            && wrong[0].contains("members can't be removed")
            && wrong[0].contains("TOOL_API_TOKEN"),
        "{wrong:?}"
    );
    ground.tool.clear_faults();
    ground.tool.delete_project(PROJECT).unwrap();
    let wrong = wrongs(&ground).await;
    let link = &ground.opentrain.links()[0].id;
    let relink = format!(
        "→ `bridge unlink {link} --force`, then `bridge link --job {} --project PROJECT`",
        ground.job
    );
    assert!(
        wrong.len() == 1
            && wrong[0].contains("no such project in the tool")
            && wrong[0].contains(&relink),
        "{wrong:?}"
    );
    ground.tool.set_token("another");
    let wrong = wrongs(&ground).await;
    assert!(
        wrong.len() == 1 && wrong[0].contains("TOOL_API_TOKEN"),
        "{wrong:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_token_and_missing_scopes_are_found() {
    let scopes = Scope::ALL
        .into_iter()
        .filter(|it| *it != Scope::UsageWrite)
        .collect();
    let ground = Ground::with(ConsentOptions {
        scopes,
        ..ConsentOptions::default()
    })
    .await;
    ground.connect("default", &ground.grant.token).await.done();
    ground.subscribe(&receiver("default").await).await.done();
    let wrong = wrongs(&ground).await;
    assert!(
        wrong.len() == 1 && wrong[0].contains("report work") && wrong[0].contains("usage:write"),
        "{wrong:?}"
    );
    ground
        .opentrain
        .revoke_token(&ground.grant.install_id)
        .unwrap();
    let wrong = wrongs(&ground).await;
    assert!(
        wrong.len() == 1 && wrong[0].contains("401") && wrong[0].contains("bridge connect"),
        "{wrong:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_in_the_environment_wins_and_is_told() {
    let ground = set_up().await;
    let other = ground.opentrain.consent(ConsentOptions::default());
    let mut command = ground.command(&["check"]);
    command.env("OPENTRAIN_PARTNER_TOKEN", &other.token);
    let run = ground.run(command, "").await;
    let told = format!(
        "it belongs to the install {}, but {} was connected",
        other.install_id, ground.grant.install_id
    );
    assert!(
        run.out.contains(&told) && run.out.contains("its token from OPENTRAIN_PARTNER_TOKEN"),
        "{}",
        run.out
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_the_settings_are_findings_too() {
    let ground = set_up().await;
    let mut command = ground.command(&["check"]);
    command
        .env("TOOL_KIND", "crayons")
        .env_remove("TOOL_API_TOKEN");
    let run = ground.run(command, "").await;
    assert_eq!(run.code, 1);
    assert!(
        run.out.contains("TOOL_KIND") && run.out.contains("TOOL_API_TOKEN"),
        "{}",
        run.out
    );
}
