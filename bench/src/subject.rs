//! Measured programs.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use crate::ground::Ground;
use crate::process::{Process, free_address};

const RECEIVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peer/receiver.mjs");

/// A measured program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    /// `bridge serve`.
    Bridge,
    /// The receiver on Node, which stores ids in memory.
    Peer,
    /// The receiver on Node, which appends each delivery to a file and syncs before the 2xx.
    PeerWithJournal,
}

impl Subject {
    /// Its name in the figures.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bridge => "bridge",
            Self::Peer => "node, in memory",
            Self::PeerWithJournal => "node, fsync",
        }
    }

    /// Its name in paths.
    pub(crate) fn slug(self) -> &'static str {
        match self {
            Self::Bridge => "bridge",
            Self::Peer => "node",
            Self::PeerWithJournal => "node-fsync",
        }
    }

    /// Path of its deliveries.
    pub(crate) fn path(self) -> &'static str {
        "/hooks/default"
    }

    /// Starts it with the data in `folder`.
    pub(crate) fn start(self, ground: &Ground, folder: &Path) -> anyhow::Result<Process> {
        let address = free_address()?;
        Process::start(
            self.command(ground, folder, address),
            address,
            &folder.join("log"),
        )
    }

    fn command(self, ground: &Ground, folder: &Path, address: SocketAddr) -> Command {
        let mut command = match self {
            Self::Bridge => Command::new(&ground.bridge),
            Self::Peer | Self::PeerWithJournal => Command::new("node"),
        };
        command
            .env("OPENTRAIN_WEBHOOK_SECRET", &ground.secret)
            .env("TOOL_BASE_URL", ground.tool.base_url())
            .env("TOOL_API_TOKEN", &ground.tool_token);
        match self {
            Self::Bridge => command
                .arg("serve")
                .env("BRIDGE_LISTEN", address.to_string())
                .env("BRIDGE_DB", folder.join("bridge.db"))
                .env("BRIDGE_LOG", "info")
                .env("OPENTRAIN_BASE_URL", ground.opentrain.base_url())
                .env("OPENTRAIN_PARTNER_TOKEN", &ground.token)
                .env("TOOL_KIND", "rest"),
            Self::Peer => command
                .arg(RECEIVER)
                .env("PORT", address.port().to_string())
                .env_remove("JOURNAL"),
            Self::PeerWithJournal => command
                .arg(RECEIVER)
                .env("PORT", address.port().to_string())
                .env("JOURNAL", folder.join("journal")),
        };
        command
    }
}
