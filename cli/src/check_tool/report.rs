//! Results of the rules.

use serde::Serialize;

use crate::paint::{BAD, DIM, GOOD, paint};
use crate::screen::{cell, own, plain, table};

/// Whether a tool follows a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Verdict {
    Holds,
    Broken,
    /// The tool lacks the feature that the rule checks, or an earlier rule is broken.
    Skipped,
}

/// One rule, what was seen, and what to do.
#[derive(Debug, Serialize)]
pub(super) struct Checked {
    rule: &'static str,
    verdict: Verdict,
    evidence: String,
    fix: Option<&'static str>,
}

/// A rule with the fix for a tool that breaks it.
pub(super) struct Rule {
    pub(super) name: &'static str,
    pub(super) fix: &'static str,
}

/// Results in the order of the rules.
#[derive(Default, Serialize)]
pub(super) struct Report {
    rules: Vec<Checked>,
}

impl Report {
    /// Records a rule: the evidence that it holds, or how it is broken. Returns whether it holds.
    pub(super) fn add(&mut self, rule: &Rule, seen: Result<String, String>) -> bool {
        let (verdict, evidence) = match seen {
            Ok(evidence) => (Verdict::Holds, evidence),
            Err(fault) => (Verdict::Broken, fault),
        };
        let fix = (verdict == Verdict::Broken).then_some(rule.fix);
        self.rules.push(Checked {
            rule: rule.name,
            verdict,
            evidence,
            fix,
        });
        verdict == Verdict::Holds
    }

    pub(super) fn skip(&mut self, rule: &Rule, why: &str) {
        self.rules.push(Checked {
            rule: rule.name,
            verdict: Verdict::Skipped,
            evidence: why.to_owned(),
            fix: None,
        });
    }

    pub(super) fn count(&self, verdict: Verdict) -> usize {
        self.rules
            .iter()
            .filter(|own| own.verdict == verdict)
            .count()
    }

    pub(super) fn show(&self) {
        let mut rows = table(["", "rule", "what was seen"]);
        for checked in &self.rules {
            let verdict = match checked.verdict {
                Verdict::Holds => paint(GOOD, "holds"),
                Verdict::Broken => paint(BAD, "broken"),
                Verdict::Skipped => paint(DIM, "skipped"),
            };
            let evidence = plain(&checked.evidence);
            let evidence = match checked.fix {
                Some(fix) => format!("{evidence}\n→ {fix}"),
                None => evidence,
            };
            rows.add_row([own(verdict), cell(checked.rule), own(evidence)]);
        }
        anstream::println!("{rows}");
        anstream::println!(
            "Rules: {} hold, {} broken, {} skipped",
            self.count(Verdict::Holds),
            self.count(Verdict::Broken),
            self.count(Verdict::Skipped)
        );
    }
}
