//! Three people work. The bridge's reports match Label Studio's own database.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::json;

use super::people::{User, Work};
use super::stage::{Setup, Stage};

/// OpenTrain's seconds, tasks and labels by contract.
type Figures = BTreeMap<String, (i64, i64, i64)>;

const BY_SQL: &str = "
    SELECT u.username,
           CAST(SUM(MAX(0, MIN(c.lead_time, 3600))) AS INTEGER),
           COUNT(DISTINCT CASE WHEN c.was_cancelled THEN NULL ELSE c.task_id END),
           SUM(CASE WHEN c.was_cancelled THEN 0 ELSE
               (SELECT COUNT(DISTINCT json_extract(r.value, '$.id')) FROM json_each(c.result) r) END)
    FROM task_completion c JOIN htx_user u ON u.id = c.completed_by_id
    WHERE c.project_id = ?1 AND c.ground_truth = 0 GROUP BY u.username";

fn by_sql(stage: &Stage, project: &str) -> Figures {
    let database = stage.server.database();
    let mut query = database.prepare(BY_SQL).unwrap();
    let rows = query.query_map([project], |row| {
        Ok((row.get(0)?, (row.get(1)?, row.get(2)?, row.get(3)?)))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

/// OpenTrain's totals, by the user names that Label Studio derives from the addresses.
fn held(stage: &Stage, contracts: &[(&str, String)]) -> Figures {
    let of = |contract: &str| {
        let rows = stage.opentrain.usage(contract).unwrap();
        assert_eq!(rows.len(), 1, "all of it was today");
        let count = |it: Option<u64>| i64::try_from(it.unwrap()).unwrap();
        (
            count(rows[0].seconds),
            count(rows[0].tasks),
            count(rows[0].labels),
        )
    };
    let name = |id: &str| format!("canary.{}", id.replace('_', ""));
    let all = contracts.iter();
    all.map(|(id, contract)| (name(id), of(contract))).collect()
}

async fn work(tasks: &[i64], people: &[User; 3]) -> i64 {
    let [ann, ben, eve] = people;
    let first = ann
        .annotate(tasks[0], &Work::of(40.445, &["a", "a", "b"]))
        .await;
    ann.annotate(tasks[1], &Work::of(10.3, &["c"])).await;
    ann.annotate(tasks[1], &Work::of(5.0, &["d"])).await;
    ben.annotate(tasks[0], &Work::of(99_999.5, &["e"])).await;
    let skip = Work {
        skipped: true,
        ..Work::of(7.0, &["f"])
    };
    ben.annotate(tasks[1], &skip).await;
    eve.annotate(tasks[2], &Work::of(3.25, &[])).await;
    let truth = Work {
        ground_truth: true,
        ..Work::of(500.0, &["g"])
    };
    eve.annotate(tasks[0], &truth).await;
    first
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn reports_match_the_database() {
    let stage = Stage::new(Setup::default()).await;
    let project = stage.admin.project(4).await;
    let job = stage.job(&project).await;
    let (mut contracts, mut people) = (Vec::new(), Vec::new());
    for (at, id) in ["usr_ann", "usr_ben", "usr_eve"].into_iter().enumerate() {
        let (contract, mut browser) = stage.working(&job, id, at + 1).await;
        people.push(stage.token_of(&mut browser).await);
        contracts.push((id, contract));
    }
    let people: [User; 3] = people.try_into().ok().unwrap();
    let tasks = stage.admin.tasks(&project).await;
    let first = work(&tasks, &people).await;
    assert!(stage.usage().await.disputed.is_empty());
    assert_eq!(held(&stage, &contracts), by_sql(&stage, &project));

    // An edit adds to the day on which the annotation was made. Another person's edit is reported as such.
    let path = format!("/api/annotations/{first}/");
    let longer = json!({ "lead_time": 60.0 });
    people[0].call(Method::PATCH, &path, Some(longer)).await;
    stage.usage().await;
    assert_eq!(held(&stage, &contracts), by_sql(&stage, &project));
    let own = held(&stage, &contracts);
    let review = json!({ "lead_time": 161.0, "result": [] });
    people[1].call(Method::PATCH, &path, Some(review)).await;
    let report = stage.usage().await;
    assert_eq!(held(&stage, &contracts), own, "a review is not her work");
    assert_eq!(report.disputed.len(), 1);
    let disputed = &report.disputed[0];
    assert_eq!((disputed.worker.as_str(), disputed.pieces), ("usr_ann", 1));

    // Deleted work is subtracted.
    stage.admin.call(Method::DELETE, &path, None).await;
    let report = stage.usage().await;
    assert_eq!(held(&stage, &contracts), by_sql(&stage, &project));
    assert!(report.disputed.is_empty());
    let figures = report.figures.unwrap();
    assert!(figures.contains("3600 s of one annotation"), "{figures}");
    stage.close().await;
}
