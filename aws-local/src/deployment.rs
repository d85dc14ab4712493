//! A stack as the template describes it, deployed on this machine: queue, table and secrets in the emulator; the real
//! binaries under Lambda's Runtime API, with the permissions of their roles; an HTTP API and an event source mapping.

mod queues;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use serde_json::Value;
use shared::aws::Clients;
use shared::config::Vars;
use shared::connection::StackStore;
use shared::queue::QueueUrls;
use tokio::net::TcpListener;

use self::queues::{JobQueues, queues};
use crate::emulator::{Emulator, clients};
use crate::lambda::{EventSource, EventSourceOptions, Function, FunctionOptions, HttpApi};
use crate::stack::{secret, table};
use crate::template::{self, ACCOUNT, REGION, Template};

/// The four binaries.
const FUNCTIONS: [&str; 4] = ["webhook", "provisioner", "usage-report", "reconciler"];

/// Maximum number of concurrent deliveries on this machine.
const DOORS: usize = 4;

/// Deviations of a deployment from the template.
#[derive(Debug, Clone, Default)]
pub struct Deviations {
    /// Parameters of the template.
    pub parameters: BTreeMap<&'static str, String>,
    /// Variables of all functions. They override the template's.
    pub environment: BTreeMap<&'static str, String>,
    /// Visibility time-out of the queues, because the template's twelve minutes are too long for a test.
    pub visibility: Option<Duration>,
    /// With `Some(n)`, every n-th batch is passed to its function twice at the same time.
    pub repeat_every: Option<usize>,
    /// Time-outs of functions.
    pub timeouts: BTreeMap<&'static str, Duration>,
}

/// A stack on this machine.
pub struct Deployment {
    emulator: Emulator,
    clients: Clients,
    vars: Vars,
    template: Template,
    queues: QueueUrls,
    jobs: JobQueues,
    deviations: Deviations,
    functions: BTreeMap<&'static str, Function>,
    address: SocketAddr,
    listener: Option<TcpListener>,
    serving: Option<(HttpApi, Vec<EventSource>)>,
}

impl Deployment {
    /// Creates all resources of the template. Nothing is served yet.
    ///
    /// # Errors
    /// If the emulator does not start, or a resource cannot be created.
    pub async fn create(stack: &str, deviations: Deviations) -> anyhow::Result<Self> {
        let emulator = Emulator::start()?;
        let vars = emulator.vars().with("AWS_REGION", Some(REGION));
        let clients = clients(&vars)?;
        let mut template = Template::of_stack(stack)?;
        for (name, value) in &deviations.parameters {
            template = template.with_parameter(name, value);
        }
        let made = queues(&clients, template, deviations.visibility).await?;
        let (template, queues, jobs) = made;
        for resource in ["Table", "ClaimsTable"] {
            table(&clients, &template.table_of(resource)?.name).await?;
        }
        let (kept, settings) = (template.connections_secret()?, template.settings_secret()?);
        let kept = secret(&clients, &kept.name, kept.value.as_deref()).await?;
        let settings = secret(&clients, &settings.name, settings.value.as_deref()).await?;
        let template = template
            .with_made("ConnectionsSecret", &kept)
            .with_made("SettingsSecret", &settings);
        let listener = HttpApi::bind(([127, 0, 0, 1], 0).into()).await?;
        Ok(Self {
            address: listener.local_addr()?,
            listener: Some(listener),
            emulator,
            clients,
            vars,
            template,
            queues,
            jobs,
            deviations,
            functions: BTreeMap::new(),
            serving: None,
        })
    }

    /// Sets a variable of all functions, which overrides the template's. It is used from the next
    /// [`serve`](Self::serve) on.
    pub fn set(&mut self, name: &'static str, value: &str) {
        self.deviations.environment.insert(name, value.to_owned());
    }

    fn function_of(&self, name: &'static str) -> anyhow::Result<Function> {
        let deviations = &self.deviations;
        let mut environment = self.template.environment(name)?;
        let own = self.emulator.environment().into_iter().chain([
            ("AWS_REGION", REGION.to_owned()),
            // The emulator identifies the role by this key.
            ("AWS_ACCESS_KEY_ID", name.to_owned()),
        ]);
        let over = deviations
            .environment
            .iter()
            .map(|(name, value)| (*name, value.clone()));
        environment.extend(
            own.chain(over)
                .map(|(name, value)| (name.to_owned(), value)),
        );
        let sources = self.template.event_sources(name)?;
        let sources: usize = sources.iter().map(|source| source.concurrency).sum();
        let concurrency = match name {
            "webhook" => DOORS,
            "provisioner" => sources,
            // One more for calls of the schedule.
            _ => sources + 1,
        };
        let timeout = self.template.function(name)?.timeout;
        Ok(Function::new(FunctionOptions {
            name: name.to_owned(),
            program: binary(name)?,
            environment,
            timeout: deviations.timeouts.get(name).copied().unwrap_or(timeout),
            concurrency,
        }))
    }

