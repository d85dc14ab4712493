//! Who loses access by a command, and the number that an operator has to state.

use shared::reconcile::Losing;

use crate::exit::CliError;

/// Maximum number of trainers that are named.
const MOST_NAMED: usize = 20;

/// The effect as lines. `keeping` is the text after the number of trainers who keep access.
pub(crate) fn lines(losing: &Losing, keeping: &str) -> Vec<String> {
    let count = losing.losing.len();
    let named: Vec<_> = losing.losing.iter().take(MOST_NAMED).collect();
    let named: Vec<_> = named.iter().map(ToString::to_string).collect();
    let rest = match count.saturating_sub(MOST_NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let mut lines = vec![match count {
        0 => "No trainer loses access.".to_owned(),
        count => format!(
            "{count} of {} trainers with access lose it: {}{rest}.",
            losing.live,
            named.join(", ")
        ),
    }];
    if !losing.keeping.is_empty() {
        lines.push(format!("{} {keeping}", losing.keeping.len()));
    }
    if losing.unreadable > 0 {
        lines.push(format!(
            "{} of a newer version: upgrade the bridge to see whether they lose access.",
            crate::screen::count(
                losing.unreadable,
                "trainer has a document",
                "trainers have documents"
            )
        ));
    }
    if losing.is_many {
        lines.push(format!(
            "That is more than a reconcile removes without an operator: it needs `--people {count}`."
        ));
    }
    lines
}

/// Fails unless the operator has stated how many trainers lose access, if they are many.
pub(crate) fn is_stated(
    losing: &Losing,
    people: Option<usize>,
    command: &str,
) -> Result<(), CliError> {
    let count = losing.losing.len();
    match people {
        Some(people) if people != count => Err(CliError::Usage(format!(
            "{} would lose access, not {people}: nothing was changed. `bridge {command} --dry-run` names them",
            crate::screen::count(count, "trainer", "trainers")
        ))),
        None if losing.is_many => Err(CliError::Usage(format!(
            "{count} of {} trainers with access would lose it: nothing was changed. If that is right, repeat the command \
             with `--people {count}`. `--dry-run` names them",
            losing.live
        ))),
        _ => Ok(()),
    }
}
