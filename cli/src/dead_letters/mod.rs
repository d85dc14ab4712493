//! `bridge dead-letters`: shows messages that could not be processed, redrives them, or drops them.

mod args;
mod show;

use std::collections::BTreeSet;

use anyhow::{Context, anyhow};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use shared::config::Vars;
use shared::model::progress::unwatched;
use shared::queue::DeadLetter;

pub use args::{DeadLetterAction, DeadLettersArgs, Which};
#[cfg(feature = "mcp")]
pub(crate) use show::shown;
pub(crate) use show::{Listed, Shown};

use self::show::{described, list, show};
use crate::confirm::Effects;
use crate::control::{Order, ask_at, is_running};
use crate::exit::CliError;
use crate::paint::{GOOD, WAITS, paint};
use crate::screen::{self, count, plain};
use crate::targets::Target;

/// Maximum number of dead letters that one command reads.
const MOST: usize = 10_000;

/// Number of dead letters in one order. With ids of AWS that is about 40 KB.
const AT_ONCE: usize = 1_000;

/// Maximum number of dead letters that a row of the audit record describes.
const NAMED: usize = 10;

/// Maximum length of a dead letter's reason in that row.
const LONGEST_REASON: usize = 120;

/// Output of `bridge dead-letters redrive` and `drop`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Taken {
    action: Done,
    ids: BTreeSet<String>,
    /// Dead letters that are not there.
    not_there: Vec<String>,
}

impl Taken {
    fn of(action: Done, ids: &BTreeSet<String>, taken: BTreeSet<String>) -> Self {
        Self {
            action,
            not_there: ids.difference(&taken).cloned().collect(),
            ids: taken,
        }
    }

    /// Number of letters that were there.
    #[cfg(feature = "console")]
    pub(crate) fn count(&self) -> usize {
        self.ids.len()
    }

    /// Fails if some of the letters were not there.
    pub(crate) fn all_there(&self) -> Result<(), CliError> {
        if self.not_there.is_empty() {
            return Ok(());
        }
        let gone: Vec<_> = self.not_there.iter().map(plain).collect();
        Err(anyhow!(
            "these dead letters were not seen: {}. Those that were redriven or dropped are gone. On a stack, at most ten \
             letters of a group are visible: redrive or drop those first",
            gone.join(", ")
        )
        .into())
    }
}

/// What was done with dead letters.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Done {
    Redriven,
    Dropped,
}

impl Done {
    fn text(self) -> &'static str {
        match self {
            Self::Redriven => "Redriven",
            Self::Dropped => "Dropped",
        }
    }
}

pub async fn run(args: DeadLettersArgs, vars: &Vars) -> Result<(), CliError> {
    let target = Target::of(&args.target.over(vars)).await?;
    let letters = letters(&target).await?;
    let json = args.json;
    match args.action.unwrap_or(DeadLetterAction::List) {
        DeadLetterAction::List => list(&letters, json),
        DeadLetterAction::Show { id } => show(&letters, &id, json),
        DeadLetterAction::Redrive { which } => {
            let ids = chosen(which, &letters)?;
            told(&redrive(&target, &ids).await?, json)
        }
        DeadLetterAction::Drop {
            which,
            reason,
            caution,
        } => {
            check_reason(&reason)?;
            let ids = chosen(which, &letters)?;
            if !caution.confirms(&dropping(&ids, &letters), json)? {
                return Ok(());
            }
            let is_logged = is_running(&target).await == Some(true);
            let taken = discard(&target, &ids, &letters, &reason).await?;
            if !is_logged {
                anstream::eprintln!("{} {}", paint(WAITS, "reason:"), plain(&reason));
            }
            told(&taken, json)
        }
    }
}

pub(crate) fn check_reason(reason: &str) -> Result<(), CliError> {
    match reason.trim().is_empty() {
        true => Err(CliError::Usage(
            "`--reason` is empty: write why the dead letters are deleted".into(),
        )),
        false => Ok(()),
    }
}

/// Sends these dead letters to their groups again.
pub(crate) async fn redrive(target: &Target, ids: &BTreeSet<String>) -> Result<Taken, CliError> {
    let taken = in_parts(target, ids, |ids| Order::Redrive { ids }).await?;
    Ok(Taken::of(Done::Redriven, ids, taken))
}

