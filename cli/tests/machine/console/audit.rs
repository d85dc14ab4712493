//! The pages about the audit record.

use serde_json::Value;

use crate::common::world::play;
use crate::console::kit::unopened;

const PROJECT: &str = "streets";

#[tokio::test]
async fn a_row_that_no_chain_leads_to_is_named_and_not_counted() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let contract = world.working(&job, PROJECT, "usr_ben").await;
        world.ended(&contract, PROJECT, "usr_ben").await;
        let path = world.copy();
        let database = rusqlite::Connection::open(&path).unwrap();
        let proven = "SELECT partition_key, sort_key, doc FROM ledger_item \
            WHERE sort_key LIKE 'TRAINER#usr_ben#%' AND doc LIKE '%\"delaySeconds\":%'";
        let (partition, sort, doc): (String, String, String) = database
            .query_row(proven, [], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .unwrap();
        // An attempt that ended early, longer ago than a lease lasts.
        let mut row: Value = serde_json::from_str(&doc).unwrap();
        row["at"] = "2026-01-02T03:04:05Z".into();
        let sort = format!("{}0000", &sort[..sort.len() - 4]);
        let add =
            "INSERT INTO ledger_item (partition_key, sort_key, version, doc) VALUES (?, ?, 1, ?)";
        let added = database.execute(add, [partition, sort, row.to_string()]);
        assert_eq!(added.unwrap(), 1);
        drop(database);

        let mut console = unopened(world, &path, &[]).await;
        console.open().await;
        let late = console.page("/audit/late").await;
        late.has(&["of 1 removal since", "usr_ben"]);
        console.post("/audit/verify", &[]).await.is(303);
        let verified = console.ended("/audit").await;
        verified.has(&["whole", "written twice", "usr_ben"]);
    })
    .await;
}
