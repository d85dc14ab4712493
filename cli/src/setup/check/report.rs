//! `bridge check --report FILE`: the result for a support request, without names and secrets.
//!
//! Secrets are never in a finding. Names are: those of connections, of projects in the tool, and of hosts and folders.
//! [`Masks`] leaves them out. Connections and hosts are numbered, so that a reader sees which lines are about the same one.

use std::fmt::Write as _;

use jiff::Timestamp;
use shared::config::{SETTINGS, Vars};

use super::super::findings::Finding;
use super::masks::Masks;
use crate::settings::origin::kind;
use crate::targets::Target;
use crate::version::VERSION;

/// The text of the file.
pub(super) fn text(
    findings: &[Finding],
    mut masks: Masks,
    target: &Target,
    at: Timestamp,
) -> String {
    let place = match target.is_machine() {
        true => "a machine",
        false => "a stack",
    };
    let (os, cpu) = (std::env::consts::OS, std::env::consts::ARCH);
    let mut text = format!("bridge {VERSION}\ncheck of {place}, {os} {cpu}, at {at:.0}\n\n");
    for finding in findings {
        let state = finding.state.word();
        let says = masks.line(&finding.says, &finding.names);
        // Writing to a string never fails.
        let _written = writeln!(text, "{state} {}: {says}", finding.part);
        if let Some(cure) = &finding.cure {
            let cure = masks.line(cure, &finding.names);
            let _written = writeln!(text, "  fix: {cure}");
        }
    }
    text.push_str("\nsettings and where they come from:\n");
    for (name, from) in origins(target.vars()) {
        let _written = writeln!(text, "{name}: {from}");
    }
    text
}

/// The settings that are set, without values and paths.
fn origins(vars: &Vars) -> impl Iterator<Item = (&'static str, &'static str)> {
    SETTINGS.iter().filter_map(|setting| {
        let origin = vars.origin(setting.name)?;
        Some((setting.name, kind(Some(&origin))))
    })
}