/// Deletes these dead letters for good.
pub(crate) async fn discard(
    target: &Target,
    ids: &BTreeSet<String>,
    letters: &[DeadLetter],
    reason: &str,
) -> Result<Taken, CliError> {
    check_reason(reason)?;
    let order = |ids| Order::DropDead {
        about: about(&ids, letters),
        ids,
        reason: reason.to_owned(),
    };
    let taken = in_parts(target, ids, order).await?;
    Ok(Taken::of(Done::Dropped, ids, taken))
}

/// Gives the order for a part of the letters at a time, because the size of an order is limited. Returns the letters
/// that were there.
async fn in_parts(
    target: &Target,
    ids: &BTreeSet<String>,
    order: impl Fn(BTreeSet<String>) -> Order,
) -> Result<BTreeSet<String>, CliError> {
    let all: Vec<_> = ids.iter().cloned().collect();
    let mut taken = BTreeSet::new();
    for part in all.chunks(AT_ONCE) {
        let order = order(part.iter().cloned().collect());
        let done: BTreeSet<String> = ask_at(target, &order, &unwatched).await?;
        taken.extend(done);
    }
    Ok(taken)
}

/// What the first of these letters are, for the audit record.
fn about(ids: &BTreeSet<String>, letters: &[DeadLetter]) -> Vec<String> {
    let named = letters.iter().filter(|it| ids.contains(&it.message_id));
    let line = |it: &DeadLetter| {
        let (id, kind) = (&it.message_id, it.body.kind());
        let reason: String = it.reason.chars().take(LONGEST_REASON).collect();
        format!("{id} {kind} in group {} ({reason})", it.group)
    };
    named.take(NAMED).map(line).collect()
}

/// All dead letters, up to [`MOST`].
pub(crate) async fn letters(target: &Target) -> Result<Vec<DeadLetter>, CliError> {
    let books = target.books().await?;
    let letters = books.queue.dead_letters(MOST).await;
    Ok(letters.with_context(|| format!("{} can't be read", target.what()))?)
}

fn unknown(id: &str) -> CliError {
    CliError::Usage(format!(
        "`{id}` is not a dead letter: `bridge dead-letters` lists them. Those that were redriven or dropped are gone"
    ))
}

/// The ids that the operator names. Fails if `--all` does not match.
fn chosen(which: Which, letters: &[DeadLetter]) -> Result<BTreeSet<String>, CliError> {
    match which.all {
        None => Ok(which.ids.into_iter().collect()),
        Some(all) if all == letters.len() => {
            Ok(letters.iter().map(|it| it.message_id.clone()).collect())
        }
        Some(all) => Err(CliError::Usage(format!(
            "there {} {}, not {all}: nothing was changed. `bridge dead-letters` lists them",
            if letters.len() == 1 { "is" } else { "are" },
            count(letters.len(), "dead letter", "dead letters")
        ))),
    }
}

fn dropping(ids: &BTreeSet<String>, letters: &[DeadLetter]) -> Effects {
    let named: Vec<_> = letters
        .iter()
        .filter(|it| ids.contains(&it.message_id))
        .collect();
    let line = |it: &&DeadLetter| format!("{} {}: {}", it.message_id, it.body.kind(), it.reason);
    let mut lines: Vec<_> = named.iter().map(line).collect();
    let letters = count(named.len(), "dead letter", "dead letters");
    let are = count(named.len(), "dead letter is", "dead letters are");
    lines.push(format!("{are} deleted for good."));
    let value: Vec<_> = named.iter().map(|it| described(it)).collect();
    Effects {
        lines,
        value: json!({ "deadLetters": value }),
        question: format!("Drop {letters}?"),
    }
}

/// Prints what was done. Fails if some were not there.
fn told(taken: &Taken, json: bool) -> Result<(), CliError> {
    if json {
        screen::json(taken)?;
    } else {
        let letters = count(taken.ids.len(), "dead letter", "dead letters");
        anstream::println!("{} {letters}", paint(GOOD, taken.action.text()));
    }
    taken.all_there()
}
