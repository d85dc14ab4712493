//! A deployed stack, accessed with the operator's own credentials.

use std::sync::Arc;

use anyhow::Context;
use shared::aws::{Clients, Endpoints, assert_credentials, behavior, http_client};
use shared::config::{Faults, Reader, Vars, with_stored_settings};
use shared::connection::{Keeper, StackStore};
use shared::ledger::audit::Actor;
use shared::ledger::{DynamoTable, Ledger};
use shared::queue::{Queue, QueueUrls, SqsQueue};

use super::{clock, shell};
use crate::exit::CliError;

pub(crate) struct Stack {
    name: String,
    clients: Clients,
    sts: aws_sdk_sts::Client,
    table: String,
    claims: String,
    connections: String,
    queue: Address,
    dead_letters: Address,
    retry: Address,
    retry_dead_letters: Address,
}

/// Address of a queue: its URL, or a name whose URL is looked up.
enum Address {
    Known(String),
    Named(String),
}

impl Stack {
    /// Reads the stack's settings from its secret. The shell's `vars` contain the credentials, the names of the stack's
    /// resources, and the settings in `given`.
    pub(super) async fn find(
        name: &str,
        vars: &Vars,
        given: &[&str],
    ) -> Result<(Self, Vars), CliError> {
        let (clients, sts) = clients(vars).await?;
        let derived = |setting: &str, name: String| vars.get(setting).map_or(name, str::to_owned);
        let address = |setting: &str, name: String| match vars.get(setting) {
            Some(url) => Address::Known(url.to_owned()),
            None => Address::Named(name),
        };
        let settings = derived("BRIDGE_SETTINGS_SECRET", format!("{name}/settings"));
        let stack = Self {
            table: derived("BRIDGE_TABLE", name.to_owned()),
            claims: derived("BRIDGE_CLAIMS_TABLE", format!("{name}-claims")),
            connections: derived("BRIDGE_CONNECTIONS_SECRET", format!("{name}/connections")),
            queue: address("BRIDGE_QUEUE_URL", format!("{name}.fifo")),
            dead_letters: address(
                "BRIDGE_DEAD_LETTER_QUEUE_URL",
                format!("{name}-dead-letters.fifo"),
            ),
            retry: address("BRIDGE_RETRY_QUEUE_URL", format!("{name}-retry")),
            retry_dead_letters: Address::Named(format!("{name}-retry-dead-letters")),
            name: name.to_owned(),
            clients,
            sts,
        };
        let own = shell::surroundings(vars, given);
        let held = with_stored_settings(own, &stack.clients, &settings).await;
        let held = held.map_err(Faults::from)?;
        Ok((stack, held))
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The identity of the operator's credentials.
    pub(crate) async fn caller(&self) -> Result<Actor, CliError> {
        let identity = self.sts.get_caller_identity().send().await;
        let identity = identity.context(
            "AWS does not report whose credentials these are (sts:GetCallerIdentity), so the action can't be recorded and was not done; check that the network reaches STS",
        )?;
        let arn = identity
            .arn()
            .context("AWS reported no identity for these credentials")?;
        Ok(Actor::Aws {
            arn: arn.to_owned(),
        })
    }

    pub(crate) fn keeper(&self) -> Keeper {
        Keeper::Stack(self.connections())
    }

    pub(crate) fn connections(&self) -> StackStore {
        StackStore::new(&self.clients, &self.name, &self.connections)
    }

    /// Makes no call.
    pub(crate) fn ledger(&self) -> Ledger {
        let table = DynamoTable::new(&self.clients, &self.table);
        let claims = DynamoTable::claims(&self.clients, &self.claims);
        Ledger::new(Arc::new(table), Arc::new(claims), clock())
    }

    pub(crate) async fn queue(&self) -> Result<Arc<dyn Queue>, CliError> {
        let urls = QueueUrls {
            events: self.url(&self.queue).await?,
            dead_letters: Some(self.url(&self.dead_letters).await?),
            retry: Some(self.url(&self.retry).await?),
            retry_dead_letters: Some(self.url(&self.retry_dead_letters).await?),
        };
        Ok(Arc::new(SqsQueue::new(&self.clients, &urls, clock())))
    }

    async fn url(&self, address: &Address) -> Result<String, CliError> {
        match address {
            Address::Known(url) => Ok(url.clone()),
            Address::Named(name) => SqsQueue::url(&self.clients, name)
                .await
                .map_err(|error| CliError::Usage(error.to_string())),
        }
    }
}

/// Clients with the SDK's default credential chain: variables, profiles, SSO.
async fn clients(vars: &Vars) -> Result<(Clients, aws_sdk_sts::Client), CliError> {
    let mut reader = Reader::new(vars);
    let endpoints = Endpoints::read(&mut reader);
    let endpoints = reader.finish(endpoints)?;
    let wire = http_client(&endpoints).context("AWS can't be called")?;
    let config = aws_config::defaults(behavior())
        .http_client(wire)
        .load()
        .await;
    if config.region().is_none() {
        return Err(CliError::Usage(
            "no AWS region is set: set AWS_REGION, or AWS_PROFILE to a profile that has a region"
                .into(),
        ));
    }
    assert_credentials(&config)
        .await
        .map_err(|error| CliError::Usage(error.to_string()))?;
    let mut sts = aws_sdk_sts::config::Builder::from(&config);
    if let Some(url) = endpoints.all() {
        sts = sts.endpoint_url(url);
    }
    let sts = aws_sdk_sts::Client::from_conf(sts.build());
    let clients = Clients::of_operator(config, &endpoints).context("AWS can't be called")?;
    Ok((clients, sts))
}
