//! Only a person's own work counts: not imports, restored projects, predictions accepted in bulk, or work in another's
//! name. Deleted work is subtracted, to the last piece.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use shared::tool::NotOwn;

use super::people::{User, Work};
use super::stage::{Setup, Stage};

/// OpenTrain's seconds, tasks and labels of a contract.
fn held(stage: &Stage, contract: &str) -> Option<(u64, u64, u64)> {
    let rows = stage.opentrain.usage(contract).unwrap();
    let row = rows.first()?;
    Some((row.seconds?, row.tasks?, row.labels?))
}

async fn hired(stage: &Stage, tasks: usize) -> (String, String, User) {
    let project = stage.admin.project(tasks).await;
    let job = stage.job(&project).await;
    let (contract, mut browser) = stage.working(&job, "usr_ann", 1).await;
    let ann = stage.token_of(&mut browser).await;
    (project, contract, ann)
}

async fn id_of(user: &User) -> Value {
    user.get("/api/current-user/whoami").await.1["id"].clone()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn work_by_others_in_a_persons_name_is_counted_apart() {
    let stage = Stage::new(Setup::default()).await;
    let (project, contract, ann) = hired(&stage, 4).await;
    let tasks = stage.admin.tasks(&project).await;
    ann.annotate(tasks[0], &Work::of(30.0, &["a", "b"])).await;
    stage.usage().await;
    let own = Some((30, 1, 2));
    assert_eq!(held(&stage, &contract), own);

    // Imported in her name.
    let id = id_of(&ann).await;
    let forged =
        json!({ "completed_by": id, "ground_truth": false, "lead_time": 3000, "result": [] });
    let import = json!([{ "data": { "text": "canary" }, "annotations": [forged] }]);
    let path = format!("/api/projects/{project}/import");
    stage.admin.make(&path, import).await;
    // Made in her name by another account.
    let path = format!("/api/tasks/{}/annotations/", tasks[1]);
    stage.admin.make(&path, forged_by_call(&id)).await;
    // Predictions that she accepts in bulk.
    let prediction = json!({ "task": tasks[2], "result": [], "model_version": "m" });
    stage.admin.make("/api/predictions/", prediction).await;
    let action = format!("/api/dm/actions?id=predictions_to_annotations&project={project}");
    let all = json!({ "selectedItems": { "all": true, "excluded": [] }, "model_version": "m" });
    ann.make(&action, all).await;

    let report = stage.usage().await;
    assert_eq!(held(&stage, &contract), own, "none of it is her work");
    let why: Vec<_> = report.apart.iter().map(|it| (it.why, it.pieces)).collect();
    let expected = [
        (NotOwn::Imported, 1),
        (NotOwn::Predicted, 1),
        (NotOwn::ByAnother, 1),
    ];
    assert_eq!(why, expected, "{:?}", report.apart);
    stage.close().await;
}

fn forged_by_call(id: &Value) -> Value {
    json!({ "completed_by": id, "ground_truth": false, "lead_time": 500, "result": [] })
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn a_restored_project_counts_nothing_again() {
    let stage = Stage::new(Setup::default()).await;
    let (project, contract, ann) = hired(&stage, 3).await;
    for task in stage.admin.tasks(&project).await {
        ann.annotate(task, &Work::of(20.0, &["a"])).await;
    }
    stage.usage().await;
    assert_eq!(held(&stage, &contract), Some((60, 3, 3)));
    let export = format!("/api/projects/{project}/export?exportType=JSON");
    let (_, exported) = stage.admin.get(&export).await;
    let copy = stage.admin.project(1).await;
    let job = stage.job(&copy).await;
    let again = stage.hire(&job, "usr_ann");
    stage.idle().await;
    let path = format!("/api/projects/{copy}/import");
    stage.admin.make(&path, exported).await;
    let report = stage.usage().await;
    assert!(held(&stage, &again).is_none() && report.sent.is_empty());
    let apart = &report.apart[0];
    assert_eq!(
        (apart.why, apart.pieces, apart.seconds),
        (NotOwn::Imported, 3, 60)
    );
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn the_last_deleted_piece_of_a_day_is_subtracted() {
    let stage = Stage::new(Setup::default()).await;
    let (project, contract, ann) = hired(&stage, 2).await;
    let tasks = stage.admin.tasks(&project).await;
    let first = ann.annotate(tasks[0], &Work::of(30.0, &["a"])).await;
    let second = ann.annotate(tasks[1], &Work::of(12.0, &["b"])).await;
    stage.usage().await;
    let delete = async |annotation: i64| {
        let path = format!("/api/annotations/{annotation}/");
        stage.admin.call(Method::DELETE, &path, None).await;
    };
    delete(first).await;
    stage.usage().await;
    assert_eq!(held(&stage, &contract), Some((12, 1, 1)));
    delete(second).await;
    let report = stage.usage().await;
    assert_eq!(report.missing.len(), 1);
    assert_eq!(held(&stage, &contract), Some((12, 1, 1)), "seen once");
    tokio::time::sleep(Duration::from_secs(1)).await;
    stage.usage().await;
    assert_eq!(held(&stage, &contract), Some((0, 0, 0)));
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn a_duplicated_region_counts_once_and_a_moved_annotation_stays() {
    let stage = Stage::new(Setup::default()).await;
    let (project, contract, ann) = hired(&stage, 1).await;
    let same = json!([{ "text": "canary twin" }, { "text": "canary twin" }]);
    let import = format!("/api/projects/{project}/import");
    stage.admin.make(&import, same).await;
    let tasks = stage.admin.tasks(&project).await;
    let twins = &tasks[1..];
    ann.annotate(twins[0], &Work::of(10.0, &["a"])).await;
    ann.annotate(twins[0], &Work::of(5.0, &["a"])).await;
    ann.annotate(twins[1], &Work::of(50.0, &["b"])).await;
    stage.usage().await;
    assert_eq!(held(&stage, &contract), Some((65, 2, 2)));
    // All annotations move to the first of the twins, an old one, and no annotation is changed.
    let action = format!("/api/dm/actions?id=remove_duplicates&project={project}");
    let all = json!({ "selectedItems": { "all": true, "excluded": [] } });
    stage.admin.make(&action, all).await;
    assert_eq!(stage.admin.tasks(&project).await.len(), 2);
    stage.server.age_tasks(&project);
    stage.usage().await;
    assert_eq!(held(&stage, &contract), Some((65, 1, 2)));
    stage.close().await;
}
