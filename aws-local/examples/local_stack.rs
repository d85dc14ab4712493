//! A stack on this machine for `cargo lambda watch`: the emulator with the template's table, queues and secrets, until
//! Ctrl-C.
//!
//! Writes the functions' variables into the given file. Its one connection is `default` with the webhook secret
//! `whsec_sample`; the tool is the one in TOOL_BASE_URL and TOOL_API_TOKEN.

use std::collections::BTreeMap;

use anyhow::Context;
use aws_local::template::Template;
use aws_local::{Emulator, Stack};
use serde_json::json;
use shared::config::Vars;
use shared::connection::StackStore;
use shared::model::ConnectionName;
use shared::model::signature::WebhookSecret;
use shared::queue::Limits;

const NAME: &str = "opentrain-bridge";

#[tokio::main(flavor = "current_thread")]
#[allow(clippy::print_stderr, reason = "it is a program for people")]
async fn main() -> anyhow::Result<()> {
    let file = std::env::args_os().nth(1);
    let file = file.context("usage: local_stack FILE, for the variables of the functions")?;
    let vars = Vars::from_env();
    let or = |name: &str, sample: &str| vars.get(name).unwrap_or(sample).to_owned();
    let settings = json!({
        "TOOL_KIND": or("TOOL_KIND", "rest"),
        "TOOL_BASE_URL": or("TOOL_BASE_URL", "http://127.0.0.1:8788"),
        "TOOL_API_TOKEN": or("TOOL_API_TOKEN", "sample"),
    });
    let emulator = Emulator::start()?;
    let clients = emulator.clients()?;
    let stack = Stack::create(&clients, NAME, Limits::default(), &settings).await?;
    let store = StackStore::new(&clients, NAME, &format!("{NAME}/connections"));
    let secret = WebhookSecret::new("whsec_sample").context("a secret")?;
    let single = ConnectionName::single();
    aws_local::connect(&store, &single, &"ot_ptk_sample".into(), &secret).await?;

    let jobs = clients
        .sqs
        .create_queue()
        .queue_name(format!("{NAME}-jobs"));
    let jobs = jobs
        .send()
        .await?
        .queue_url
        .context("a queue has an address")?;
    let queue = |url: &Option<String>| url.clone().unwrap_or_default();
    let template = Template::of_stack(NAME)?
        .with_made("Queue", &stack.queues.events)
        .with_made("DeadLetterQueue", &queue(&stack.queues.dead_letters))
        .with_made("RetryQueue", &queue(&stack.queues.retry))
        .with_made("ConnectionsSecret", &format!("{NAME}/connections"))
        .with_made("SettingsSecret", &format!("{NAME}/settings"));
    let mut told: BTreeMap<String, String> = template.environment("provisioner")?;
    told.insert(
        "OPENTRAIN_BASE_URL".to_owned(),
        or("OPENTRAIN_BASE_URL", "http://127.0.0.1:8789"),
    );
    told.insert("BRIDGE_JOBS_QUEUE_URL".to_owned(), jobs);
    let own = emulator.environment().into_iter();
    told.extend(own.map(|(name, value)| (name.to_owned(), value)));
    let lines: String = told
        .iter()
        .map(|(name, value)| format!("{name}={value}\n"))
        .collect();
    std::fs::write(&file, lines).context("the file can't be written")?;
    eprintln!(
        "The stack is up until Ctrl-C; its variables are in {}",
        file.to_string_lossy()
    );
    tokio::signal::ctrl_c().await?;
    Ok(())
}