    /// Starts the functions, accepts deliveries and processes them until [`stop`](Self::stop).
    ///
    /// # Errors
    /// If a function is not built, or the address is in use.
    pub async fn serve(&mut self) -> anyhow::Result<()> {
        let mut roles = BTreeMap::new();
        for name in FUNCTIONS {
            roles.insert(name, self.template.rights(name)?);
            let function = self.function_of(name)?;
            self.functions.insert(name, function);
        }
        self.emulator.allow(&roles).await?;
        let listener = match self.listener.take() {
            Some(listener) => listener,
            None => HttpApi::bind(self.address).await?,
        };
        let api = HttpApi::serve(listener, self.function("webhook")?.clone());
        let mut sources = Vec::new();
        for name in FUNCTIONS {
            for source in self.template.event_sources(name)? {
                sources.push(self.event_source(name, &source)?);
            }
        }
        self.serving = Some((api, sources));
        Ok(())
    }

    fn event_source(
        &self,
        function: &str,
        source: &template::EventSource,
    ) -> anyhow::Result<EventSource> {
        let name = self.template.queue_of(&source.queue)?.name;
        let url = match source.queue.as_str() {
            "Queue" => Some(self.queues.events.clone()),
            "RetryQueue" => self.queues.retry.clone(),
            _ => Some(self.jobs_of(function)?.to_owned()),
        };
        let options = EventSourceOptions {
            queue_url: url.context("the queue has an address")?,
            queue_arn: format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"),
            batch_size: i32::try_from(source.batch_size)?,
            concurrency: source.concurrency,
            repeat_every: self.deviations.repeat_every,
        };
        let function = self.function(function)?;
        Ok(EventSource::start(&self.clients.sqs, function, &options))
    }

    /// Stops accepting and processing deliveries.
    pub async fn stop(&mut self) {
        if let Some((api, sources)) = self.serving.take() {
            drop(api);
            for source in sources {
                source.disable().await;
            }
        }
    }

    /// Address that accepts deliveries, under `/hooks/{connection}`.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// URLs of its queues.
    pub fn queues(&self) -> &QueueUrls {
        &self.queues
    }

    /// URL of the queue of a scheduled function's jobs.
    ///
    /// # Errors
    /// If the function has none.
    pub fn jobs_of(&self, function: &str) -> anyhow::Result<&str> {
        let url = self.jobs.get(function).map(String::as_str);
        url.context("the function has no queue of jobs")
    }

    /// Its template.
    pub fn template(&self) -> &Template {
        &self.template
    }

    /// Store of its connections.
    ///
    /// # Errors
    /// The template does not describe it.
    pub fn connections(&self) -> anyhow::Result<StackStore> {
        let secret = self.template.connections_secret()?.name;
        let stack = self.template.stack();
        Ok(StackStore::new(&self.clients, stack, &secret))
    }

    /// Clients of an operator.
    pub fn clients(&self) -> &Clients {
        &self.clients
    }

    /// The variables that configure a program for the emulator.
    pub fn vars(&self) -> &Vars {
        &self.vars
    }

    /// The emulator, for faults.
    pub fn emulator(&self) -> &Emulator {
        &self.emulator
    }

    /// One of the four functions.
    ///
    /// # Errors
    /// If no function has that name.
    pub fn function(&self, name: &str) -> anyhow::Result<&Function> {
        self.functions
            .get(name)
            .context("there is no such function")
    }

    /// All output of the functions.
    pub fn output(&self) -> Vec<String> {
        let lines = self.functions.values().map(|it| it.output().lines());
        lines.flatten().collect()
    }

    /// Runs a scheduled function, as the scheduler does.
    ///
    /// # Errors
    /// If it fails.
    pub async fn run(&self, name: &str) -> anyhow::Result<Value> {
        let event = serde_json::json!({});
        Ok(self.function(name)?.invoke(&event).await?)
    }
}

/// The binary that cargo has built for a function: next to the running program.
fn binary(name: &str) -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let found = own
        .ancestors()
        .skip(1)
        .take(2)
        .map(|it| it.join(name))
        .find(|it| it.is_file());
    found.with_context(|| {
        format!("{name} is not built: run `cargo build --workspace --all-features`")
    })
}
