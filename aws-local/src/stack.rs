//! What a stack has at AWS, made by hand as the template would make it.

use anyhow::Context;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use aws_sdk_sqs::types::QueueAttributeName;
use shared::aws::Clients;
use shared::queue::Limits;

/// A stack's table, queues and secrets.
#[derive(Debug, Clone)]
pub struct Stack {
    /// Its name, which the others derive from.
    pub name: String,
    /// The queue's address.
    pub queue_url: String,
    /// The dead-letter queue's address.
    pub dead_letters_url: String,
}

impl Stack {
    /// Makes all of it: an empty table, empty queues, no connections, these settings.
    ///
    /// # Errors
    /// When something can't be made.
    pub async fn create(
        clients: &Clients,
        name: &str,
        limits: Limits,
        settings: &serde_json::Value,
    ) -> anyhow::Result<Self> {
        let (queue_url, dead_letters_url) = queues(clients, name, limits).await?;
        table(clients, name).await?;
        let connections = r#"{"version":1,"connections":{}}"#;
        secret(clients, &format!("{name}/connections"), connections).await?;
        secret(clients, &format!("{name}/settings"), &settings.to_string()).await?;
        Ok(Self {
            name: name.to_owned(),
            queue_url,
            dead_letters_url,
        })
    }

    /// The variables that tell a function of it.
    pub fn environment(&self) -> [(&'static str, String); 5] {
        let name = &self.name;
        [
            ("BRIDGE_QUEUE_URL", self.queue_url.clone()),
            (
                "BRIDGE_DEAD_LETTER_QUEUE_URL",
                self.dead_letters_url.clone(),
            ),
            ("BRIDGE_TABLE", name.clone()),
            ("BRIDGE_CONNECTIONS_SECRET", format!("{name}/connections")),
            ("BRIDGE_SETTINGS_SECRET", format!("{name}/settings")),
        ]
    }
}

/// Makes a FIFO queue and its dead-letter queue; their addresses.
///
/// # Errors
/// When one can't be made.
pub async fn queues(
    clients: &Clients,
    name: &str,
    limits: Limits,
) -> anyhow::Result<(String, String)> {
    use QueueAttributeName as Name;
    let sqs = &clients.sqs;
    let create = |name: String| {
        let queue = sqs.create_queue().queue_name(name);
        queue.attributes(Name::FifoQueue, "true")
    };
    let dead = create(format!("{name}-dead-letters.fifo")).send().await?;
    let dead = dead.queue_url.context("a queue has an address")?;
    let told = sqs.get_queue_attributes().queue_url(&dead);
    let told = told.attribute_names(Name::QueueArn).send().await?;
    let arn = told.attributes().and_then(|all| all.get(&Name::QueueArn));
    let redrive = serde_json::json!({
        "deadLetterTargetArn": arn.context("a queue has an ARN")?,
        "maxReceiveCount": limits.max_receives,
    });
    let main = create(format!("{name}.fifo"))
        .attributes(Name::RedrivePolicy, redrive.to_string())
        .attributes(Name::DeduplicationScope, "messageGroup")
        .attributes(Name::FifoThroughputLimit, "perMessageGroupId")
        .send()
        .await?;
    Ok((main.queue_url.context("a queue has an address")?, dead))
}

/// Makes a table for a ledger.
///
/// # Errors
/// When it can't be made.
pub async fn table(clients: &Clients, name: &str) -> anyhow::Result<()> {
    let mut table = clients
        .dynamodb
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest);
    for (attribute, kind) in [("pk", KeyType::Hash), ("sk", KeyType::Range)] {
        let defined = AttributeDefinition::builder()
            .attribute_name(attribute)
            .attribute_type(ScalarAttributeType::S);
        let key = KeySchemaElement::builder()
            .attribute_name(attribute)
            .key_type(kind);
        table = table
            .attribute_definitions(defined.build()?)
            .key_schema(key.build()?);
    }
    table.send().await?;
    Ok(())
}

/// Makes a secret; its ARN.
///
/// # Errors
/// When it can't be made.
pub async fn secret(clients: &Clients, name: &str, text: &str) -> anyhow::Result<String> {
    let secret = clients.secrets.create_secret().name(name);
    let made = secret.secret_string(text).send().await?;
    made.arn.context("a secret has an ARN")
}
