//! The queues of a deployment.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context;
use aws_sdk_sqs::types::QueueAttributeName;
use shared::aws::Clients;
use shared::queue::QueueUrls;

use crate::template::{Queue, Template};

/// URLs of the queues of jobs, by function.
pub(super) type JobQueues = BTreeMap<&'static str, String>;

/// Creates the queues, each after its dead-letter queue.
pub(super) async fn queues(
    clients: &Clients,
    template: Template,
    visibility: Option<Duration>,
) -> anyhow::Result<(Template, QueueUrls, JobQueues)> {
    let make = async |template: Template, resource, visibility| {
        let url = queue(clients, &template.queue_of(resource)?, visibility).await?;
        anyhow::Ok((template.with_made(resource, &url), url))
    };
    let (template, _) = make(template, "JobsDeadLetterQueue", None).await?;
    let (template, usage_jobs) = make(template, "UsageJobsQueue", visibility).await?;
    let (template, reconcile_jobs) = make(template, "ReconcileJobsQueue", visibility).await?;
    let (template, dead_letters) = make(template, "DeadLetterQueue", None).await?;
    let (template, events) = make(template, "Queue", visibility).await?;
    let (template, retry_dead_letters) = make(template, "RetryDeadLetterQueue", None).await?;
    let (template, retry) = make(template, "RetryQueue", visibility).await?;
    let urls = QueueUrls {
        events,
        dead_letters: Some(dead_letters),
        retry: Some(retry),
        retry_dead_letters: Some(retry_dead_letters),
    };
    let jobs = BTreeMap::from([("usage-report", usage_jobs), ("reconciler", reconcile_jobs)]);
    Ok((template, urls, jobs))
}

/// Creates a queue and returns its URL. `visibility` overrides the template's.
async fn queue(
    clients: &Clients,
    queue: &Queue,
    visibility: Option<Duration>,
) -> anyhow::Result<String> {
    let mut create = clients.sqs.create_queue().queue_name(&queue.name);
    let attributes = queue.attributes.iter();
    // The redrive permission refers to a queue that does not exist yet.
    for (name, value) in attributes.filter(|(name, _)| *name != "RedriveAllowPolicy") {
        create = create.attributes(QueueAttributeName::from(name.as_str()), value);
    }
    if let Some(visibility) = visibility {
        let seconds = visibility.as_secs().to_string();
        create = create.attributes(QueueAttributeName::VisibilityTimeout, seconds);
    }
    let made = create.send().await.context("the queue can't be made")?;
    made.queue_url.context("a queue has an address")
}
