//! Arguments of `bridge sandbox`.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use url::Host;

#[derive(Debug, Args)]
#[command(
    after_help = "Serves OpenTrain's Platform API, Public API, agent registration and the pages for people on one address, and a small annotation tool on the next port. Needs no account and no network. State is in memory: it is gone when the sandbox stops. Without authentication, so it listens on 127.0.0.1 only. docs/sandbox.md lists the calls below /sandbox that do the human's part.\n\nExamples:\n  bridge sandbox\n  bridge sandbox --tool-base-url https://tool.example.com/bridge\n  bridge sandbox --listen 127.0.0.1:0 --seed 7 --json"
)]
pub struct SandboxArgs {
    /// Address and port; the port after it is the tool's. Port 0 takes free ports.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8780", value_parser = loopback)]
    pub listen: SocketAddrV4,
    /// A further host name to accept in requests, such as host.docker.internal. Can be repeated.
    #[arg(long, value_name = "NAME", value_parser = host_name)]
    pub allow_host: Vec<String>,
    /// The base URL of your own tool. The sandbox then starts no tool.
    #[arg(long, value_name = "URL")]
    pub tool_base_url: Option<String>,
    /// Seed: the same one gives the same tokens, secrets, codes and names.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// A claimed account has no card on file: a hire needs credits.
    #[arg(long)]
    pub no_card: bool,
    /// What disables a webhook endpoint after ten failures in a row.
    #[arg(long, value_name = "WHAT", default_value = "deliveries")]
    pub disable_after: DisableAfter,
    /// The file that gets the variables of the environment.
    #[arg(long, value_name = "FILE", default_value = "sandbox.env")]
    pub write_env: PathBuf,
    /// Print addresses, tokens and ids as one line of JSON.
    #[arg(long)]
    pub json: bool,
}

/// What counts as a failure of an endpoint. OpenTrain's documentation can be read in both ways.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum DisableAfter {
    /// Deliveries whose five attempts failed.
    Deliveries,
    /// Failed attempts.
    Attempts,
}

/// A name or an address, without scheme, port and path.
fn host_name(text: &str) -> Result<String, String> {
    match Host::parse(text) {
        Ok(host) => Ok(host.to_string().trim_matches(['[', ']']).to_owned()),
        Err(_) => Err(
            "must be a name without scheme and port, for example host.docker.internal".to_owned(),
        ),
    }
}

fn loopback(text: &str) -> Result<SocketAddrV4, String> {
    let address: SocketAddrV4 = text
        .parse()
        .map_err(|_| "must be 127.0.0.1 and a port, for example 127.0.0.1:8780".to_owned())?;
    match *address.ip() == Ipv4Addr::LOCALHOST {
        true => Ok(address),
        false => Err("must be on 127.0.0.1, because the sandbox has no authentication".to_owned()),
    }
}
