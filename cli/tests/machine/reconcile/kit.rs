//! Helpers of the reconcile tests: running a reconcile, and asserting that nothing was written.

use std::collections::BTreeMap;

use bridge::control::{Order, ask};
use jiff::SignedDuration;
use serde_json::json;
use shared::config::Vars;
use shared::ledger::{self, Access, AccessState, Due, SqliteTable, Table};
use shared::model::ConnectionName;
use shared::model::ids::ProjectId;
use shared::model::progress::unwatched;
use shared::reconcile::{Change, Outcome, What, Wish};

use crate::common::canaries;
use crate::common::events::email;
use crate::common::world::{TOOL_TOKEN, World};

/// Starts a reconcile as `bridge reconcile` does, without waiting for the resulting messages.
pub(crate) async fn order(world: &World, wish: Wish) -> Outcome {
    let vars = Vars::default().with("BRIDGE_DB", world.file().to_str());
    let outcome: Outcome = ask(&vars, &Order::Reconcile(wish), &unwatched)
        .await
        .unwrap();
    canaries::assert_none_in(&serde_json::to_string(&outcome).unwrap());
    outcome
}

/// Reconciles, and returns when all resulting messages are processed.
pub(crate) async fn reconcile_as(world: &World, wish: Wish) -> Outcome {
    let outcome = order(world, wish).await;
    world.idle().await;
    outcome
}

/// Reconciles, and asserts that all work was done.
pub(crate) async fn reconcile(world: &World) -> Outcome {
    let outcome = reconcile_as(world, Wish::default()).await;
    assert_eq!(outcome.all_done(), Ok(()));
    assert!(
        outcome.drift.iter().all(|drift| drift.repaired),
        "{:?}",
        outcome.drift
    );
    outcome
}

/// Reconciles twice: an absence counts at the second look.
pub(crate) async fn reconcile_twice(world: &World) -> Outcome {
    let first = reconcile(world).await;
    assert!(drift(&first).is_empty(), "{:?}", first.drift);
    reconcile(world).await
}

/// The names of the differences, sorted.
pub(crate) fn drift(outcome: &Outcome) -> Vec<String> {
    let word = |what: &What| match what {
        What::Install { .. } => "install".to_owned(),
        What::LinkFound { .. } => "link found".to_owned(),
        What::LinkGone { .. } => "link gone".to_owned(),
        What::HireFound(hire) => format!("{} hired", hire.trainer),
        What::HireEnded(hire) => format!("{} ended", hire.trainer),
        What::EmailChanged { trainer, .. } => format!("{trainer} e-mail"),
        What::EndpointDisabled { .. } => "endpoint disabled".to_owned(),
    };
    let words = outcome.drift.iter().map(|drift| word(&drift.what));
    let mut words: Vec<_> = words.filter(|word| word != "install").collect();
    words.sort();
    words
}

/// The changes of access, sorted.
pub(crate) fn changes(outcome: &Outcome) -> Vec<(Change, String)> {
    let changes = outcome
        .access
        .iter()
        .map(|it| (it.change, it.trainer.to_string()));
    let mut changes: Vec<_> = changes.collect();
    changes.sort();
    changes
}

/// Every row of the ledger but the notes on the last run, with its version.
pub(crate) async fn rows(world: &World) -> BTreeMap<(String, String), u64> {
    let items = SqliteTable::new(world.database.clone())
        .scan("")
        .await
        .unwrap();
    let own = items
        .into_iter()
        .filter(|item| !["RECONCILE", "ALERT"].contains(&item.key.partition.as_str()));
    own.map(|item| ((item.key.partition, item.key.sort), item.version))
        .collect()
}

/// All writes: rows of the ledger, and writing calls of the tool and of OpenTrain.
#[derive(Debug, PartialEq)]
pub(crate) struct Written {
    rows: BTreeMap<(String, String), u64>,
    tool: String,
    opentrain: String,
}

pub(crate) async fn written(world: &World) -> Written {
    use simulator::Endpoint::{
        CreateLink, CreateWebhook, DeleteLink, DeleteWebhook, Redeliver, UpdateWebhook, Usage,
    };
    let writes = [
        CreateLink,
        CreateWebhook,
        DeleteLink,
        DeleteWebhook,
        Redeliver,
        UpdateWebhook,
        Usage,
    ];
    let requests = world.opentrain.requests();
    let opentrain = writes.map(|endpoint| requests.get(&endpoint).copied());
    Written {
        rows: rows(world).await,
        tool: format!("{:?} {:?}", world.tool.writes(), world.tool.requests()),
        opentrain: format!("{opentrain:?}"),
    }
}

/// Stores a trainer's access and the work that is due, as a crash or an earlier failure left them.
pub(crate) async fn note(world: &World, trainer: &str, access: Access, due: Option<Due>) {
    let (id, books) = (trainer.into(), world.bridge.ledger());
    let mut stored = books.document(&id).await.unwrap();
    let known = &mut stored.trainer;
    known.access.insert(access.project.clone(), access);
    known.due = due;
    let written = books.put_document(&id, &stored.trainer, stored.expect);
    let written = written.await.unwrap();
    assert!(matches!(written, ledger::Written::Stored(_)));
}

/// The state of a trainer's access in the ledger.
pub(crate) async fn state(world: &World, trainer: &str, project: &str) -> AccessState {
    world.known(trainer).await.access[&ProjectId::from(project)].state
}

/// Another program adds a person in the tool.
pub(crate) async fn added_by_another(world: &World, project: &str, trainer: &str) {
    let url = format!(
        "{}/projects/{project}/members/{trainer}",
        world.tool.base_url().trim_end_matches('/')
    );
    let member = json!({ "email": email(trainer), "displayName": trainer });
    let put = world.client.put(url).bearer_auth(TOOL_TOKEN).json(&member);
    let put = put.send().await.unwrap();
    assert!(put.status().is_success(), "{}", put.text().await.unwrap());
    assert!(world.reads_back(project, trainer).await);
}

/// Makes the ledger one that has known the connection for 35 days.
pub(crate) async fn aged(world: &World) {
    reconcile(world).await;
    let (ledger, name) = (world.bridge.ledger(), ConnectionName::default());
    let mut looks = ledger.looks(&name).await.unwrap();
    looks.first = looks
        .first
        .map(|at| at - SignedDuration::from_hours(35 * 24));
    ledger.put_looks(&name, &looks).await.unwrap();
}
