//! Arguments of `bridge rehearse`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use shared::model::ConnectionName;

use crate::targets::TargetArgs;

#[derive(Debug, Args)]
#[command(
    after_help = "Plays one hire on the configured OpenTrain and tool, and proves each step: a job is drafted, published and linked to the project; a trainer is hired; access is read back from the tool; work is reported and seen in the budget; a milestone is funded; the contract ends; the removal is proven; the link is deleted and the job closed. The bridge must run, with a webhook endpoint.\n\nNothing is spent without a human: a hire and each funding wait until a person confirms them on OpenTrain's page. On a sandbox, --approve confirms, applies as the trainer and works.\n\nWhat was done is kept in a file. After an interruption, --resume continues the rehearsal, and --cleanup ends what is left.\n\nExit codes: 0 all steps are proven, 1 a step is not, 2 usage or configuration error.\n\nExamples:\n  bridge rehearse --project rehearsal --approve\n  bridge rehearse --project 42 --amount 20\n  bridge rehearse --resume\n  bridge rehearse --cleanup"
)]
pub struct RehearseArgs {
    /// A project in the tool that no job is linked to.
    #[arg(long, value_name = "PROJECT", required_unless_present_any = ["resume", "cleanup"])]
    pub project: Option<String>,
    /// Confirm, apply and work, on a sandbox. In your own tool you still have to do the trainer's work.
    #[arg(long)]
    pub approve: bool,
    /// Allow a sandbox on another machine for --approve. OpenTrain itself is still refused.
    #[arg(long, requires = "approve")]
    pub remote_sandbox: bool,
    /// Amount of each of the two milestones in US dollars. They are funded only after a human's confirmation, and the
    /// money stays held.
    #[arg(long, value_name = "USD", default_value_t = 20.0, value_parser = amount)]
    pub amount: f64,
    /// Maximum waiting time for each step, in minutes.
    #[arg(long, value_name = "MINUTES", default_value = "30", value_parser = minutes)]
    pub wait: Duration,
    /// Continue the rehearsal in the file.
    #[arg(long, conflicts_with = "cleanup")]
    pub resume: bool,
    /// End the contract, delete the link and close the job of the rehearsal in the file.
    #[arg(long)]
    pub cleanup: bool,
    /// The file that keeps what was done.
    #[arg(long, value_name = "FILE", default_value = "rehearsal.json")]
    pub state: PathBuf,
    /// The connection: one customer's install [default: default].
    #[arg(long, value_name = "NAME", value_parser = ConnectionName::parse)]
    pub connection: Option<ConnectionName>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub target: TargetArgs,
}

fn amount(text: &str) -> Result<f64, String> {
    let amount = text.parse().ok();
    let amount = amount.filter(|it: &f64| (1.0..=10_000.0).contains(it));
    amount.ok_or_else(|| "must be 1 to 10000".to_owned())
}

fn minutes(text: &str) -> Result<Duration, String> {
    let minutes = text.parse().ok();
    let minutes = minutes.filter(|it: &f64| (0.01..=10_000.0).contains(it));
    let minutes = minutes.ok_or_else(|| "must be a number of minutes".to_owned())?;
    Ok(Duration::from_secs_f64(minutes * 60.0))
}
