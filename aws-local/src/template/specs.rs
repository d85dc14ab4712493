//! Resources of the template, ready for the calls that create them.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::{Template, TemplateError};

/// A queue to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Name of the queue.
    pub name: String,
    /// The attributes of `CreateQueue`.
    pub attributes: BTreeMap<String, String>,
}

/// A table to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Name of the table.
    pub name: String,
    /// The partition key, a string.
    pub partition_key: String,
    /// The sort key, a string.
    pub sort_key: String,
    /// The attribute with an item's expiry.
    pub expiry: String,
}

/// A secret to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// Name of the secret.
    pub name: String,
    /// Its first value; `None` if the template has none.
    pub value: Option<String>,
}

/// A function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// The resource's name within the template.
    pub resource: String,
    /// Time limit of one call.
    pub timeout: Duration,
    /// In MiB.
    pub memory: u64,
}

/// Event source of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventSource {
    /// The queue's name within the template.
    pub queue: String,
    /// Maximum number of messages per call.
    pub batch_size: usize,
    /// Whether the function's answer names the failed messages. Otherwise a failure applies to all.
    pub reports_failures: bool,
    /// Number of concurrent calls.
    pub concurrency: usize,
}

impl Template {
    /// The queue of deliveries.
    ///
    /// # Errors
    /// The template does not describe it.
    pub fn queue(&self) -> Result<Queue, TemplateError> {
        self.queue_of("Queue")
    }

    /// The dead-letter queue.
    ///
    /// # Errors
    /// The template does not describe it.
    pub fn dead_letter_queue(&self) -> Result<Queue, TemplateError> {
        self.queue_of("DeadLetterQueue")
    }

    /// The queue of this name within the template.
    ///
    /// # Errors
    /// The template does not describe it.
    pub fn queue_of(&self, resource: &str) -> Result<Queue, TemplateError> {
        let properties = &self.document()["Resources"][resource]["Properties"];
        let properties = properties.as_object().into_iter().flatten();
        let mut attributes = BTreeMap::new();
        for (key, value) in properties.filter(|(key, _)| *key != "QueueName") {
            let value = match self.resolve(value)? {
                policy @ Value::Object(_) => policy.to_string(),
                plain => self.text(&plain)?,
            };
            attributes.insert(key.clone(), value);
        }
        let name = self.name_of(resource)?;
        Ok(Queue { name, attributes })
    }

    /// The ledger's table.
    ///
    /// # Errors
    /// The template does not describe it.
    pub fn table(&self) -> Result<Table, TemplateError> {
        self.table_of("Table")
    }

    /// The table of this name within the template.
    ///
    /// # Errors
    /// The template does not describe it.
    pub fn table_of(&self, resource: &str) -> Result<Table, TemplateError> {
        let keys = self.property(resource, "KeySchema")?.as_array();
        let key = |kind: &str| {
            let found = keys
                .into_iter()
                .flatten()
                .find(|key| key["KeyType"] == kind);
            let name = found.and_then(|key| key["AttributeName"].as_str());
            let missing = || TemplateError(format!("the table has no {kind} key"));
            name.map(str::to_owned).ok_or_else(missing)
        };
        let expiry = self.property(resource, "TimeToLiveSpecification")?;
        Ok(Table {
            name: self.name_of(resource)?,
            partition_key: key("HASH")?,
            sort_key: key("RANGE")?,
            expiry: self.text(&expiry["AttributeName"])?,
        })
    }

    /// The secret of the connections.
    ///
    /// # Errors
    /// The template does not describe it.
    pub fn connections_secret(&self) -> Result<Secret, TemplateError> {
        self.secret_of("ConnectionsSecret")
    }

    /// The secret of the settings.
    ///
    /// # Errors
    /// The template does not describe it, or a parameter without a default was not given.
    pub fn settings_secret(&self) -> Result<Secret, TemplateError> {
        self.secret_of("SettingsSecret")
    }

    fn secret_of(&self, resource: &str) -> Result<Secret, TemplateError> {
        let properties = &self.document()["Resources"][resource]["Properties"];
        let value = properties.get("SecretString").map(|it| self.text(it));
        Ok(Secret {
            name: self.name_of(resource)?,
            value: value.transpose()?,
        })
    }

    /// The function of a binary, such as `webhook`.
    ///
    /// # Errors
    /// No function is built from that binary, or its limits are missing.
    pub fn function(&self, binary: &str) -> Result<Function, TemplateError> {
        let all = self.resources("AWS::Serverless::Function");
        let found = all
            .iter()
            .find(|(_, it)| it["Metadata"]["BuildProperties"]["Binary"] == binary);
        let (resource, it) =
            found.ok_or_else(|| TemplateError(format!("no function is built from {binary}")))?;
        let number = |key: &str| {
            let missing = || TemplateError(format!("{resource} has no {key}"));
            it["Properties"][key].as_u64().ok_or_else(missing)
        };
        Ok(Function {
            resource: (*resource).to_owned(),
            timeout: Duration::from_secs(number("Timeout")?),
            memory: number("MemorySize")?,
        })
    }

    /// The environment of a binary's function: common variables and its own.
    ///
    /// # Errors
    /// The function does not exist, or a reference is invalid.
    pub fn environment(&self, binary: &str) -> Result<BTreeMap<String, String>, TemplateError> {
        let resource = self.function(binary)?.resource;
        let document = self.document();
        let places = [
            &document["Globals"]["Function"],
            &document["Resources"][&resource]["Properties"],
        ];
        let variables = places.map(|place| place["Environment"]["Variables"].as_object());
        let variables = variables.into_iter().flatten().flatten();
        let resolved = variables.map(|(name, value)| Ok((name.clone(), self.text(value)?)));
        resolved.collect()
    }

    /// The event sources of a binary's function.
    ///
    /// # Errors
    /// The function does not exist, or a property is missing.
    pub fn event_sources(&self, binary: &str) -> Result<Vec<EventSource>, TemplateError> {
        let resource = self.function(binary)?.resource;
        let events = self.property(&resource, "Events")?.as_object();
        let sources = events.into_iter().flatten();
        let sources = sources.filter(|(_, it)| it["Type"] == "SQS");
        sources
            .map(|(_, it)| self.event_source(&it["Properties"]))
            .collect()
    }

    fn event_source(&self, source: &Value) -> Result<EventSource, TemplateError> {
        let number = |value: &Value| {
            let text = self.text(value)?;
            let fault = |_| TemplateError(format!("{text} is no number of the event source"));
            text.parse().map_err(fault)
        };
        let queue = source["Queue"]["Fn::GetAtt"][0].as_str();
        let kinds = source["FunctionResponseTypes"].as_array();
        Ok(EventSource {
            queue: queue
                .ok_or_else(|| TemplateError("an event source names no queue".to_owned()))?
                .to_owned(),
            batch_size: number(&source["BatchSize"])?,
            reports_failures: kinds
                .is_some_and(|kinds| kinds.contains(&"ReportBatchItemFailures".into())),
            concurrency: number(&source["ScalingConfig"]["MaximumConcurrency"])?,
        })
    }
}
