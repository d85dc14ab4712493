//! `bridge retry`: processes a trainer's due work now.

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;
use shared::config::Vars;
use shared::model::clock::{Clock, SystemClock};
use shared::model::ids::TrainerId;
use shared::model::progress::unwatched;
use shared::provision::Retried;

use crate::control::{Order, ask_at, is_running, note_stopped};
use crate::exit::CliError;
use crate::paint::{GOOD, paint};
use crate::screen::{ago, count, json, plain};
use crate::targets::{Target, TargetArgs};

#[derive(Debug, Args)]
#[command(
    after_help = "Use it after you have fixed the cause of a failure, instead of waiting for the planned time. Open invitations are checked, too. Repeating it is harmless.\n\nExamples:\n  bridge retry usr_maria\n  bridge retry usr_maria --stack labels"
)]
pub struct RetryArgs {
    /// The trainer's id.
    #[arg(value_name = "TRAINER")]
    pub trainer: String,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub target: TargetArgs,
}

/// The JSON output.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shown {
    #[serde(flatten)]
    retried: Retried,
    /// Whether a bridge runs on the database; none on a stack.
    bridge_runs: Option<bool>,
}

/// Fails if the trainer is unknown.
pub async fn run(args: &RetryArgs, vars: &Vars) -> Result<(), CliError> {
    let target = Target::of(&args.target.over(vars)).await?;
    let order = Order::Retry {
        trainer: TrainerId::from(args.trainer.as_str()),
    };
    let bridge_runs = is_running(&target).await;
    let retried: Retried = ask_at(&target, &order, &unwatched).await?;
    if args.json {
        return json(&Shown {
            retried,
            bridge_runs,
        });
    }
    let (tries, now) = (retried.tries, SystemClock.now());
    let was = match retried.planned {
        Some(planned) if planned > now => {
            let wait = ago(now, planned);
            format!(
                "{} so far; the next was due in {wait}",
                count(tries, "try", "tries")
            )
        }
        Some(_) => format!(
            "{} so far; the next is due now",
            count(tries, "try", "tries")
        ),
        None => "no work was due, so access is only checked".to_owned(),
    };
    anstream::println!(
        "{} {}: {was}. `bridge status{}` shows the result.",
        paint(GOOD, "Requested"),
        plain(&retried.trainer),
        target.flag()
    );
    if bridge_runs == Some(false) {
        note_stopped();
    }
    Ok(())
}
