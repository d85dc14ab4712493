//! Shell completions and man pages, made from the command line's definition.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::args::Cli;
use crate::exit::CliError;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  bridge completions bash > ~/.local/share/bash-completion/completions/bridge\n  bridge completions zsh > ~/.zfunc/_bridge    # a folder in fpath\n  bridge completions fish > ~/.config/fish/completions/bridge.fish"
)]
pub struct CompletionsArgs {
    /// The shell.
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Writes a page for `bridge` and one for each command, such as bridge-check.1, and replaces those that exist.\n\nExample:\n  bridge man ~/.local/share/man/man1 && man bridge-check"
)]
pub struct ManArgs {
    /// The folder, which is created if it is missing.
    #[arg(value_name = "FOLDER")]
    pub folder: PathBuf,
}

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
