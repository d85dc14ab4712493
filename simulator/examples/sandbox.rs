//! Runs the simulated OpenTrain alone: prints its base URL, and runs until it is stopped. `--port` sets the port.

use std::io;

use simulator::{OpenTrain, Options};

#[tokio::main]
async fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let port = match arguments.next().as_deref() {
        Some("--port") => arguments.next().and_then(|port| port.parse().ok()),
        None => Some(0),
        Some(_) => None,
    };
    let port = port.ok_or_else(|| io::Error::other("usage: sandbox [--port PORT]"))?;
    let options = Options {
        port,
        ..Options::default()
    };
    let opentrain = OpenTrain::start_with(options).await?;
    #[allow(
        clippy::print_stdout,
        reason = "the reader of this program waits for it"
    )]
    {
        println!("{}", opentrain.base_url());
    }
    tokio::signal::ctrl_c().await
}
