//! `bridge invitations`: the open invitations that an operator has to hand over.

use std::io::IsTerminal;

use anyhow::Context;
use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;
use shared::config::Vars;

use crate::exit::CliError;
use crate::paint::{WAITS, paint};
use crate::screen::{self, cell, table};
use crate::status::{Exposed, HandOver};
use crate::targets::{Target, TargetArgs};

#[derive(Debug, Args)]
#[command(
    after_help = "Lists invitations that were not mailed, because no mail server is configured or because it refused them. A link is a secret, because it grants access; the address is personal data. So they are not written to a pipe or a file without --json or --show.\n\nExamples:\n  bridge invitations\n  bridge invitations --json | ./hand-over"
)]
pub struct InvitationsArgs {
    /// Show links and addresses even if the output is not a terminal.
    #[arg(long)]
    pub show: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub target: TargetArgs,
}

/// Output of `bridge invitations`.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Invitations {
    invitations: Vec<Exposed>,
}

/// Fails if the output is not a terminal and neither flag is given.
pub async fn run(args: &InvitationsArgs, vars: &Vars) -> Result<(), CliError> {
    if !args.json && !args.show && !std::io::stdout().is_terminal() {
        return Err(CliError::Usage(
            "invitation links are secrets, and the output is not a terminal: nothing was shown. Repeat the command with \
             `--json` or `--show`"
                .into(),
        ));
    }
    let target = Target::of(&args.target.over(vars)).await?;
    let documents = target.ledger()?.trainers().await;
    let documents = documents.with_context(|| format!("{} can't be read", target.what()))?;
    let all = documents.trainers.iter();
    let all: Vec<_> = all
        .flat_map(|(id, trainer)| HandOver::of(id, trainer))
        .collect();
    if !all.is_empty() {
        anstream::eprintln!(
            "{} an invitation link is a secret: send it to its address only, and store it nowhere.",
            paint(WAITS, "note")
        );
    }
    match args.json {
        true => {
            let invitations = all.iter().map(HandOver::exposed).collect();
            screen::json(&Invitations { invitations })?;
        }
        false => show(&all),
    }
    Ok(())
}

fn show(all: &[HandOver]) {
    if all.is_empty() {
        anstream::println!("No invitation has to be handed over.");
        return;
    }
    let mut rows = table(["trainer", "projects", "send to", "link"]);
    for it in all {
        let projects: Vec<_> = it.projects.iter().map(ToString::to_string).collect();
        rows.add_row([
            cell(&it.trainer),
            cell(projects.join(" ")),
            cell(it.email()),
            cell(it.link()),
        ]);
    }
    anstream::println!("{rows}");
}
