//! `bridge check-tool` on tools that break one rule each.

mod flawed;

use serde_json::Value;

use crate::setup::ground::{Ground, Run};
use flawed::Flaw;

async fn check(ground: &Ground, flaw: Flaw) -> Run {
    let base = flawed::start(flaw).await;
    let args = ["check-tool", "--project", "streets", "--yes", "--json"];
    let mut command = ground.command(&args);
    command
        .env("TOOL_BASE_URL", base)
        .env("TOOL_API_TOKEN", "token");
    ground.run(command, "").await
}

/// Names of the rules with this verdict.
fn rules(run: &Run, verdict: &str) -> Vec<String> {
    let report: Value = serde_json::from_str(&run.out).unwrap();
    let rules = report["rules"].as_array().unwrap().iter();
    let rules = rules.filter(|rule| rule["verdict"] == verdict);
    rules
        .map(|rule| rule["rule"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_broken_rule_is_named() {
    let ground = Ground::new().await;
    let flaws = [
        (Flaw::AnyToken, "wrong-token-is-refused"),
        (Flaw::AnyProject, "unknown-project-is-named"),
        (Flaw::AnyProject, "unknown-project-takes-no-member"),
        (Flaw::PlainNotFound, "not-found-has-json"),
        (Flaw::IdsWithoutCase, "ids-are-opaque"),
        (Flaw::DeleteAnswers200, "delete-answers-204"),
        (Flaw::EndlessPages, "usage-pages-end"),
        (Flaw::Forgets, "access-is-read-back"),
        (Flaw::NewMemberEachTime, "grant-can-be-repeated"),
        (Flaw::NewMemberForAnEmail, "email-can-change"),
        (Flaw::LostByAnEmail, "email-can-change"),
        (Flaw::DayOutside, "totals-are-read"),
        (Flaw::NoticeClearedOnce, "notice-is-shown-and-cleared"),
        (Flaw::Keeps, "removal-is-proven"),
        (Flaw::Keeps, "removed-member-is-absent"),
        (Flaw::DeletedOnce, "removal-can-be-repeated"),
        (Flaw::NoReturn, "removed-member-can-return"),
        (Flaw::Refuses, "grant-gives-access"),
    ];
    for (flaw, rule) in flaws {
        let run = check(&ground, flaw).await;
        assert_eq!(run.code, 1, "{flaw:?}: {}", run.err);
        let broken = rules(&run, "broken");
        assert!(broken.contains(&rule.to_owned()), "{flaw:?}: {broken:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_tool_breaks_no_rule_and_keeps_nothing() {
    let ground = Ground::new().await;
    let run = check(&ground, Flaw::None).await;
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert_eq!(rules(&run, "holds").len(), 18);
    let own = ["check-tool", "--project", "streets", "--yes"];
    ground.bridge(&own).await.done();
    assert!(ground.tool.members("streets").is_empty());
    assert!(ground.tool.notice("streets").is_none());
    assert!(ground.opentrain.violations().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_done_without_a_confirmation() {
    let ground = Ground::new().await;
    let run = ground.bridge(&["check-tool", "--project", "streets"]).await;
    let error = run.failed(2);
    assert!(error.contains("--yes"), "{error}");
    assert!(ground.tool.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn members_who_stay_are_named() {
    let ground = Ground::new().await;
    let person = "opentrain-bridge-check@example.com";
    let odd = "opentrain-bridge-check/1 in project streets";
    for (flaw, member) in [(Flaw::Keeps, person), (Flaw::RemovesNoOddIds, odd)] {
        let error = check(&ground, flaw).await.failed(1);
        assert!(
            error.contains("may still be in the tool"),
            "{flaw:?}: {error}"
        );
        assert!(error.contains(member), "{flaw:?}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_that_fails_once_is_tried_again() {
    let ground = Ground::new().await;
    let error = check(&ground, Flaw::DeletesAtSecondTry).await.failed(1);
    assert!(error.contains("rules that are broken"), "{error}");
    assert!(!error.contains("may still be"), "{error}");
}
