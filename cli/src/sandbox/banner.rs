//! What the sandbox prints at its start, and writes to `sandbox.env`.

use std::path::Path;

use serde::Serialize;
use simulator::Samples;

use crate::paint::{BOLD, DIM, WAITS, paint};

/// Where everything is.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Banner {
    pub(super) opentrain_base_url: String,
    pub(super) tool_base_url: String,
    /// `None` for a tool of the user's own.
    pub(super) tool_token: Option<String>,
    /// A project of the sandbox's own tool.
    pub(super) project_id: Option<String>,
    pub(super) job_id: String,
    pub(super) partner_token: String,
    pub(super) personal_token: String,
    pub(super) seed: u64,
}

impl Banner {
    pub(super) fn new(opentrain: String, samples: Samples, seed: u64) -> Self {
        Self {
            opentrain_base_url: opentrain,
            tool_base_url: String::new(),
            tool_token: None,
            project_id: None,
            job_id: samples.job_id,
            partner_token: samples.partner_token,
            personal_token: samples.personal_token,
            seed,
        }
    }

    /// The variables of a bridge and of OpenTrain's own tools. A tool of the user's own needs two more.
    fn variables(&self) -> Vec<(&'static str, &str)> {
        let mut variables = vec![
            ("OPENTRAIN_BASE_URL", self.opentrain_base_url.as_str()),
            ("OPENTRAIN_PERSONAL_API_TOKEN", &self.personal_token),
            ("TOOL_BASE_URL", &self.tool_base_url),
        ];
        if let Some(token) = &self.tool_token {
            variables.extend([("TOOL_KIND", "rest"), ("TOOL_API_TOKEN", token)]);
        }
        variables
    }

    /// The content of `sandbox.env`, for a shell (`set -a; . ./sandbox.env`), for docker and for systemd.
    pub(super) fn env_file(&self) -> String {
        let lines = self.variables().into_iter();
        lines
            .map(|(name, value)| format!("{name}={value}\n"))
            .collect()
    }

    pub(super) fn print(&self, env_file: &Path) {
        let title = "OpenTrain sandbox: both sides of the marketplace, simulated on this machine";
        anstream::println!("{}\n", paint(BOLD, title));
        self.print_places();
        self.print_terms(env_file);
        self.print_commands();
    }

    fn print_places(&self) {
        let origin = &self.opentrain_base_url;
        line(
            "pages",
            &format!("{origin}/"),
            "the human's part, and all data",
        );
        line(
            "Platform API",
            &format!("{origin}/api/partner/v1"),
            "openapi.json below it",
        );
        line(
            "Public API",
            &format!("{origin}/api/public/v1"),
            "openapi.json below it",
        );
        line(
            "agents",
            &format!("{origin}/api/agent"),
            "register and claim",
        );
        line(
            "people",
            &format!("{origin}/sandbox"),
            "the human's part as JSON calls, docs/sandbox.md",
        );
        let own = match self.tool_token {
            Some(_) => "a small annotation tool (members contract)",
            None => "your tool",
        };
        line("tool", &self.tool_base_url, own);
    }

    /// Notes about all addresses.
    fn print_terms(&self, env_file: &Path) {
        line(
            "webhooks",
            "on this machine",
            "a URL of another host is accepted, and its deliveries are not sent",
        );
        line(
            "state",
            "in memory",
            "gone when the sandbox stops; then delete bridge.db* too, since ids begin anew",
        );
        let seed = self.seed.to_string();
        line(
            "seed",
            &seed,
            "the same seed gives the same tokens, ids and names",
        );
        line(
            "variables",
            &env_file.display().to_string(),
            "the variables below: `set -a; . FILE; set +a`, with a / in FILE",
        );
        line(
            "log",
            "standard error",
            "each delivery; BRIDGE_LOG=warn hides them",
        );
        let warning = "Not for production: no authentication, and everything is invented.";
        anstream::println!("\n  {}", paint(WAITS, warning));
    }

    /// Lines to copy.
    fn print_commands(&self) {
        anstream::println!("\n{}", paint(BOLD, "Copy this into a second terminal"));
        for (name, value) in self.variables() {
            anstream::println!("  export {name}={value}");
        }
        if self.tool_token.is_none() {
            anstream::println!("  export TOOL_KIND=… TOOL_API_TOKEN=…");
        }
        let project = self.project_id.as_deref().unwrap_or("PROJECT");
        anstream::println!("  echo {} | bridge connect", self.partner_token);
        anstream::println!("  bridge link --job {} --project {project}", self.job_id);
        anstream::println!("  bridge serve");
        let third = "Copy the `export` lines and this into a third terminal";
        anstream::println!("\n{}", paint(BOLD, third));
        anstream::println!("  bridge subscribe --url http://127.0.0.1:8787/hooks/default");
        anstream::println!("  bridge check");
        let project = if self.project_id.is_some() {
            "rehearsal"
        } else {
            "ANOTHER-PROJECT"
        };
        anstream::println!("  bridge rehearse --project {project} --approve");
        anstream::println!("\nCtrl-C stops the sandbox.");
    }
}

fn line(name: &str, value: &str, note: &str) {
    anstream::println!("  {name:<12} {value:<38} {}", paint(DIM, note));
}
