//! What can happen to the file system below the database: it is full, or mounted read-only.

use std::process::Command;

use super::kit::{Bridge, Ground, Run, limited, run, through};

/// A shell whose mounts only its own processes see.
pub(super) const NAMESPACE: [&str; 5] = ["unshare", "--user", "--map-root-user", "--mount", "sh"];

/// Without this trap, writing beyond the limit of a file's size would end the process instead of failing.
pub(super) const FAIL_BEYOND_LIMIT: &str = "trap '' XFSZ";

/// Whether `NAMESPACE` works. Some machines forbid it to users. CI allows it, so that its tests run there.
#[allow(clippy::print_stderr, reason = "what is left out is said")]
pub(super) fn mounts_are_allowed() -> bool {
    let tried = Command::new(NAMESPACE[0])
        .args(&NAMESPACE[1..])
        .args(["-c", "true"])
        .status();
    let is_allowed = tried.is_ok_and(|it| it.success());
    if !is_allowed {
        eprintln!("left out: this machine allows no mount namespaces");
    }
    is_allowed
}

/// Sets the file size limit of a process: writing beyond it fails, as on a full disk.
pub(super) fn limit_files(bridge: &Bridge, bytes: &str) {
    let pid = bridge.id().to_string();
    let limit = format!("--fsize={bytes}:unlimited");
    let set = Command::new("prlimit")
        .args(["--pid", &pid, &limit])
        .status();
    assert!(set.unwrap().success());
}

/// `bridge serve` on a full disk.
pub(super) async fn serve_on_a_full_disk(ground: &Ground) -> Run {
    let limit = format!("{FAIL_BEYOND_LIMIT}; ulimit -f 4");
    run(limited(ground.command(&["serve"]), &limit)).await
}

/// `bridge serve` in a folder that is mounted read-only.
pub(super) async fn serve_on_a_read_only_mount(ground: &Ground) -> Run {
    let folder = ground.path("");
    let folder = folder.to_str().unwrap();
    let mount = format!("mount --bind {folder} {folder} && mount -o remount,ro,bind {folder}");
    // Until the `cd`, the shell's working directory is the folder below the mount.
    let script = format!("{mount} && cd {folder} && exec \"$@\"");
    run(through(&NAMESPACE, ground.command(&["serve"]), &script)).await
}
