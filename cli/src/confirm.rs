//! Confirmation of actions that are hard to undo. Every command that asks does so here.

use std::io::{IsTerminal, Write, stderr, stdin};

use clap::Args;
use serde_json::{Value, json};

use crate::exit::CliError;
use crate::screen::{self, plain};

/// Flags of a command that shows its effects and asks before it acts.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct Caution {
    /// Show what would happen, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask for confirmation. Required without a terminal.
    #[arg(long)]
    pub yes: bool,
}

/// Effects of a command.
pub(crate) struct Effects {
    /// For a person, one statement a line.
    pub(crate) lines: Vec<String>,
    /// The same as a JSON object.
    pub(crate) value: Value,
    pub(crate) question: String,
}

impl Caution {
    /// Shows the effects and asks for confirmation. Returns false for a dry run.
    pub(crate) fn confirms(&self, effects: &Effects, json: bool) -> Result<bool, CliError> {
        if self.dry_run {
            match json {
                true => screen::json(&dry(&effects.value))?,
                false => anstream::println!("{}", text(&effects.lines)),
            }
            return Ok(false);
        }
        match json {
            // The output is JSON alone.
            true => anstream::eprintln!("{}", text(&effects.lines)),
            false => anstream::println!("{}", text(&effects.lines)),
        }
        confirm(&effects.question, "nothing was changed", self.yes)?;
        Ok(true)
    }
}

fn text(lines: &[String]) -> String {
    let lines: Vec<_> = lines.iter().map(plain).collect();
    lines.join("\n")
}

fn dry(value: &Value) -> Value {
    let mut shown = json!({ "dryRun": true });
    if let (Some(shown), Some(value)) = (shown.as_object_mut(), value.as_object()) {
        shown.extend(value.clone());
    }
    shown
}

/// Whether an operator can answer a question.
pub(crate) fn can_ask() -> bool {
    stdin().is_terminal()
}

/// Asks for confirmation on the terminal, unless `yes`. Fails without a terminal, or if the answer is not yes. The
/// error contains `left`, which states what was not done.
pub fn confirm(question: &str, left: &str, yes: bool) -> Result<(), CliError> {
    if yes {
        return Ok(());
    }
    if !can_ask() {
        return Err(CliError::Usage(format!(
            "{question} There is no terminal for the answer: repeat the command with `--yes`"
        )));
    }
    anstream::eprint!("{question} [y/N] ");
    let mut answer = String::new();
    let read = stderr()
        .flush()
        .and_then(|()| stdin().read_line(&mut answer));
    match read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes") {
        true => Ok(()),
        false => Err(CliError::Usage(format!("cancelled: {left}"))),
    }
}
