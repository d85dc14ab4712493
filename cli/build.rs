//! Records the commit of a release build for `bridge --version`.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // A debug build would be repeated after each commit.
    let commit = match variable("PROFILE").as_deref() {
        Some("release") => commit().unwrap_or_else(|| "unknown".to_owned()),
        _ => "debug build".to_owned(),
    };
    println!("cargo:rustc-env=BRIDGE_COMMIT={commit}");
}

/// The commit of the repository whose root is the workspace. `None` in an archive of the source, also if the archive
/// was unpacked inside another repository.
fn commit() -> Option<String> {
    let root = Path::new(&variable("CARGO_MANIFEST_DIR")?)
        .parent()?
        .canonicalize()
        .ok()?;
    if Path::new(&git(&root, &["rev-parse", "--show-toplevel"])?)
        .canonicalize()
        .ok()?
        != root
    {
        return None;
    }
    // Changes with each commit and checkout, in linked work trees too.
    let log = git(&root, &["rev-parse", "--git-path", "logs/HEAD"])?;
    println!("cargo:rerun-if-changed={}", root.join(log).display());
    git(&root, &["rev-parse", "--short=12", "HEAD"])
}

/// Output of a git command. `None` if it fails or git is not installed.
fn git(root: &Path, args: &[&str]) -> Option<String> {
    let output = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(args)
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

#[allow(
    clippy::disallowed_methods,
    reason = "cargo gives a build script its input in the environment"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
