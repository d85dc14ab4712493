//! `bridge reconcile`: runs a reconcile on request. The schedule runs the same reconcile.

pub mod args;
#[cfg(any(feature = "console", feature = "mcp"))]
pub(crate) mod plan;
mod show;
mod text;

use anyhow::anyhow;
use shared::config::Vars;
use shared::reconcile::{Outcome, Wish};

pub use show::show;
#[cfg(feature = "console")]
pub(crate) use text::words;

use args::ReconcileArgs;

use crate::bar::Bar;
use crate::control::{Order, ask};
use crate::exit::CliError;
use crate::screen::json;

/// Reconciles and prints the outcome. Fails if a setting is invalid, or if a part was not done.
pub async fn run(args: ReconcileArgs, vars: &Vars) -> Result<(), CliError> {
    let wish = Wish {
        dry_run: args.dry_run,
        force: args.force,
        leave_retries: false,
        connection: args.connection,
        plan: None,
    };
    let (bar, vars) = (Bar::of("steps"), args.target.over(vars));
    let outcome: Outcome = ask(&vars, &Order::Reconcile(wish), &|it| bar.show(it)).await?;
    drop(bar);
    if args.json {
        json(&outcome)?;
    } else {
        show(&outcome);
    }
    outcome
        .all_done()
        .map_err(|why| CliError::Failed(anyhow!(why)))
}
