//! [`Session`]: one connection to OpenTrain, for one command.

use std::sync::Arc;

use anyhow::Context;
use shared::config::{OpenTrainSettings, Reader};
use shared::connection::Credentials;
use shared::model::ConnectionName;
use shared::model::clock::{Clock, SystemClock};
use shared::opentrain::PlatformClient;
use shared::tool::{AnnotationTool, NoState};

use super::environment;
use crate::exit::CliError;
use crate::targets::Target;

pub(crate) struct Session {
    pub(crate) name: ConnectionName,
    pub(crate) settings: OpenTrainSettings,
    pub(crate) credentials: Credentials,
    pub(crate) platform: PlatformClient,
    /// The `--stack` flag for commands in messages; empty on this machine.
    pub(super) place_flag: String,
    /// Whether `bridge serve` receives the deliveries.
    pub(super) on_machine: bool,
}

impl Session {
    pub(crate) async fn open(target: &Target, name: &ConnectionName) -> Result<Self, CliError> {
        let mut reader = Reader::new(target.vars());
        let settings = target.opentrain(&mut reader);
        Self::with(target, reader.finish(settings)?, name).await
    }

    pub(crate) async fn open_with_tool(
        target: &Target,
        name: &ConnectionName,
    ) -> Result<(Self, Arc<dyn AnnotationTool>), CliError> {
        let mut reader = Reader::new(target.vars());
        let settings = target.opentrain(&mut reader);
        let tool = tools::settings(&mut reader);
        let (settings, tool) = reader.finish(settings.zip(tool))?;
        let tool = tool
            .connect(clock(), Arc::new(NoState))
            .context("the tool can't be called")?;
        Ok((Self::with(target, settings, name).await?, tool))
    }

    /// Flags of this target and connection, for commands in messages.
    pub(super) fn flags(&self) -> String {
        format!("{}{}", self.place_flag, self.name.flag())
    }

    /// The text of OpenTrain's error, with this connection in the command that it names.
    pub(super) fn named(&self, error: impl ToString) -> String {
        let text = error.to_string();
        text.replace(" --connection NAME", &self.flags())
    }

    async fn with(
        target: &Target,
        settings: OpenTrainSettings,
        name: &ConnectionName,
    ) -> Result<Self, CliError> {
        let credentials = settings.credentials(name).await?.unwrap_or_default();
        let Some(token) = &credentials.token else {
            return Err(unknown(target, &settings, name).await);
        };
        // With a token of another customer, links and projects would be recorded for the connection's earlier customer.
        if *name == ConnectionName::default() && credentials.organization.is_some() {
            environment::verify(&settings, None).await?;
        }
        let pool = settings
            .pool(clock())
            .context("OpenTrain can't be called")?;
        let platform = pool
            .with_token(token)
            .context("OpenTrain can't be called")?;
        Ok(Self {
            name: name.clone(),
            settings,
            credentials,
            platform,
            place_flag: target.flag(),
            on_machine: target.is_machine(),
        })
    }
}

pub(crate) fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

pub(super) fn flags(target: &Target, name: &ConnectionName) -> String {
    format!("{}{}", target.flag(), name.flag())
}

async fn unknown(target: &Target, settings: &OpenTrainSettings, name: &ConnectionName) -> CliError {
    match served(settings).await {
        Ok(known) if known.is_empty() => no_connection(target, name),
        Ok(known) => CliError::Usage(name.unknown(&known)),
        Err(error) => error,
    }
}

/// The error if no connection has a token.
pub(super) fn no_connection(target: &Target, name: &ConnectionName) -> CliError {
    let connect = format!("run `bridge connect{}`", flags(target, name));
    let how = match target.is_machine() && *name == ConnectionName::default() {
        true => format!("{connect}, or set OPENTRAIN_PARTNER_TOKEN"),
        false => connect,
    };
    CliError::Usage(format!("no connection is set up: {how}"))
}

/// All connections that have a token.
pub(super) async fn served(settings: &OpenTrainSettings) -> Result<Vec<ConnectionName>, CliError> {
    let all = settings.kept();
    let kept = all.keeper.read_each().await?.kept;
    let mut names: Vec<_> = kept
        .into_iter()
        .filter_map(|(name, own)| own.token.map(|_| name))
        .collect();
    if all.environment.token.is_some() {
        names.push(ConnectionName::default());
    }
    names.sort();
    names.dedup();
    Ok(names)
}
