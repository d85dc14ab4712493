//! Impossible numbers.

use super::Day;
use crate::ledger::{Measures, Parts, total};
use crate::usage::report::{HeldBack, Odd};
use crate::usage::sheet::Sheet;

/// Seconds of a UTC day.
const DAY_SECONDS: i64 = 86_400;

impl Day<'_> {
    /// Leaves out impossible numbers. The measure keeps its reported value in all projects, because a part of it must
    /// not be reported as the total. The day's other measures are reported.
    pub(super) fn leave_out_impossible(&mut self, sheet: &mut Sheet) {
        let measures = total(&self.then);
        let counts = |parts: &Parts, of: fn(Measures) -> Option<i64>| {
            parts.values().any(|it| of(*it).is_some_and(|it| it < 0))
        };
        let odd = |of| counts(&self.then, of);
        let (seconds, tasks, labels) = (
            odd(|it| it.seconds),
            odd(|it| it.tasks),
            odd(|it| it.labels),
        );
        let too_long = measures.seconds > Some(DAY_SECONDS);
        let reasons = [
            (seconds || tasks || labels, Odd::Negative),
            (too_long && !seconds, Odd::TooLong),
        ];
        for (_, because) in reasons.into_iter().filter(|(is_odd, _)| *is_odd) {
            self.fall_short();
            sheet.held_back.push(HeldBack {
                of: self.contract.of.clone(),
                day: self.date,
                measures,
                because,
            });
        }
        for parts in [&mut self.first, &mut self.then] {
            for (project, part) in parts {
                let held = self.held.get(project).copied().unwrap_or_default();
                *part = Measures {
                    seconds: if seconds || too_long {
                        held.seconds
                    } else {
                        part.seconds
                    },
                    tasks: if tasks { held.tasks } else { part.tasks },
                    labels: if labels { held.labels } else { part.labels },
                };
            }
        }
    }
}
