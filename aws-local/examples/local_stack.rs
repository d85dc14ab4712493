//! A stack on this machine for `cargo lambda watch`: the emulator with the template's tables, queues and secrets, until
//! Ctrl-C. Passes the messages of the queues to the watched functions, as AWS does.
//!
//! Writes the functions' variables into the given file. Its one connection is `default`, with the token in
//! OPENTRAIN_PARTNER_TOKEN and the webhook secret in OPENTRAIN_WEBHOOK_SECRET; the tool is the one in TOOL_BASE_URL and
//! TOOL_API_TOKEN. `bridge sandbox` prints the variables of a simulated OpenTrain and a tool.

use std::collections::BTreeMap;

use anyhow::Context;
use aws_local::lambda::{EventSource, EventSourceOptions, Watched};
use aws_local::template::{ACCOUNT, REGION, Template};
use aws_local::{Emulator, Stack};
use serde_json::json;
use shared::aws::Clients;
use shared::config::Vars;
use shared::connection::StackStore;
use shared::model::ConnectionName;
use shared::model::signature::WebhookSecret;
use shared::queue::Limits;

const NAME: &str = "opentrain-bridge";

/// Address of `cargo lambda watch`.
const WATCH: &str = "http://127.0.0.1:9000";

#[tokio::main(flavor = "current_thread")]
#[allow(clippy::print_stderr, reason = "it is a program for people")]
async fn main() -> anyhow::Result<()> {
    let file = std::env::args_os().nth(1);
    let file = file.context("usage: local_stack FILE, for the variables of the functions")?;
    let vars = Vars::from_env();
    let or = |name: &str, sample: &str| vars.get(name).unwrap_or(sample).to_owned();
    let settings = json!({
        "TOOL_KIND": or("TOOL_KIND", "rest"),
        "TOOL_BASE_URL": or("TOOL_BASE_URL", "http://127.0.0.1:8781/annotation/v1"),
        "TOOL_API_TOKEN": or("TOOL_API_TOKEN", "sample"),
    });
    let emulator = Emulator::start()?;
    let clients = emulator.clients()?;
    let stack = Stack::create(&clients, NAME, Limits::default(), &settings).await?;
    let store = StackStore::new(&clients, NAME, &format!("{NAME}/connections"));
    let secret = WebhookSecret::new(&or("OPENTRAIN_WEBHOOK_SECRET", "whsec_sample"));
    let token = or("OPENTRAIN_PARTNER_TOKEN", "ot_ptk_sample").into();
    let single = ConnectionName::default();
    aws_local::connect(&store, &single, &token, &secret.context("a secret")?).await?;
    let jobs = jobs(&clients).await?;
    let mut variables = variables(&stack, &jobs)?;
    let opentrain = or("OPENTRAIN_BASE_URL", "http://127.0.0.1:8780");
    variables.insert("OPENTRAIN_BASE_URL".to_owned(), opentrain);
    let own = emulator.environment().into_iter();
    variables.extend(own.map(|(name, value)| (name.to_owned(), value)));
    let lines = variables.iter();
    let lines: String = lines
        .map(|(name, value)| format!("{name}={value}\n"))
        .collect();
    std::fs::write(&file, lines).context("the file can't be written")?;
    let _sources = event_sources(&clients, &stack, &jobs)?;
    eprintln!(
        "The stack is up until Ctrl-C; its variables are in {}. Its messages go to the functions at {WATCH}",
        file.to_string_lossy()
    );
    tokio::signal::ctrl_c().await?;
    Ok(())
}

/// One queue of jobs for both scheduled functions.
async fn jobs(clients: &Clients) -> anyhow::Result<String> {
    let queue = clients
        .sqs
        .create_queue()
        .queue_name(format!("{NAME}-jobs"));
    let made = queue.send().await?.queue_url;
    made.context("a queue has an address")
}

/// The variables of the provisioner, which are those of all functions.
fn variables(stack: &Stack, jobs: &str) -> anyhow::Result<BTreeMap<String, String>> {
    let queue = |url: &Option<String>| url.clone().unwrap_or_default();
    let template = Template::of_stack(NAME)?
        .with_made("Queue", &stack.queues.events)
        .with_made("DeadLetterQueue", &queue(&stack.queues.dead_letters))
        .with_made("RetryQueue", &queue(&stack.queues.retry))
        .with_made("ConnectionsSecret", &format!("{NAME}/connections"))
        .with_made("SettingsSecret", &format!("{NAME}/settings"));
    let mut variables: BTreeMap<String, String> = template.environment("provisioner")?;
    variables.insert("BRIDGE_JOBS_QUEUE_URL".to_owned(), jobs.to_owned());
    Ok(variables)
}

/// Passes the messages of each queue to its function.
fn event_sources(clients: &Clients, stack: &Stack, jobs: &str) -> anyhow::Result<Vec<EventSource>> {
    let provisioner = Watched::function(WATCH, "provisioner")?;
    let retry = stack.queues.retry.as_deref().context("a retry queue")?;
    let sources = [
        (stack.queues.events.as_str(), "", 10, provisioner.clone()),
        (retry, "-retry", 10, provisioner),
        (jobs, "-jobs", 1, Watched::jobs(WATCH)?),
    ];
    let start = |(url, suffix, batch_size, function): (&str, &str, i32, Watched)| {
        let fifo = if suffix.is_empty() { ".fifo" } else { "" };
        let options = EventSourceOptions {
            queue_url: String::from(url),
            queue_arn: format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{NAME}{suffix}{fifo}"),
            batch_size,
            concurrency: 1,
            repeat_every: None,
        };
        EventSource::start(&clients.sqs, &function, &options)
    };
    Ok(sources.into_iter().map(start).collect())
}
