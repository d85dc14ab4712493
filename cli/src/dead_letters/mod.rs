//! `bridge dead-letters`: shows messages that could not be processed, redrives them, or drops them.

mod args;

use std::collections::BTreeSet;

use anyhow::{Context, anyhow};
use serde_json::{Value, json};
use shared::config::Vars;
use shared::model::clock::{Clock, SystemClock};
use shared::model::progress::unwatched;
use shared::queue::{DeadLetter, causes};

pub use args::{DeadLetterAction, DeadLettersArgs, Which};

use crate::confirm::Effects;
use crate::control::{Order, ask_at};
use crate::exit::CliError;
use crate::paint::{GOOD, paint};
use crate::screen::{ago, cell, plain, table};
use crate::targets::Target;

/// Maximum number of dead letters that one command reads.
const MOST: usize = 10_000;

/// Number of dead letters in one order. With ids of AWS that is about 40 KB.
const AT_ONCE: usize = 1_000;

/// Maximum number of dead letters that a row of the audit record describes.
const NAMED: usize = 10;

/// Maximum length of a dead letter's reason in that row.
const LONGEST_REASON: usize = 120;

/// Maximum number of ids in a row of the table.
const MOST_IDS: usize = 5;

pub async fn run(args: DeadLettersArgs, vars: &Vars) -> Result<(), CliError> {
    let target = Target::of(&args.target.over(vars)).await?;
    let letters = letters(&target).await?;
    let json = args.json;
    match args.action.unwrap_or(DeadLetterAction::List) {
        DeadLetterAction::List => {
            list(&letters, json);
            Ok(())
        }
        DeadLetterAction::Show { id } => show(&letters, &id, json),
        DeadLetterAction::Redrive { which } => {
            let ids = chosen(which, &letters)?;
            let taken = in_parts(&target, &ids, |ids| Order::Redrive { ids }).await?;
            told("Redriven", &ids, &taken, json)
        }
        DeadLetterAction::Drop {
            which,
            reason,
            caution,
        } => {
            if reason.trim().is_empty() {
                let text = "`--reason` is empty: write why the dead letters are deleted";
                return Err(CliError::Usage(text.into()));
            }
            let ids = chosen(which, &letters)?;
            if !caution.confirms(&dropping(&ids, &letters), json)? {
                return Ok(());
            }
            let order = |ids| Order::DropDead {
                about: about(&ids, &letters),
                ids,
                reason: reason.clone(),
            };
            let taken = in_parts(&target, &ids, order).await?;
            told("Dropped", &ids, &taken, json)
        }
    }
}

/// Gives the order for a part of the letters at a time, because the size of an order is limited. Returns the letters that
/// were there.
pub(crate) async fn in_parts(
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
pub(crate) fn about(ids: &BTreeSet<String>, letters: &[DeadLetter]) -> Vec<String> {
    let named = letters.iter().filter(|it| ids.contains(&it.message_id));
    let line = |it: &DeadLetter| {
        let (id, kind) = (&it.message_id, it.body.kind());
        let reason: String = it.reason.chars().take(LONGEST_REASON).collect();
        format!("{id} {kind} in group {} ({reason})", it.group)
    };
    named.take(NAMED).map(line).collect()
}

pub(crate) async fn letters(target: &Target) -> Result<Vec<DeadLetter>, CliError> {
    let books = target.books().await?;
    let letters = books.queue.dead_letters(MOST).await;
    Ok(letters.with_context(|| format!("{} can't be read", target.what()))?)
}

fn list(letters: &[DeadLetter], json: bool) {
    let causes = causes(letters);
    if json {
        anstream::println!("{:#}", json!({ "count": letters.len(), "causes": causes }));
        return;
    }
    if causes.is_empty() {
        anstream::println!("No dead letters.");
        return;
    }
    let now = SystemClock.now();
    let mut rows = table(["count", "kind", "cause", "oldest", "newest", "ids"]);
    for cause in &causes {
        let mut ids = cause.ids.iter().take(MOST_IDS).cloned().collect::<Vec<_>>();
        if cause.ids.len() > MOST_IDS {
            ids.push("…".to_owned());
        }
        rows.add_row([
            cell(cause.count),
            cell(&cause.kind),
            cell(&cause.reason),
            cell(ago(cause.oldest, now)),
            cell(ago(cause.newest, now)),
            cell(ids.join(" ")),
        ]);
    }
    anstream::println!("{rows}");
    anstream::println!(
        "Fix the cause, then `bridge dead-letters redrive --all {}`, or name ids.",
        letters.len()
    );
}

fn show(letters: &[DeadLetter], id: &str, json: bool) -> Result<(), CliError> {
    let letter = letters.iter().find(|it| it.message_id == id);
    let letter = letter.ok_or_else(|| unknown(id))?;
    let shown = described(letter);
    if json {
        anstream::println!("{shown:#}");
        return Ok(());
    }
    let at = letter.at;
    anstream::println!(
        "{id}: {} in group {}, dead since {at:.0} after {} receives",
        plain(letter.body.kind()),
        plain(&letter.group),
        letter.receive_count
    );
    anstream::println!("  {}", plain(&letter.reason));
    match letter.body.masked() {
        Some(body) => anstream::println!("{body:#}"),
        None => anstream::println!("Its {} bytes are not JSON.", letter.body.expose().len()),
    }
    Ok(())
}

/// The dead letter as JSON, with masked personal data.
fn described(letter: &DeadLetter) -> Value {
    let mut shown = json!(letter);
    shown["kind"] = letter.body.kind().into();
    shown["body"] = letter.body.masked().unwrap_or_default();
    shown
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
            "there are {} dead letters, not {all}: nothing was changed. `bridge dead-letters` lists them",
            letters.len()
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
    lines.push(format!(
        "{} dead letters are deleted for good.",
        named.len()
    ));
    let value: Vec<_> = named.iter().map(|it| described(it)).collect();
    Effects {
        lines,
        value: json!({ "deadLetters": value }),
        question: format!("Drop {} dead letters?", named.len()),
    }
}

fn told(
    word: &str,
    ids: &BTreeSet<String>,
    taken: &BTreeSet<String>,
    json: bool,
) -> Result<(), CliError> {
    let gone: BTreeSet<_> = ids.difference(taken).collect();
    if json {
        anstream::println!(
            "{:#}",
            json!({ word.to_lowercase(): taken, "notThere": gone })
        );
    } else {
        anstream::println!("{} {} dead letters", paint(GOOD, word), taken.len());
    }
    if gone.is_empty() {
        return Ok(());
    }
    let gone: Vec<_> = gone.into_iter().map(plain).collect();
    Err(anyhow!(
        "these dead letters were not seen: {}. Those that were redriven or dropped are gone. On a stack, ten letters of a \
         group hide its others: redrive or drop those ten first",
        gone.join(", ")
    )
    .into())
}
