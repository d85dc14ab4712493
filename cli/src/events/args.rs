//! Arguments of `bridge events`.

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use shared::model::ConnectionName;
use shared::model::clock::{Clock, SystemClock};

use crate::targets::TargetArgs;

#[derive(Debug, Default, Args)]
#[command(
    after_help = "Deliveries are kept for 14 days, about the newest 100,000 of them. Refused requests are counted by reason, connection and minute. With --stack, shows what the ledger and the queue know, and the command that reads the function's log.\n\nOutcomes: accepted, accepted-not-listed (only counted, because its second had over 1,000 deliveries), quarantined (signed, but not understood), refused, or the reason of a refusal, such as signature-mismatch. `accepted` includes accepted-not-listed.\n\nExamples:\n  bridge events\n  bridge events --follow --json\n  bridge events --contract ctr_8f2k --since 3d\n  bridge events --outcome refused --since 1h"
)]
pub struct EventsArgs {
    /// Continue with new deliveries until Ctrl-C. Refused requests are in the log.
    #[arg(long)]
    pub follow: bool,
    /// Only events of this type.
    #[arg(long = "type", value_name = "TYPE")]
    pub kind: Option<String>,
    /// Only events of this contract.
    #[arg(long, value_name = "CONTRACT")]
    pub contract: Option<String>,
    /// Only deliveries to this connection.
    #[arg(long, value_name = "NAME", value_parser = ConnectionName::parse)]
    pub connection: Option<ConnectionName>,
    /// Only deliveries with this outcome.
    #[arg(long, value_name = "OUTCOME")]
    pub outcome: Option<String>,
    /// Only deliveries since this time: a duration such as 90m, 12h or 3d, or a time in RFC 3339.
    #[arg(long, value_name = "TIME", value_parser = since)]
    pub since: Option<Timestamp>,
    /// Maximum number of rows. Shows the newest ones.
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub limit: usize,
    /// Print JSON, one object a line.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub target: TargetArgs,
}

fn since(text: &str) -> Result<Timestamp, String> {
    if let Ok(time) = text.parse() {
        return Ok(time);
    }
    let hint = || "write a duration such as 90m, 12h or 3d, or a time such as 2026-06-12T10:00:00Z";
    let days = text
        .strip_suffix('d')
        .and_then(|days| days.parse::<i64>().ok());
    let ago = match days {
        Some(days) => SignedDuration::from_hours(days.checked_mul(24).ok_or_else(hint)?),
        None => text.parse().map_err(|_| hint())?,
    };
    SystemClock
        .now()
        .checked_sub(ago)
        .map_err(|_| hint().to_owned())
}
