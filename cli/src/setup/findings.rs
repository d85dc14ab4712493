//! Findings of `bridge check`.

use schemars::JsonSchema;
use serde::Serialize;
use shared::model::json::UnreadableElements;

use super::print::{cell, own, plain, table};
use crate::paint::{BAD, GOOD, WAITS, paint};

/// Severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum State {
    Good,
    /// It works, but the operator should review it.
    Note,
    /// The bridge can't work like this.
    Wrong,
}

impl State {
    /// The word that is shown.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Note => "look",
            Self::Wrong => "wrong",
        }
    }
}

/// Result of one check.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Finding {
    pub(crate) part: &'static str,
    pub(crate) state: State,
    #[serde(rename = "finding")]
    pub(crate) says: String,
    /// Suggested fix; none if the finding contains it, or if nothing is to be done.
    #[serde(rename = "fix")]
    pub(crate) cure: Option<String>,
    /// Names in the text, which a file for support must not have.
    #[serde(skip)]
    pub(super) names: Vec<String>,
}

pub(super) fn good(part: &'static str, says: impl Into<String>) -> Finding {
    Finding {
        part,
        state: State::Good,
        says: says.into(),
        cure: None,
        names: Vec::new(),
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
        names: Vec::new(),
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
        names: Vec::new(),
    }
}

/// Finding from an error, whose text contains the problem and the fix.
pub(super) fn failed(part: &'static str, error: impl ToString) -> Finding {
    Finding {
        part,
        state: State::Wrong,
        says: error.to_string(),
        cure: None,
        names: Vec::new(),
    }
}

/// Findings about unreadable elements of OpenTrain's list.
pub(super) fn unreadable(part: &'static str, elements: &UnreadableElements) -> Vec<Finding> {
    let cure = "report it to OpenTrain; the other elements are processed, and nothing counts as deleted because it is not listed";
    elements
        .lines()
        .map(|line| wrong(part, line, cure))
        .collect()
}

pub(super) fn show(findings: &[Finding]) {
    let mut rows = table(["", "part", "finding"]);
    for finding in findings {
        let color = match finding.state {
            State::Good => GOOD,
            State::Note => WAITS,
            State::Wrong => BAD,
        };
        let state = paint(color, finding.state.word());
        let says = plain(&finding.says);
        let says = finding
            .cure
            .as_ref()
            .map_or(says.clone(), |cure| format!("{says}\n→ {}", plain(cure)));
        rows.add_row([own(state), cell(finding.part), own(says)]);
    }
    anstream::println!("{rows}");
}
