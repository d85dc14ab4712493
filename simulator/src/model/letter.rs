//! Body of an event on its way to the endpoints of one owner.

/// The API whose webhooks are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Channel {
    /// Endpoints of installs.
    Platform,
    /// Endpoints of employers.
    Public,
}

impl Channel {
    /// The API, as the calls below `/sandbox` name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Public => "public",
        }
    }

    /// `User-Agent` of the deliveries.
    pub(crate) fn agent(self) -> &'static str {
        match self {
            Self::Platform => "OpenTrain-Partner-Webhooks/1.0",
            Self::Public => "OpenTrain-Webhooks/1.0",
        }
    }

    /// Reason of an endpoint that was disabled because of its failures.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Platform => "10 consecutive failed deliveries",
            Self::Public => "Disabled after repeated delivery failures",
        }
    }
}

/// An event as it is signed and sent: the same bytes at every attempt.
pub(crate) struct Letter {
    pub(crate) channel: Channel,
    /// The install, or the employer's organisation.
    pub(crate) owner: String,
    pub(crate) event_id: String,
    /// Type of the event on the wire.
    pub(crate) kind: &'static str,
    pub(crate) resource: String,
    /// The trainer, for holding deliveries.
    pub(crate) trainer: Option<String>,
    pub(crate) body: String,
}
