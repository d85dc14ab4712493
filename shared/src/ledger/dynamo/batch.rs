//! Reading many items: a hundred a request, several requests at once.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use aws_sdk_dynamodb::types::KeysAndAttributes;
use futures::{StreamExt, TryStreamExt, stream};

use super::{Attributes, DynamoTable, item, text};
use crate::aws::entry_fault;
use crate::ledger::table::{Item, Key, TableError};

/// The most keys of one request.
const KEYS: usize = 100;

/// Number of concurrent requests.
const SIDE_BY_SIDE: usize = 4;

/// Maximum number of requests for one batch. DynamoDB leaves keys unprocessed if the answer exceeds 16 MB or the table
/// is busy. The pauses grow from [`PAUSE`] on.
const ROUNDS: u32 = 8;
const PAUSE: Duration = Duration::from_millis(25);

/// IAM action of the call.
const ACTION: &str = "dynamodb:BatchGetItem";

impl DynamoTable {
    pub(super) async fn batch_get(&self, keys: &[Key]) -> Result<Vec<Option<Item>>, TableError> {
        // DynamoDB refuses duplicate keys.
        let distinct = keys.iter().collect::<BTreeSet<_>>();
        let distinct: Vec<Attributes> = distinct.into_iter().map(attributes).collect();
        let requests: Vec<_> = distinct.chunks(KEYS).map(<[_]>::to_vec).collect();
        let found: Vec<Vec<Item>> = stream::iter(requests)
            .map(|keys| self.get_batch(keys))
            .buffer_unordered(SIDE_BY_SIDE)
            .try_collect()
            .await?;
        let found = found.into_iter().flatten();
        let found: BTreeMap<Key, Item> = found.map(|item| (item.key.clone(), item)).collect();
        Ok(keys.iter().map(|key| found.get(key).cloned()).collect())
    }

    async fn get_batch(&self, mut left: Vec<Attributes>) -> Result<Vec<Item>, TableError> {
        let mut items = Vec::with_capacity(left.len());
        for round in 0..ROUNDS {
            if round > 0 {
                tokio::time::sleep(PAUSE * 2_u32.pow(round - 1)).await;
            }
            let wanted = KeysAndAttributes::builder()
                .consistent_read(true)
                .set_keys(Some(left))
                .build()
                .map_err(|error| TableError::Unavailable(Box::new(error)))?;
            let answer = self
                .client
                .batch_get_item()
                .request_items(&self.name, wanted)
                .send()
                .await
                .map_err(|error| self.fault(ACTION, &error))?;
            let found = answer.responses().into_iter().flat_map(HashMap::values);
            for attributes in found.flatten() {
                items.push(item(attributes)?);
            }
            let unprocessed = answer.unprocessed_keys.unwrap_or_default();
            left = unprocessed.into_values().flat_map(|it| it.keys).collect();
            if left.is_empty() {
                return Ok(items);
            }
        }
        let reason = format!("{} keys were not processed", left.len());
        Err(entry_fault(&self.call(ACTION), &reason, None, false).into())
    }
}

fn attributes(key: &Key) -> Attributes {
    HashMap::from([
        ("pk".to_owned(), text(&key.partition)),
        ("sk".to_owned(), text(&key.sort)),
    ])
}
