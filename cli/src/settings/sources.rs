//! Reads the environment and the settings files.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::process::geteuid;
use shared::config::{SettingsFile, Vars};

use super::args::SourceArgs;
use super::{env_file, toml_file};
use crate::exit::CliError;

/// File in the current folder that is read without being named.
const DEFAULT: &str = "bridge.toml";

/// The settings of the environment, and those of the files.
///
/// # Errors
/// A file is missing or can't be used.
pub fn read(args: &SourceArgs) -> Result<Vars, CliError> {
    let first = read_env_file(args)?;
    let config = match named(args, &Vars::from_env_over(first.clone())) {
        Some(path) => Some(path),
        None => own(Path::new(DEFAULT))?,
    };
    let second = config.map(|path| SettingsFile::read(&path, toml_file::parse));
    let second = second.transpose().map_err(misused)?;
    Ok(Vars::from_env_over(first.into_iter().chain(second)))
}

/// The same without the TOML file, and the path of that file.
pub(crate) fn without_config(args: &SourceArgs) -> Result<(Vars, PathBuf), CliError> {
    let vars = Vars::from_env_over(read_env_file(args)?);
    let path = named(args, &vars).unwrap_or_else(|| DEFAULT.into());
    Ok((vars, path))
}

fn read_env_file(args: &SourceArgs) -> Result<Option<SettingsFile>, CliError> {
    let file = args.env_file.as_deref();
    let file = file.map(|path| SettingsFile::read(path, env_file::parse));
    file.transpose().map_err(misused)
}

fn named(args: &SourceArgs, vars: &Vars) -> Option<PathBuf> {
    let variable = || vars.get("BRIDGE_CONFIG").map(PathBuf::from);
    args.config.clone().or_else(variable)
}

/// The file, if it exists. A file that another user has put into the folder could send the token to another server.
fn own(path: &Path) -> Result<Option<PathBuf>, CliError> {
    let Ok(about) = path.metadata() else {
        return Ok(None);
    };
    let user = geteuid().as_raw();
    match about.uid() == user || about.uid() == 0 {
        true => Ok(Some(path.into())),
        false => Err(CliError::Usage(format!(
            "./{} belongs to another user: if you trust it, name it with `--config {}`",
            path.display(),
            path.display()
        ))),
    }
}

fn misused(error: impl ToString) -> CliError {
    CliError::Usage(error.to_string())
}
