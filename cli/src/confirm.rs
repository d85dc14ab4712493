//! Confirmation of actions that are hard to undo.

use std::io::{IsTerminal, Write, stdin, stdout};

use crate::exit::Failed;

/// Asks for confirmation on the terminal, unless `yes`. Fails without a terminal, or if the answer is not yes.
pub fn confirm(question: &str, yes: bool) -> Result<(), Failed> {
    if yes {
        return Ok(());
    }
    if !stdin().is_terminal() {
        return Err(Failed::Misused(format!(
            "{question} There is no terminal for the answer: repeat the command with `--yes`"
        )));
    }
    anstream::print!("{question} [y/N] ");
    let mut answer = String::new();
    let read = stdout()
        .flush()
        .and_then(|()| stdin().read_line(&mut answer));
    match read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes") {
        true => Ok(()),
        false => Err(Failed::Misused("cancelled: nothing was changed".into())),
    }
}
