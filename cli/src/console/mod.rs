//! `bridge console`: the installation's state on pages, for an operator's browser on this machine.
//!
//! The pages call the functions of the commands and only show what these return. All pages work without JavaScript.
//!
//! - `guard`: who may call: the host, the origin of a form, and the session; `door`: the link that works once
//! - `serve`: connections, limits and time-outs
//! - `app`: what all pages share
//! - `live`: the stream that reports a change; `changes`: the number of the last one
//! - `run`: work in the background that calls other systems: check, and the plan of a reconcile
//! - `html`: the frame and the parts of pages
//! - `pages`: one file a page
//! - `act`: the pages that change something, with their confirmation

mod act;
mod app;
mod args;
mod assets;
mod changes;
mod clock;
mod door;
mod guard;
mod html;
mod live;
mod pages;
mod query;
mod routes;
mod run;
mod serve;

use std::net::Ipv4Addr;
use std::sync::Arc;

use anyhow::Context;
use shared::config::Vars;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

pub use args::ConsoleArgs;

use crate::exit::CliError;
use crate::paint::{BOLD, DIM, WAITS, paint};
use crate::serve::until_told_to_stop;
use crate::targets::Target;
use app::Console;

/// Serves until SIGTERM or Ctrl-C. Fails if a setting is invalid, or if the port is in use.
pub async fn run(args: &ConsoleArgs, vars: &Vars) -> Result<(), CliError> {
    let terminate = signal(SignalKind::terminate()).context("can't listen for SIGTERM")?;
    let target = Target::of(&args.target.over(vars)).await?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, args.port)).await;
    let listener = listener.with_context(|| {
        format!(
            "can't listen on 127.0.0.1:{}: choose another port with --port",
            args.port
        )
    })?;
    let address = listener
        .local_addr()
        .context("the console has no address")?;
    let (console, token) = Console::new(target, address.port(), args.allow_writes)?;
    let console = Arc::new(console);
    greet(&console, &format!("http://{address}/open?token={token}"));
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let serving = tokio::spawn(serve::serve(listener, Arc::clone(&console), stopped));
    let watching = tokio::spawn(live::watch(Arc::clone(&console)));
    until_told_to_stop(terminate).await?;
    watching.abort();
    stop.send_replace(true);
    console.changes.stop();
    serving.await.context("the console ended early")?;
    Ok(())
}

fn greet(console: &Console, link: &str) {
    let mode = match console.allow_writes {
        true => paint(WAITS, "changes are allowed"),
        false => "read-only".to_owned(),
    };
    anstream::println!("{} {}: {mode}", paint(BOLD, "Console of"), console.name);
    anstream::println!("Open this link in a browser on this machine. It works once:");
    anstream::println!("  {link}");
    anstream::println!("{}", paint(DIM, "Ctrl-C stops the console."));
}
