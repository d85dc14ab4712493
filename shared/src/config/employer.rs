//! Address of OpenTrain, and the token of an employer's account.

use std::path::Path;
use std::sync::Arc;

use secrecy::SecretString;

use super::Reader;
use super::bridge::token;
use super::opentrain::opentrain_base_url;
use super::setting::{BRIDGE_CONNECTIONS, OPENTRAIN_PERSONAL_API_TOKEN};
use crate::connection::EmployerFile;
use crate::http::{BaseUrl, SetupError};
use crate::model::clock::Clock;
use crate::opentrain::public::{AgentClient, PublicClient, options};

/// Address and credentials of the Public API.
#[derive(Debug, Clone)]
pub struct EmployerSettings {
    pub base_url: BaseUrl,
    /// The environment's token, which takes precedence.
    pub token: Option<SecretString>,
    /// The file that `bridge employer` writes.
    pub file: EmployerFile,
}

impl EmployerSettings {
    /// Reads the settings; `None` if one is wrong. The reader has recorded the fault.
    pub fn read(settings: &mut Reader<'_>) -> Option<Self> {
        let base_url = opentrain_base_url(settings);
        let token = settings.optional(&OPENTRAIN_PERSONAL_API_TOKEN, token);
        let connections = settings.text(&BRIDGE_CONNECTIONS);
        Some(Self {
            base_url: base_url?,
            token: token?,
            file: EmployerFile::beside(Path::new(connections?)),
        })
    }

    /// # Errors
    /// When the token can't be used, or no HTTP client can be made.
    pub fn client(
        &self,
        token: &SecretString,
        clock: Arc<dyn Clock>,
    ) -> Result<PublicClient, SetupError> {
        PublicClient::at(self.base_url.clone(), token, options(clock))
    }

    /// # Errors
    /// When no HTTP client can be made.
    pub fn agent(&self, clock: Arc<dyn Clock>) -> Result<AgentClient, SetupError> {
        AgentClient::at(self.base_url.clone(), options(clock))
    }
}
