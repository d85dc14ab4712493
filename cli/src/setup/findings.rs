//! What `bridge check` finds.

use serde::Serialize;
use shared::model::json::UnreadableElements;

use super::print::{cell, own, plain, table};
use crate::paint::{BAD, GOOD, WAITS, paint};

/// How a thing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum State {
    /// As it should be.
    Good,
    /// It works, and is worth a look.
    Note,
    /// The loop does not work like this.
    Wrong,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    pub(super) part: &'static str,
    pub(super) state: State,
    pub(super) says: String,
    /// What to do about it; nothing where nothing is to be done.
    pub(super) cure: Option<String>,
}

pub(super) fn good(part: &'static str, says: impl Into<String>) -> Finding {
    Finding {
        part,
        state: State::Good,
        says: says.into(),
        cure: None,
    }
}

pub(super) fn note(
    part: &'static str,
    says: impl Into<String>,
    cure: impl Into<String>,
) -> Finding {
    Finding {
        part,
        state: State::Note,
        says: says.into(),
        cure: Some(cure.into()),
    }
}

pub(super) fn wrong(
    part: &'static str,
    says: impl Into<String>,
    cure: impl Into<String>,
) -> Finding {
    Finding {
        part,
        state: State::Wrong,
        says: says.into(),
        cure: Some(cure.into()),
    }
}

/// Whose text says both what is wrong and what to do.
pub(super) fn failed(part: &'static str, error: impl ToString) -> Finding {
    Finding {
        part,
        state: State::Wrong,
        says: error.to_string(),
        cure: None,
    }
}

/// The elements of a list of OpenTrain's that could not be read.
pub(super) fn unreadable(part: &'static str, elements: &UnreadableElements) -> Vec<Finding> {
    let cure = "report it to OpenTrain: the others are processed, and nothing follows from what the list lacks";
    elements
        .lines()
        .map(|line| wrong(part, line, cure))
        .collect()
}

/// Prints them, for people.
pub(super) fn show(findings: &[Finding]) {
    let mut rows = table(["", "part", "finding"]);
    for finding in findings {
        let state = match finding.state {
            State::Good => paint(GOOD, "good"),
            State::Note => paint(WAITS, "look"),
            State::Wrong => paint(BAD, "wrong"),
        };
        let says = plain(&finding.says);
        let says = finding
            .cure
            .as_ref()
            .map_or(says.clone(), |cure| format!("{says}\n→ {}", plain(cure)));
        rows.add_row([own(state), cell(finding.part), own(says)]);
    }
    anstream::println!("{rows}");
}
