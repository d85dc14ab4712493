//! `bridge sandbox`: a simulated OpenTrain and a small annotation tool, to try an integration without an account.

mod args;
mod banner;

use std::path::Path;

use anyhow::Context;
use shared::config::Vars;
use shared::connection::replace_file;
use simulator::{AnnotationPlatform, Failures, OpenTrain, Options};
use tokio::signal::unix::{SignalKind, signal};

use args::DisableAfter;
pub use args::SandboxArgs;
use banner::Banner;

use crate::exit::CliError;
use crate::paint::{WAITS, paint};
use crate::screen::{foreign_json_line, plain};
use crate::serve::until_told_to_stop;

/// Token of the sandbox's own tool.
const TOOL_TOKEN: &str = "sandbox-tool-token";

/// The projects of the sandbox's own tool: one for the sample job, and one for `bridge rehearse`.
const PROJECT: (&str, &str) = ("streets", "Street scenes");
const REHEARSAL: (&str, &str) = ("rehearsal", "Rehearsal");

/// Serves until SIGTERM or Ctrl-C.
pub async fn run(args: &SandboxArgs, vars: &Vars) -> Result<(), CliError> {
    let terminate = signal(SignalKind::terminate()).context("can't listen for SIGTERM")?;
    let port = args.listen.port();
    let opentrain = OpenTrain::start_with(options(args)).await;
    let opentrain = opentrain.with_context(|| in_use(port))?;
    let samples = opentrain.samples().context("the sandbox has no samples")?;
    let mut banner = Banner::new(opentrain.base_url(), samples, args.seed);
    let tool = match &args.tool_base_url {
        Some(url) => {
            banner.tool_base_url.clone_from(url);
            None
        }
        None => Some(start_tool(args, &opentrain, &mut banner).await?),
    };
    let written = replace_file(&args.write_env, banner.env_file().as_bytes());
    written.with_context(|| {
        let path = args.write_env.display();
        format!("{path} can't be written: choose another file with --write-env")
    })?;
    match args.json {
        true => foreign_json_line(&banner)?,
        false => banner.print(&args.write_env),
    }
    tell_of_database(vars.get("BRIDGE_DB").unwrap_or("bridge.db"));
    until_told_to_stop(terminate).await?;
    opentrain.shutdown().await;
    if let Some(tool) = tool {
        tool.shutdown().await;
    }
    Ok(())
}

fn options(args: &SandboxArgs) -> Options {
    Options {
        port: args.listen.port(),
        hosts: args.allow_host.clone(),
        seed: Some(args.seed),
        samples: true,
        card_on_file: !args.no_card,
        failures: match args.disable_after {
            DisableAfter::Deliveries => Failures::Deliveries,
            DisableAfter::Attempts => Failures::Attempts,
        },
        ..Options::default()
    }
}

/// The tool, on the port after OpenTrain's.
async fn start_tool(
    args: &SandboxArgs,
    opentrain: &OpenTrain,
    banner: &mut Banner,
) -> Result<AnnotationPlatform, CliError> {
    let port = match args.listen.port() {
        0 => 0,
        port => port
            .checked_add(1)
            .context("the tool needs a port after --listen's")?,
    };
    let tool = AnnotationPlatform::start_on(port, TOOL_TOKEN, &args.allow_host).await;
    let tool = tool.with_context(|| in_use(port))?;
    tool.create_project(PROJECT.0, PROJECT.1);
    tool.create_project(REHEARSAL.0, REHEARSAL.1);
    opentrain.work_in(&tool);
    banner.tool_base_url = tool.base_url();
    banner.tool_token = Some(TOOL_TOKEN.to_owned());
    banner.project_id = Some(PROJECT.0.to_owned());
    Ok(tool)
}

/// A database of an earlier sandbox has other contracts under the same ids.
fn tell_of_database(path: &str) {
    if Path::new(path).exists() {
        let path = plain(path);
        anstream::eprintln!(
            "{} {path} exists. If it is from an earlier sandbox, new contracts get the ids of its contracts, and a bridge \
             treats them as ended: stop the bridge, delete {path}*, and start the bridge again.",
            paint(WAITS, "Note:")
        );
    }
}

fn in_use(port: u16) -> String {
    format!(
        "can't listen on 127.0.0.1:{port}, for OpenTrain or for the tool on the next port: is another sandbox running? Choose another port with --listen"
    )
}
