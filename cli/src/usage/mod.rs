//! `bridge usage`: runs a usage report on request. The schedule runs the same report.

mod args;
mod show;

use shared::config::Vars;
use shared::model::clock::{Clock, SystemClock};
use shared::model::ids::{ContractId, ProjectId, TrainerId};
use shared::model::progress::unwatched;
use shared::usage::{Options, Report};

pub use args::UsageArgs;
pub use show::show;

use crate::bar::Bar;
use crate::control::{Order, ask, ask_at};
use crate::exit::CliError;
use crate::screen::json;
use crate::targets::Target;

/// Reports work before OpenTrain stops accepting it. Returns the number of new entries. The error names the unreported
/// work in one line.
pub(crate) async fn report_first(target: &Target, options: Options) -> Result<usize, String> {
    let options = Options {
        by_hand: true,
        ..options
    };
    let report = ask_at::<Report>(target, &Order::Usage(options), &unwatched).await;
    let report = report.map_err(|error| error.to_string())?;
    report.all_settled().map(|()| report.entries())
}

/// Reports work and prints the result. Fails if a day is in the future, a setting is invalid, or work was not accepted.
pub async fn run(args: UsageArgs, vars: &Vars) -> Result<(), CliError> {
    let today = SystemClock.now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let (from, to) = (args.day.or(args.from), args.day.or(args.to));
    if let Some(day) = from.max(to).filter(|day| *day > today) {
        let text = format!("{day} is in the future: it is {today} in UTC");
        return Err(CliError::Usage(text));
    }
    if let Some((from, to)) = from.zip(to).filter(|(from, to)| from > to) {
        let text = format!("--from {from} is after --to {to}: name the earlier day first");
        return Err(CliError::Usage(text));
    }
    let options = Options {
        from,
        to,
        connection: args.connection,
        contract: args.contract.map(ContractId::new),
        trainer: args.trainer.map(TrainerId::new),
        accept_deletions: args.accept_deletions.map(ProjectId::new),
        all: args.all,
        dry_run: args.dry_run,
        by_hand: true,
        ..Options::default()
    };
    let (bar, vars) = (Bar::of("hires"), args.target.over(vars));
    let report: Report = ask(&vars, &Order::Usage(options), &|it| bar.show(it)).await?;
    drop(bar);
    if let Some(unknown) = report.unknown.clone() {
        return Err(CliError::Usage(unknown));
    }
    if args.json {
        json(&report)?;
    } else {
        show(&report);
    }
    let done = report.all_done().map_err(anyhow::Error::msg);
    Ok(done?)
}
