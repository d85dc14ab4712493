//! `bridge demo`: the whole story on one machine, with real HTTP between OpenTrain, the bridge and the tool.

mod acts;
mod stage;
mod tell;

use anyhow::Context;
use shared::provision::Policy;

use stage::Stage;
use tell::Teller;

use crate::args::DemoArgs;
use crate::exit::Failed;
use crate::paint::{BOLD, DIM, paint};
use crate::status::{Report, show};

/// Plays the story.
///
/// # Errors
/// The first claim that does not hold.
pub async fn run(args: &DemoArgs) -> Result<(), Failed> {
    let mut stage = Stage::set().await?;
    let mut teller = Teller::new();
    introduce(&stage);
    let started = std::time::Instant::now();
    acts::play(&mut stage, &mut teller).await?;
    let report = Report::read(
        stage.machine()?.ledger(),
        stage.machine()?.queue().as_ref(),
        Policy::default(),
    );
    anstream::println!("\n{}", paint(BOLD, "What `bridge status` says now"));
    show(
        &report.await.context("the ledger can't be read")?,
        stage.now(),
    );
    teller.close(started.elapsed());
    if args.keep_running {
        stage.keep_running().await?;
    }
    stage.strike().await;
    Ok(())
}

fn introduce(stage: &Stage) {
    anstream::println!(
        "{}",
        paint(
            BOLD,
            "A trainer's access, from hire to end: three servers on this machine, real HTTP between them"
        )
    );
    let line = |name: &str, url: &str, what: &str| {
        anstream::println!("  {name:<10} {url:<36} {}", paint(DIM, what))
    };
    line(
        "OpenTrain",
        &stage.opentrain.base_url(),
        "simulated: the Platform API, and signed deliveries",
    );
    line(
        "tool",
        &stage.tool.base_url(),
        "a small annotation tool that speaks the members contract",
    );
    line(
        "bridge",
        &format!("http://{}", stage.address()),
        "this program, as `bridge serve` runs it",
    );
}
