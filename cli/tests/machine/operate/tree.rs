//! Each command is either harmless, or has the flags of a command that is hard to undo.

use bridge::args::Cli;
use clap::{Command, CommandFactory};

/// Commands that revoke, delete or overwrite, with their flags.
const DESTRUCTIVE: &[(&str, &[&str])] = &[
    ("check-tool", &["yes"]),
    ("dead-letters drop", &["yes", "dry-run", "reason", "all"]),
    ("disconnect", &["yes", "dry-run", "people"]),
    ("employer close", &["yes"]),
    ("employer end", &["yes"]),
    ("employer tokens revoke", &["yes"]),
    ("employer webhooks delete", &["yes"]),
    ("end", &["yes", "dry-run"]),
    ("endpoints disable", &["yes", "dry-run"]),
    ("projects move", &["yes", "force"]),
    ("forget", &["yes"]),
    ("restore", &["yes"]),
    ("settle", &["yes"]),
    ("trigger", &["yes", "dry-run"]),
    ("unlink", &["yes", "dry-run", "people", "force"]),
    ("unsubscribe", &["yes", "dry-run"]),
];

/// Commands that read, add, or can be reversed.
const HARMLESS: &[&str] = &[
    "audit",
    "audit export",
    "audit verify",
    "backup",
    "budget",
    "check",
    "completions",
    "connect",
    "consent-url",
    "console",
    "contracts",
    "dead-letters list",
    "dead-letters redrive",
    "dead-letters show",
    "dead-letters",
    "demo",
    "employer approvals",
    "employer capabilities",
    "employer claim",
    "employer contracts",
    "employer credits",
    "employer draft",
    "employer freelancer",
    "employer hire",
    "employer interview",
    "employer invite-trainer",
    "employer jobs",
    "employer me",
    "employer messages",
    "employer milestones approve",
    "employer milestones create",
    "employer milestones fund",
    "employer payments",
    "employer proposal",
    "employer proposals",
    "employer publish",
    "employer register",
    "employer team",
    "employer tokens create",
    "employer tokens",
    "employer top-up",
    "employer update-draft",
    "employer update-job",
    "employer updates",
    "employer webhooks create",
    "employer webhooks",
    "endpoints enable",
    "endpoints redeliver",
    "endpoints",
    "events",
    "explain",
    "init",
    "invitations",
    "link",
    "links",
    "onboard",
    "man",
    "mcp",
    "migrate",
    "projects allow",
    "projects record",
    "projects",
    "reconcile",
    "rehearse",
    "retry",
    "sandbox",
    "schemas",
    "serve",
    "settings",
    "sign",
    "status",
    "subscribe",
    "usage",
];

/// The commands that act, with their full names.
pub(crate) fn leaves(command: &Command, path: &str, found: &mut Vec<(String, Command)>) {
    if !path.is_empty() && !command.is_subcommand_required_set() {
        found.push((path.to_owned(), command.clone()));
    }
    for next in command.get_subcommands() {
        let path = format!("{path} {}", next.get_name());
        leaves(next, path.trim(), found);
    }
}

#[test]
fn destructive_commands_have_their_flags() {
    let mut found = Vec::new();
    leaves(&Cli::command(), "", &mut found);
    let mut unknown = Vec::new();
    for (name, command) in &found {
        let flags = DESTRUCTIVE.iter().find(|(it, _)| it == name);
        match flags {
            Some((_, flags)) => {
                for flag in *flags {
                    let mut arguments = command.get_arguments();
                    assert!(
                        arguments.any(|it| it.get_long() == Some(flag)),
                        "bridge {name} has no --{flag}"
                    );
                }
            }
            None if HARMLESS.contains(&name.as_str()) => {
                let mut arguments = command.get_arguments();
                assert!(
                    arguments.all(|it| it.get_long() != Some("yes")),
                    "bridge {name} asks: it belongs to the destructive commands"
                );
            }
            None => unknown.push(name),
        }
    }
    assert!(
        unknown.is_empty(),
        "add these commands to a list: {unknown:#?}"
    );
    for name in DESTRUCTIVE.iter().map(|(name, _)| name).chain(HARMLESS) {
        assert!(found.iter().any(|(it, _)| it == name), "no command: {name}");
    }
}
