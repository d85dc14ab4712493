//! Runs OpenTrain's sandbox until Ctrl-C, and prints its base URL.
//!
//! ```sh
//! cargo run -p simulator --example sandbox -- --port 8780
//! ```

#![allow(
    clippy::print_stdout,
    reason = "the program's one line of output is its base URL"
)]

use std::{error::Error, io::Write};

use simulator::{AnnotationPlatform, OpenTrain, Options};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let options = Options {
        port: port()?,
        ..Options::default()
    };
    let opentrain = OpenTrain::start_with(options).await?;
    let tool = AnnotationPlatform::start("tool-token").await?;
    tool.create_project("streets", "Street scenes");
    opentrain.work_in(&tool);
    println!("{}", opentrain.base_url());
    std::io::stdout().flush()?;
    tokio::signal::ctrl_c().await?;
    opentrain.shutdown().await;
    Ok(())
}

/// The port of `--port`; by default a free one.
fn port() -> Result<u16, Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next()) {
        (None, _) => Ok(0),
        (Some("--port"), Some(port)) => Ok(port.parse()?),
        _ => Err("usage: sandbox [--port PORT]".into()),
    }
}
