//! The notice in the guideline.

use tools::DoccanoOptions;

use super::admin::User;
use super::stage::Stage;
use crate::common::events::email;

const OWN: &str = "Label *each* sign.";
const PASSWORD: &str = "canary-Own-1";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn a_notice_is_shown_before_the_owners_text_and_removed() {
    let notices = DoccanoOptions {
        notices: true,
        ..DoccanoOptions::default()
    };
    let stage = Stage::new(notices).await;
    let project = stage.admin.project(6).await;
    let job = stage.job(&project).await;
    let (name, password) = (email("usr_ann"), PASSWORD);
    stage.admin.account(&name, &name, password).await;
    let contract = stage.hire(&job, "usr_ann");
    stage.opentrain.fund(&contract, 10.0, 100.0).unwrap();
    stage.idle().await;
    let guideline = async || {
        let (_, found) = stage.admin.get(&format!("/projects/{}", project.id)).await;
        found["guideline"].as_str().unwrap().to_owned()
    };
    let ann = User::log_in(&stage.server, &name, password).await.unwrap();
    for text in 0..4 {
        assert_eq!(guideline().await, OWN);
        ann.label(&project, text, 2).await;
    }
    stage.usage().await;
    stage.idle().await;
    let shown = guideline().await;
    assert!(
        shown.contains("> At least 80 % of the funded work"),
        "{shown}"
    );
    assert!(shown.ends_with(OWN), "{shown}");
    stage.opentrain.fund(&contract, 90.0, 900.0).unwrap();
    stage.idle().await;
    assert_eq!(guideline().await, OWN);
    stage.close().await;
}
