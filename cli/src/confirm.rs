//! A question before something that is hard to undo.

use std::io::{IsTerminal, Write, stdin, stdout};

use crate::exit::Failed;

/// Asks at a terminal whether to go on.
///
/// # Errors
/// Another answer than yes; no terminal to ask at, where `--yes` says it beforehand.
pub fn confirm(question: &str, yes: bool) -> Result<(), Failed> {
    if yes {
        return Ok(());
    }
    if !stdin().is_terminal() {
        return Err(Failed::Misused(format!(
            "{question} There is no terminal to ask at: call it again with `--yes`"
        )));
    }
    anstream::print!("{question} [y/N] ");
    let mut answer = String::new();
    let read = stdout()
        .flush()
        .and_then(|()| stdin().read_line(&mut answer));
    match read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes") {
        true => Ok(()),
        false => Err(Failed::Misused("nothing was done".into())),
    }
}
