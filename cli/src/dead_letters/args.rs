//! Arguments of `bridge dead-letters`.

use clap::{Args, Subcommand};

use crate::confirm::Caution;
use crate::targets::TargetArgs;

#[derive(Debug, Args)]
#[command(
    after_help = "A dead letter is a message that could not be processed. It is kept for 14 days. Fix the cause, then redrive it.\n\nExamples:\n  bridge dead-letters\n  bridge dead-letters show 17\n  bridge dead-letters redrive 17 18\n  bridge dead-letters redrive --all 40 --stack labels\n  bridge dead-letters drop 17 --reason \"of a test bridge\""
)]
pub struct DeadLettersArgs {
    /// Action [default: list].
    #[command(subcommand)]
    pub action: Option<DeadLetterAction>,
    #[command(flatten)]
    pub target: TargetArgs,
    /// Print JSON.
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum DeadLetterAction {
    /// Show the dead letters, grouped by cause.
    List,
    /// Show one dead letter. Personal data is masked.
    Show {
        /// Id of the dead letter.
        id: String,
    },
    /// Send dead letters to their groups again. Those that are gone are ignored.
    #[command(
        after_help = "Repeating the command is harmless: a dead letter that was redriven is gone, and events count once.\n\nExamples:\n  bridge dead-letters redrive 17 18\n  bridge dead-letters redrive --all 40"
    )]
    Redrive {
        #[command(flatten)]
        which: Which,
    },
    /// Delete dead letters for good.
    #[command(
        after_help = "Shows the dead letters and asks first. No access is lost for good: `bridge reconcile` brings access in line with OpenTrain.\n\nExample:\n  bridge dead-letters drop 17 --reason \"of a test bridge\""
    )]
    Drop {
        #[command(flatten)]
        which: Which,
        /// Why they are deleted. `bridge serve` writes it to its log; on a stack, or if no bridge runs, this command
        /// prints it to standard error.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        caution: Caution,
    },
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Which {
    /// Ids of dead letters.
    #[arg(value_name = "ID")]
    pub ids: Vec<String>,
    /// All dead letters. Fails if their number is not N.
    #[arg(long, value_name = "N")]
    pub all: Option<usize>,
}
