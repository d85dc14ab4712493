//! Work counts after the project's owner has deleted it.

use tools::DoccanoOptions;

use super::admin::{Project, User};
use super::stage::Stage;
use super::whole_loop::hand_over;

async fn work(user: &User, project: &Project, texts: std::ops::Range<usize>) {
    for text in texts {
        user.label(project, text, 1).await;
        user.confirm(project, text).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn deleted_work_still_counts() {
    let stage = Stage::new(DoccanoOptions::default()).await;
    let mut project = stage.admin.project(8).await;
    let job = stage.job(&project).await;
    let people = hand_over(&stage, &project, &job).await;
    let (contract, eve) = &people["usr_eve"];
    work(eve, &project, 0..6).await;
    stage.usage().await;
    assert_eq!(stage.held(contract), (6, 6));

    // Finished texts are deleted, and more new ones are added: the project has grown.
    stage.admin.replace_texts(&mut project, 6, 8).await;
    stage.usage().await;
    assert_eq!(stage.held(contract), (6, 6));
    work(eve, &project, 0..6).await;
    stage.usage().await;
    assert_eq!(stage.held(contract), (12, 12), "the next ones count");

    stage.admin.delete_category(&mut project).await;
    stage.usage().await;
    assert_eq!(stage.held(contract), (12, 12), "a category with its labels");
    eve.label(&project, 6, 1).await;
    stage.usage().await;
    assert_eq!(stage.held(contract), (12, 13));
    stage.close().await;
}
