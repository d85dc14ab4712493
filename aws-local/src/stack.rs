//! AWS resources of a stack, created like those of the template.

use anyhow::Context;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use aws_sdk_sqs::operation::create_queue::builders::CreateQueueFluentBuilder;
use aws_sdk_sqs::types::QueueAttributeName;
use secrecy::SecretString;
use shared::aws::Clients;
use shared::connection::{Credentials, Kept, StackStore, StoreError, Webhook};
use shared::model::ConnectionName;
use shared::model::signature::WebhookSecret;
use shared::queue::{Limits, QueueUrls};

/// A stack's tables, queues and secrets.
#[derive(Debug, Clone)]
pub struct Stack {
    /// Name of the stack. Other names derive from it.
    pub name: String,
    /// URLs of its queues.
    pub queues: QueueUrls,
}

impl Stack {
    /// Creates empty tables, empty queues, these settings, and no connections.
    ///
    /// # Errors
    /// If a resource cannot be created.
    pub async fn create(
        clients: &Clients,
        name: &str,
        limits: Limits,
        settings: &serde_json::Value,
    ) -> anyhow::Result<Self> {
        let queues = queues(clients, name, limits).await?;
        for table_name in [name, &format!("{name}-claims")] {
            table(clients, table_name).await?;
        }
        secret(clients, &format!("{name}/connections"), None).await?;
        let settings = settings.to_string();
        secret(clients, &format!("{name}/settings"), Some(&settings)).await?;
        Ok(Self {
            name: name.to_owned(),
            queues,
        })
    }

    /// The variables that configure a function for the stack.
    pub fn environment(&self) -> [(&'static str, String); 7] {
        let name = &self.name;
        let known = |url: &Option<String>| url.clone().unwrap_or_default();
        [
            ("BRIDGE_QUEUE_URL", self.queues.events.clone()),
            (
                "BRIDGE_DEAD_LETTER_QUEUE_URL",
                known(&self.queues.dead_letters),
            ),
            ("BRIDGE_RETRY_QUEUE_URL", known(&self.queues.retry)),
            ("BRIDGE_TABLE", name.clone()),
            ("BRIDGE_CLAIMS_TABLE", format!("{name}-claims")),
            ("BRIDGE_CONNECTIONS_SECRET", format!("{name}/connections")),
            ("BRIDGE_SETTINGS_SECRET", format!("{name}/settings")),
        ]
    }
}

/// Creates a FIFO queue, a retry queue, and a dead-letter queue for each. Returns their URLs.
///
/// # Errors
/// If a queue cannot be created.
pub async fn queues(clients: &Clients, name: &str, limits: Limits) -> anyhow::Result<QueueUrls> {
    use QueueAttributeName as Name;
    let fifo = |suffix: &str| {
        let create = clients.sqs.create_queue();
        create
            .queue_name(format!("{name}{suffix}.fifo"))
            .attributes(Name::FifoQueue, "true")
    };
    let standard = |suffix: &str| {
        let create = clients.sqs.create_queue();
        create.queue_name(format!("{name}{suffix}"))
    };
    let dead_letters = made(fifo("-dead-letters")).await?;
    let events = fifo("")
        .attributes(
            Name::RedrivePolicy,
            redrive(clients, &dead_letters, limits).await?,
        )
        .attributes(Name::DeduplicationScope, "messageGroup")
        .attributes(Name::FifoThroughputLimit, "perMessageGroupId");
    let events = made(events).await?;
    let retry_dead_letters = made(standard("-retry-dead-letters")).await?;
    let retry = standard("-retry").attributes(
        Name::RedrivePolicy,
        redrive(clients, &retry_dead_letters, limits).await?,
    );
    Ok(QueueUrls {
        events,
        dead_letters: Some(dead_letters),
        retry: Some(made(retry).await?),
        retry_dead_letters: Some(retry_dead_letters),
    })
}

async fn made(queue: CreateQueueFluentBuilder) -> anyhow::Result<String> {
    let made = queue.send().await?;
    made.queue_url.context("a queue has an address")
}

/// The policy that moves messages to the queue at this URL.
async fn redrive(clients: &Clients, dead: &str, limits: Limits) -> anyhow::Result<String> {
    let attributes = clients.sqs.get_queue_attributes().queue_url(dead);
    let attributes = attributes.attribute_names(QueueAttributeName::QueueArn);
    let attributes = attributes.send().await?;
    let arn = attributes.attributes();
    let arn = arn.and_then(|all| all.get(&QueueAttributeName::QueueArn));
    let policy = serde_json::json!({
        "deadLetterTargetArn": arn.context("a queue has an ARN")?,
        "maxReceiveCount": limits.max_receives,
    });
    Ok(policy.to_string())
}

/// Creates a table for a ledger.
///
/// # Errors
/// If it cannot be created.
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

/// Creates a secret, with or without a value. Returns its ARN.
///
/// # Errors
/// If it cannot be created.
pub async fn secret(clients: &Clients, name: &str, text: Option<&str>) -> anyhow::Result<String> {
    let secret = clients.secrets.create_secret().name(name);
    let secret = secret.set_secret_string(text.map(str::to_owned));
    let made = secret.send().await?;
    made.arn.context("a secret has an ARN")
}

/// Stores a connection, as `bridge connect` and `bridge subscribe` do.
///
/// # Errors
/// If it cannot be stored.
pub async fn connect(
    store: &StackStore,
    name: &ConnectionName,
    token: &SecretString,
    secret: &WebhookSecret,
) -> anyhow::Result<()> {
    let own = Credentials {
        token: Some(token.clone()),
        webhooks: vec![Webhook {
            endpoint: None,
            secret: secret.clone(),
        }],
        ..Credentials::default()
    };
    let put = |kept: &mut Kept| {
        kept.insert(name.clone(), own.clone());
        Ok::<_, StoreError>(())
    };
    Ok(store.update(Some(name), put).await?)
}
