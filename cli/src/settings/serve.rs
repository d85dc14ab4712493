//! The settings of `bridge serve`.

use std::net::SocketAddr;
use std::path::PathBuf;

use shared::app::ServiceSettings;
use shared::config::{self, Faults, OpenTrainSettings, Reader, Schedule, Vars, database};
use shared::http::BaseUrl;
use shared::notice::Webhook;

/// All of them. `bridge serve` starts with any that can be read.
pub(crate) struct ServeSettings {
    pub(crate) listen: SocketAddr,
    pub(crate) admin: Option<SocketAddr>,
    pub(crate) database: PathBuf,
    pub(crate) opentrain: OpenTrainSettings,
    pub(crate) services: ServiceSettings,
    pub(crate) schedule: Schedule,
    pub(crate) alerts: Option<Webhook>,
}

impl ServeSettings {
    /// Reports all faults together.
    pub(crate) fn read(vars: &Vars) -> Result<Self, Faults> {
        let mut reader = Reader::new(vars);
        let opentrain = OpenTrainSettings::read(&mut reader);
        let services = ServiceSettings::read(&mut reader, tools::settings);
        let listen = config::listen(&mut reader);
        let admin = config::admin_listen(&mut reader);
        let database = database(&mut reader);
        let schedule = Schedule::read(&mut reader);
        let alerts = config::alert_webhook(&mut reader);
        // The log has already started. Here only its faults are collected.
        let log = config::log_filter(&mut reader).zip(config::log_format(&mut reader));
        let all = || {
            log?;
            Some(Self {
                listen: listen?,
                admin: admin?,
                database: database?,
                opentrain: opentrain?,
                services: services?,
                schedule: schedule?,
                alerts: alerts?,
            })
        };
        let all = all();
        reader.finish(all)
    }

    /// The services that `/readyz` shows.
    pub(crate) fn observed(&self) -> Vec<(&'static str, BaseUrl)> {
        vec![
            ("opentrain", self.opentrain.base_url().clone()),
            ("tool", self.services.tool_base_url().clone()),
        ]
    }
}
