//! Flags of settings.

use std::path::PathBuf;

use clap::Args;

use crate::targets::TargetArgs;

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Settings")]
pub struct SourceArgs {
    /// The file with settings, in TOML (BRIDGE_CONFIG) [default: ./bridge.toml, if it exists].
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// A file with lines NAME=value, which take precedence over the TOML file.
    #[arg(long, value_name = "FILE", global = true)]
    pub env_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "A flag takes precedence over the environment, the environment over --env-file, and that over the TOML file. Secrets are never shown. Exit code 2 means that `bridge serve` would refuse these settings.\n\nExamples:\n  bridge settings\n  bridge settings --all --json\n  bridge settings --env-file sandbox.env"
)]
pub struct SettingsArgs {
    /// Also show the settings that are not set, with their defaults.
    #[arg(long)]
    pub all: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub target: TargetArgs,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Asks for what is missing, calls the tool, and writes ./bridge.toml with mode 0600 (or the file of --config). Never overwrites a file. The token is read from TOOL_API_TOKEN, from the terminal, or from standard input. Settings in the environment are used, but not written.\n\nExamples:\n  bridge init\n  bridge init --tool-kind label-studio --tool-base-url https://labels.example.com < token.txt"
)]
pub struct InitArgs {
    /// Kind of the annotation tool: rest, label-studio, doccano or cvat.
    #[arg(long, value_name = "KIND")]
    pub tool_kind: Option<String>,
    /// The tool's base URL.
    #[arg(long, value_name = "URL")]
    pub tool_base_url: Option<String>,
    /// CVAT: the organisation's short name.
    #[arg(long, value_name = "NAME")]
    pub tool_org: Option<String>,
    /// Id of a project in the tool, on which to try the token.
    #[arg(long, value_name = "PROJECT")]
    pub project: Option<String>,
    /// Write the file although the tool was not tried.
    #[arg(long)]
    pub untested: bool,
}
