//! The command that reads deliveries from the log of a stack's webhook function.

use super::EventsArgs;

/// The outcomes of deliveries that were accepted, and the messages of their lines.
const ACCEPTED: [(&str, &str); 2] = [
    ("accepted", "delivery accepted"),
    ("quarantined", "delivery accepted and quarantined"),
];

/// The message of the lines that count refused requests. Such a line names up to ten connections in one text.
const REFUSED: &str = "requests refused";

/// The command with the filters of `args`, as CloudWatch's filter pattern for JSON.
pub(super) fn command(args: &EventsArgs, stack: &str) -> String {
    let group = format!("/aws/lambda/{stack}-webhook");
    let pattern = format!("--filter-pattern '{{ {} }}'", terms(args).join(" && "));
    match args.follow {
        true => {
            let since = args
                .since
                .map_or(String::new(), |it| format!(" --since {it:.0}"));
            format!("aws logs tail {group} --follow{since} {pattern}")
        }
        false => {
            let since = args.since.map_or(String::new(), |it| {
                format!(" --start-time {}", it.as_millisecond())
            });
            format!(
                "aws logs filter-log-events --log-group-name {group}{since} --query 'events[].message' --output text {pattern}"
            )
        }
    }
}

fn terms(args: &EventsArgs) -> Vec<String> {
    let outcome = match args.outcome.as_deref() {
        None => {
            format!("($.message = \"delivery accepted*\" || $.message = \"{REFUSED}\")")
        }
        Some("refused") => format!("$.message = \"{REFUSED}\""),
        Some(outcome) => match ACCEPTED.iter().find(|(name, _)| *name == outcome) {
            Some((_, message)) => format!("$.message = \"{message}\""),
            None => format!("$.reason = \"{outcome}\""),
        },
    };
    let kind = args.kind.iter();
    let kind = kind.map(|it| format!("$.['event.type'] = \"{it}\""));
    let contract = args.contract.iter();
    let contract = contract.map(|it| format!("$.['contract.id'] = \"{it}\""));
    let connection = args.connection.iter();
    let connection =
        connection.map(|it| format!("($.connection = \"{it}\" || $.connections = \"*{it}*\")"));
    let rest = kind.chain(contract).chain(connection);
    std::iter::once(outcome).chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::{Cli, Command};

    fn printed(flags: &[&str]) -> String {
        let line = ["bridge", "events"].iter().chain(flags);
        let Command::Events(args) = Cli::try_parse_from(line).unwrap().command else {
            panic!("another command");
        };
        command(&args, "labels")
    }

    #[test]
    fn an_outcome_is_found_by_the_fields_that_the_log_has() {
        for (outcome, term) in [
            ("accepted", "$.message = \"delivery accepted\""),
            (
                "quarantined",
                "$.message = \"delivery accepted and quarantined\"",
            ),
            ("refused", "$.message = \"requests refused\""),
            ("signature-mismatch", "$.reason = \"signature-mismatch\""),
        ] {
            let printed = printed(&["--outcome", outcome]);
            let pattern = format!("--filter-pattern '{{ {term} }}'");
            assert!(printed.ends_with(&pattern), "{printed}");
        }
        let all = "'{ ($.message = \"delivery accepted*\" || $.message = \"requests refused\") }'";
        assert!(printed(&[]).ends_with(all), "{}", printed(&[]));
    }

    #[test]
    fn a_connection_is_found_in_accepted_deliveries_and_in_refused_requests() {
        let printed = printed(&["--outcome", "refused", "--connection", "acme"]);
        let term = "&& ($.connection = \"acme\" || $.connections = \"*acme*\") }'";
        assert!(printed.ends_with(term), "{printed}");
    }

    #[test]
    fn the_start_counts_with_and_without_follow() {
        let since = ["--since", "2026-06-12T10:00:00Z"];
        let once = printed(&since);
        assert!(once.contains(" --start-time 1781258400000 "), "{once}");
        let follow = printed(&[&since[..], &["--follow"]].concat());
        let start = "aws logs tail /aws/lambda/labels-webhook --follow --since 2026-06-12T10:00:00Z --filter-pattern";
        assert!(follow.starts_with(start), "{follow}");
    }
}
