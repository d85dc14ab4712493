//! [`Parameters`]: a SecureString of the Parameter Store for each connection, under one path.
//!
//! Each write is a new version of the parameter, and versions are read by their number. So a new version has no effect
//! until the index contains it.

use std::time::Duration;

use aws_sdk_ssm::Client;
use aws_sdk_ssm::config::Builder;
use aws_sdk_ssm::types::{Parameter, ParameterTier, ParameterType};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;

use super::Version;
use super::secret::read_limits;
use crate::aws::{AwsError, Call, Clients, fault, timeouts};
use crate::model::ConnectionName;

/// The Parameter Store takes three writes a second and throttles more: a write waits for its turn.
const WRITE_ATTEMPTS: u32 = 12;
const WRITE: Duration = Duration::from_secs(30);
const ATTEMPT: Duration = Duration::from_secs(3);

/// The parameters below a path.
#[derive(Clone)]
pub(super) struct Parameters {
    client: Client,
    path: String,
}

impl Parameters {
    /// The parameters of a stack. The roles in template.yaml name the same path.
    pub(super) fn of_stack(clients: &Clients, stack: &str) -> Self {
        Self {
            client: clients.ssm.clone(),
            path: format!("/bridge/{stack}/connections"),
        }
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// The parameter of a connection.
    pub(super) fn name(&self, of: &ConnectionName) -> String {
        format!("{}/{of}", self.path)
    }

    /// The text in one version of a parameter.
    pub(super) async fn read(
        &self,
        of: &ConnectionName,
        version: Version,
    ) -> Result<String, AwsError> {
        let name = self.name(of);
        let answer = self
            .client
            .get_parameter()
            .name(format!("{name}:{version}"))
            .with_decryption(true)
            .customize()
            .config_override(Builder::new().timeout_config(read_limits()))
            .send()
            .await
            .map_err(|error| self.fault("ssm:GetParameter", &name, &error))?;
        let value = answer.parameter.and_then(|it| it.value);
        Ok(value.unwrap_or_default())
    }

    /// The latest version of every parameter below the path, by the connection's name.
    pub(super) async fn read_all(
        &self,
    ) -> Result<Vec<(ConnectionName, Version, String)>, AwsError> {
        let mut all = Vec::new();
        let mut pages = self
            .client
            .get_parameters_by_path()
            .path(&self.path)
            .with_decryption(true)
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            let page =
                page.map_err(|error| self.fault("ssm:GetParametersByPath", &self.path, &error))?;
            let found = page.parameters.unwrap_or_default();
            all.extend(found.into_iter().filter_map(|it| self.found(it)));
        }
        Ok(all)
    }

    /// `None` if the parameter is not ours.
    fn found(&self, parameter: Parameter) -> Option<(ConnectionName, Version, String)> {
        let name = parameter.name?;
        let name = name.strip_prefix(&self.path)?.strip_prefix('/')?;
        let name = ConnectionName::parse(name).ok()?;
        let version = Version::try_from(parameter.version).ok()?;
        Some((name, version, parameter.value?))
    }

    /// Writes a new version, and returns its number.
    pub(super) async fn write(&self, of: &ConnectionName, text: &str) -> Result<Version, AwsError> {
        let name = self.name(of);
        let retries = RetryConfig::standard()
            .with_max_attempts(WRITE_ATTEMPTS)
            .with_max_backoff(Duration::from_secs(2));
        let config = Builder::new()
            .retry_config(retries)
            .timeout_config(timeouts(ATTEMPT, WRITE));
        let written = self
            .client
            .put_parameter()
            .name(&name)
            .value(text)
            .r#type(ParameterType::SecureString)
            // Up to 4 KiB are free. More, for many projects, costs five cents a month.
            .tier(ParameterTier::IntelligentTiering)
            .overwrite(true)
            .customize()
            .config_override(config)
            .send()
            .await
            .map_err(|error| self.fault("ssm:PutParameter", &name, &error))?;
        Ok(Version::try_from(written.version).unwrap_or_default())
    }

    /// Deletes a parameter with all of its versions.
    pub(super) async fn delete(&self, of: &ConnectionName) -> Result<(), AwsError> {
        let name = self.name(of);
        self.client
            .delete_parameter()
            .name(&name)
            .send()
            .await
            .map(drop)
            .map_err(|error| self.fault("ssm:DeleteParameter", &name, &error))
    }

    fn fault<E>(
        &self,
        action: &'static str,
        name: &str,
        error: &SdkError<E, HttpResponse>,
    ) -> AwsError
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let call = Call {
            action,
            what: &format!("parameter `{name}`"),
            setting: "BRIDGE_STACK",
        };
        fault(&call, error)
    }
}
