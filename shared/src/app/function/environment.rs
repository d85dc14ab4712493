//! Environment variables that the template sets for the functions.

use std::sync::Arc;

use crate::aws::{AwsSettings, Clients};
use crate::config::{
    OpenTrainSettings, Reader, connections_secret, log_filter, opentrain_base_url, queue_url,
    stack_name,
};
use crate::connection::{Connections, Keeper, StackStore};
use crate::http::{BaseUrl, PauseRows, SetupError};
use crate::model::clock::Clock;
use crate::queue::QueueUrls;

/// Log settings of a function.
pub struct Logging {
    pub(super) filter: tracing_subscriber::filter::Targets,
    pub(super) stack: String,
}

impl Logging {
    /// Reads the settings; `None` after an error, which the reader has recorded.
    pub fn read(settings: &mut Reader<'_>) -> Option<Self> {
        let (filter, stack) = (log_filter(settings), stack_name(settings));
        Some(Self {
            filter: filter?,
            stack: stack?,
        })
    }
}

/// Settings of every function.
pub struct Ground {
    pub(super) aws: AwsSettings,
    pub(super) stack: String,
    pub(super) queue_url: String,
    pub(super) connections_secret: String,
    pub(super) opentrain: BaseUrl,
}

impl Ground {
    /// Reads the settings; `None` after an error, which the reader has recorded.
    pub fn read(settings: &mut Reader<'_>) -> Option<Self> {
        let aws = AwsSettings::read(settings);
        let stack = stack_name(settings);
        let queue_url = queue_url(settings);
        let connections_secret = connections_secret(settings);
        let opentrain = opentrain_base_url(settings);
        Some(Self {
            aws: aws?,
            stack: stack?,
            queue_url: queue_url?,
            connections_secret: connections_secret?,
            opentrain: opentrain?,
        })
    }

    /// The queues that every function sends to.
    pub(super) fn queues(&self) -> QueueUrls {
        QueueUrls {
            events: self.queue_url.clone(),
            ..QueueUrls::default()
        }
    }

    pub(super) fn connections(
        &self,
        clients: &Clients,
        clock: &Arc<dyn Clock>,
        pauses: Option<Arc<dyn PauseRows>>,
    ) -> Result<Connections, SetupError> {
        let stack = StackStore::new(clients, &self.stack, &self.connections_secret);
        let opentrain = OpenTrainSettings::deployed(self.opentrain.clone(), Keeper::Stack(stack));
        opentrain.connections(Arc::clone(clock), pauses)
    }
}
