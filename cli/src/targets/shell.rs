//! Variables of the operator's shell, in addition to a stack's settings.
//!
//! The functions read their settings only from the stack's secret. A command that read one from the shell would use a
//! different tool or policy.

use shared::config::{AWS_SETTINGS, SETTINGS, STACK_SETTINGS, Setting, Vars};

use crate::paint::{WAITS, paint};

/// Variables of the command's environment and credentials, and those in `given`. The clients read proxies and profiles
/// themselves.
pub(super) fn surroundings(shell: &Vars, given: &[&str]) -> Vars {
    let all = [SETTINGS, STACK_SETTINGS, AWS_SETTINGS];
    let known = all.into_iter().flatten().map(|setting| setting.name);
    shell.only(known.filter(|name| !is_the_stacks(name) || given.contains(name)))
}

/// Settings of the shell that differ from the stack's.
pub(super) fn ignored(shell: &Vars, held: &Vars) -> Vec<&'static str> {
    let differs = |setting: &&&Setting| {
        let here = shell.get(setting.name);
        here.is_some() && here != held.get(setting.name).or(setting.default)
    };
    let names = SETTINGS.iter().filter(differs).map(|setting| setting.name);
    names.filter(|name| is_the_stacks(name)).collect()
}

/// Prints their names, without values, on standard error.
pub(super) fn tell_ignored(stack: &str, names: &[&str]) {
    if !names.is_empty() {
        anstream::eprintln!(
            "{} {}: the stack `{stack}` has its own settings and tokens. Unset them in this shell; change the stack's with `sam deploy`",
            paint(WAITS, "ignored:"),
            names.join(", ")
        );
    }
}

fn is_the_stacks(name: &str) -> bool {
    // The certificate authorities are those of the network in which the command runs. An employer's token is used on
    // this machine alone.
    let own = ["TLS_CA", "OPENTRAIN_PERSONAL_API_TOKEN"];
    !name.starts_with("BRIDGE_") && !name.starts_with("AWS_") && !own.contains(&name)
}
