//! Measured binaries.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};

/// The folder of the binaries, which contains this program.
pub(crate) fn folder() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe().context("the path of this program can't be read")?;
    Ok(own
        .parent()
        .context("this program is in no folder")?
        .to_owned())
}

/// The release binary of the bridge. Builds it if it is missing or older than its sources.
///
/// # Errors
/// If cargo can't build it.
pub(crate) fn bridge() -> anyhow::Result<PathBuf> {
    let folder = folder()?;
    let target = folder
        .parent()
        .context("the binaries lie in no target folder")?;
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .context("this crate is in no workspace")?;
    let built = Command::new("cargo")
        .args([
            "build",
            "--release",
            "--quiet",
            "-p",
            "bridge",
            "--target-dir",
        ])
        .arg(target)
        .current_dir(workspace)
        .stdin(Stdio::null())
        .status()
        .context("cargo can't be run: give the binary with --bridge")?;
    ensure!(built.success(), "the bridge can't be built: look above");
    Ok(target.join("release").join("bridge"))
}

/// Version of Node; `None` without Node.
pub(crate) fn node() -> Option<String> {
    version("node")
}

/// Output of `program --version`.
pub(crate) fn version(program: &str) -> Option<String> {
    let said = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .output()
        .ok()?;
    said.status
        .success()
        .then(|| String::from_utf8_lossy(&said.stdout).trim().to_owned())
}
