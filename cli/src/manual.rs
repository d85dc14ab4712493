//! Shell completions and man pages, made from the command line's definition.

use std::io::Write;

use anyhow::Context;
use clap::CommandFactory;

use crate::args::{Cli, CompletionsArgs, ManArgs};
use crate::exit::CliError;

/// Prints the shell's completions.
pub fn completions(args: &CompletionsArgs) -> Result<(), CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "bridge", &mut script);
    let written = std::io::stdout().lock().write_all(&script);
    Ok(written.context("the completions can't be printed")?)
}

/// Writes the man pages.
pub fn man(args: &ManArgs) -> Result<(), CliError> {
    let folder = &args.folder;
    let written = std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Cli::command(), folder));
    Ok(written.with_context(|| {
        format!(
            "the man pages can't be written to {}: choose a folder that you may write to",
            folder.display()
        )
    })?)
}
