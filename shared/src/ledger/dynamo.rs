//! [`DynamoTable`]: the ledger's tables of a bridge on AWS.
//!
//! | attribute | type | content |
//! |---|---|---|
//! | `pk`, `sk` | S | the key |
//! | `doc` | S | the item's JSON |
//! | `version` | N | one higher with each write |
//! | `expires_at` | N | seconds since 1970; the table's TTL attribute |
//! | `mark` | S | identifies the write: distinguishes our own write from another's if its answer was lost |

mod batch;
mod misfit;

use std::collections::HashMap;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use futures::future::try_join_all;
use jiff::Timestamp;

use super::table::{Expect, Item, Key, Put, Table, TableError};
use crate::aws::{AwsError, Call, Clients, fault};
use crate::model::chance;
use misfit::{Misfit, fits};

/// Number of segments of the table that a scan reads at the same time.
const SEGMENTS: i32 = 4;

type Attributes = HashMap<String, AttributeValue>;

/// A table of DynamoDB.
#[derive(Debug, Clone)]
pub struct DynamoTable {
    client: Client,
    name: String,
    /// Its name in errors.
    what: String,
    /// Setting that contains its name.
    setting: &'static str,
}

impl DynamoTable {
    /// The ledger's table (`BRIDGE_TABLE`); makes no call.
    pub fn new(clients: &Clients, name: &str) -> Self {
        Self::named(clients, name, "BRIDGE_TABLE")
    }

    /// The table of the claims (`BRIDGE_CLAIMS_TABLE`); makes no call.
    pub fn claims(clients: &Clients, name: &str) -> Self {
        Self::named(clients, name, "BRIDGE_CLAIMS_TABLE")
    }

    fn named(clients: &Clients, name: &str, setting: &'static str) -> Self {
        Self {
            client: clients.dynamodb.clone(),
            name: name.to_owned(),
            what: format!("table `{name}`"),
            setting,
        }
    }

    fn call(&self, action: &'static str) -> Call<'_> {
        Call {
            action,
            what: &self.what,
            setting: self.setting,
        }
    }

    fn fault<E>(&self, action: &'static str, error: &SdkError<E, HttpResponse>) -> AwsError
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        fault(&self.call(action), error)
    }

    /// All items of one segment of the table.
    async fn segment(&self, number: i32, prefix: &str) -> Result<Vec<Item>, TableError> {
        let mut scan = self
            .client
            .scan()
            .table_name(&self.name)
            .consistent_read(true)
            .segment(number)
            .total_segments(SEGMENTS);
        // DynamoDB accepts no empty value here. An empty prefix needs no filter.
        if !prefix.is_empty() {
            scan = scan
                .filter_expression("begins_with(pk, :prefix)")
                .expression_attribute_values(":prefix", text(prefix));
        }
        let mut pages = scan.into_paginator().send();
        let mut items = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| self.fault("dynamodb:Scan", &error))?;
            for attributes in page.items() {
                items.push(item(attributes)?);
            }
        }
        Ok(items)
    }
}

#[async_trait]
impl Table for DynamoTable {
    async fn get(&self, key: &Key) -> Result<Option<Item>, TableError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.name)
            .key("pk", text(&key.partition))
            .key("sk", text(&key.sort))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| self.fault("dynamodb:GetItem", &error))?;
        answer.item().map(item).transpose()
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Item>>, TableError> {
        self.batch_get(keys).await
    }

    async fn query(&self, partition: &str, prefix: &str) -> Result<Vec<Item>, TableError> {
        let query = self
            .client
            .query()
            .table_name(&self.name)
            .consistent_read(true)
            .expression_attribute_values(":partition", text(partition));
        let query = if prefix.is_empty() {
            query.key_condition_expression("pk = :partition")
        } else {
            query
                .key_condition_expression("pk = :partition AND begins_with(sk, :prefix)")
                .expression_attribute_values(":prefix", text(prefix))
        };
        let mut pages = query.into_paginator().send();
        let mut items = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| self.fault("dynamodb:Query", &error))?;
            for attributes in page.items() {
                items.push(item(attributes)?);
            }
        }
        Ok(items)
    }

    async fn scan(&self, prefix: &str) -> Result<Vec<Item>, TableError> {
        let segments = (0..SEGMENTS).map(|number| self.segment(number, prefix));
        let mut items = try_join_all(segments).await?.concat();
        items.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(items)
    }

    async fn put(&self, item: Item, expect: Expect) -> Result<Put, TableError> {
        fits(&item)?;
        let (condition, next) = match expect {
            Expect::Absent => (None, 1),
            Expect::Version(version) => (Some(version), version.saturating_add(1)),
        };
        let mark = chance::unique();
        let put = self
            .client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(attributes(item, next, &mark)))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let put = match condition {
            None => put.condition_expression("attribute_not_exists(pk)"),
            Some(version) => put
                .condition_expression("version = :version")
                .expression_attribute_values(":version", number(version)),
        };
        let error = match put.send().await {
            Ok(_) => return Ok(Put::Stored(next)),
            Err(error) => error,
        };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(refusal)) => {
                conflict(refusal.item(), next, &mark)
            }
            _ => Err(self.fault("dynamodb:PutItem", &error).into()),
        }
    }
}

impl From<AwsError> for TableError {
    /// A `ValidationException` is caused by an item or a key: all else in a request is constant.
    fn from(error: AwsError) -> Self {
        match error.code() {
            Some("ValidationException") => Self::Unfit(Box::new(error)),
            _ => Self::Unavailable(Box::new(error)),
        }
    }
}

/// The conflict with the item that is stored. If the stored item is our own, an earlier attempt wrote it and only its
/// answer was lost.
fn conflict(stands: Option<&Attributes>, next: u64, mark: &str) -> Result<Put, TableError> {
    let Some(stands) = stands.filter(|it| !it.is_empty()) else {
        return Ok(Put::Conflict(None));
    };
    if stands.get("mark").and_then(|it| it.as_s().ok()) == Some(&mark.to_owned()) {
        return Ok(Put::Stored(next));
    }
    Ok(Put::Conflict(Some(item(stands)?)))
}

fn attributes(item: Item, version: u64, mark: &str) -> Attributes {
    let mut all = HashMap::from([
        ("pk".to_owned(), text(item.key.partition)),
        ("sk".to_owned(), text(item.key.sort)),
        ("doc".to_owned(), text(item.doc)),
        ("version".to_owned(), number(version)),
        ("mark".to_owned(), text(mark)),
    ]);
    if let Some(moment) = item.expires_at {
        all.insert("expires_at".to_owned(), number(whole_seconds(moment)));
    }
    all
}

fn item(attributes: &Attributes) -> Result<Item, TableError> {
    let text = |name: &'static str| {
        let value = attributes.get(name).and_then(|it| it.as_s().ok());
        value.cloned().ok_or(Misfit::Foreign(name))
    };
    let number = |name: &'static str| attributes.get(name).and_then(|it| it.as_n().ok());
    let version = number("version").and_then(|text| text.parse().ok());
    let moment = |text: &String| {
        let seconds = text.parse().ok();
        seconds.map_or(Timestamp::MAX, |seconds| {
            Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
        })
    };
    Ok(Item {
        key: Key::new(text("pk")?, text("sk")?),
        doc: text("doc")?,
        version: version.ok_or(Misfit::Foreign("version"))?,
        expires_at: number("expires_at").map(moment),
    })
}

/// Rounded up, so that no item expires too early.
fn whole_seconds(moment: Timestamp) -> i64 {
    moment.as_second() + i64::from(moment.subsec_nanosecond() > 0)
}

fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}
