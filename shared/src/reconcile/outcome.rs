//! Result of a reconcile.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::alarms::Alarms;
use super::findings::{AccessChange, Drift, Note, Problem};
use super::guard::Held;
use super::heard::Heard;
use super::snapshot::Snapshot;
use crate::ledger::{LastRun, LedgerError, Strangers};
use crate::model::ConnectionName;

/// Maximum number of problems in one line. The others are only counted.
const TOLD: usize = 3;

/// Result of a reconcile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// Start of the run.
    pub started_at: Timestamp,
    /// Duration in milliseconds.
    pub took_ms: u64,
    /// Whether it was a dry run: nothing was written, and the other fields are a prediction.
    pub dry_run: bool,
    /// Number of compared objects.
    pub checked: Checked,
    /// Differences between OpenTrain and the ledger.
    pub drift: Vec<Drift>,
    /// Changes of access that were made, or would be.
    pub access: Vec<AccessChange>,
    /// Notes for the operator. A run with notes is complete.
    pub notes: Vec<Note>,
    /// Work that was not done.
    pub problems: Vec<Problem>,
    /// Removals that follow from absences and wait for an operator, by connection. All other work was done.
    pub held: Vec<Held>,
    /// Time from which a second look at missing entries counts.
    #[serde(default)]
    pub look_again_at: Option<Timestamp>,
    /// Members of the tool who belong to no hire, where a seat spans the organisation.
    #[serde(default)]
    pub strangers: Strangers,
    /// Conditions that need an operator, in addition to holds and problems.
    #[serde(default, skip_serializing_if = "Alarms::is_empty")]
    pub alarms: Alarms,
}

/// Number of compared objects.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Checked {
    /// Installs that answered.
    pub connections: usize,
    /// Links whose contracts were listed.
    pub links: usize,
    /// Contracts that run, once for each of their links.
    pub contracts: usize,
    /// Trainers in the ledger.
    pub trainers: usize,
}

impl Outcome {
    /// Time between the end of the run and a second look that counts.
    pub fn look_again_after(&self) -> Option<Duration> {
        let began = i64::try_from(self.took_ms).unwrap_or_default();
        let ended = self.started_at + SignedDuration::from_millis(began);
        let left = self.look_again_at?.duration_since(ended);
        Some(Duration::try_from(left).unwrap_or_default())
    }

    /// Fails unless all work was done.
    ///
    /// # Errors
    /// The work that was not done, in one line.
    pub fn all_done(&self) -> Result<(), String> {
        let held = self.held.iter().map(ToString::to_string);
        let all: Vec<_> = held
            .chain(self.problems.iter().map(Problem::line))
            .collect();
        if all.is_empty() {
            return Ok(());
        }
        let told = &all[..all.len().min(TOLD)];
        let more = all.len() - told.len();
        let more = if more > 0 {
            format!("; and {more} more")
        } else {
            String::new()
        };
        Err(format!("not all was reconciled: {}{more}", told.join("; ")))
    }

    /// The empty result of a run that begins.
    pub(super) fn begun(started_at: Timestamp, dry_run: bool) -> Self {
        Self {
            started_at,
            took_ms: 0,
            dry_run,
            checked: Checked::default(),
            drift: Vec::new(),
            access: Vec::new(),
            notes: Vec::new(),
            problems: Vec::new(),
            held: Vec::new(),
            look_again_at: None,
            strangers: Strangers::default(),
            alarms: Alarms::default(),
        }
    }

    pub(super) fn not_done(&mut self, about: String, reason: String) {
        self.problems.push(Problem {
            connection: None,
            about,
            reason,
        });
    }

    pub(super) fn problem(
        &mut self,
        connection: &ConnectionName,
        about: &str,
        error: &LedgerError,
    ) {
        self.problems.push(Problem {
            connection: Some(connection.clone()),
            about: about.into(),
            reason: error.to_string(),
        });
    }

    /// Adds the state of the connections, and the documents that cannot be read.
    pub(super) fn tell_of(&mut self, snapshot: &Snapshot, heard: Vec<Heard>) {
        self.checked.trainers = snapshot.trainers.len();
        let unreadable = snapshot.unreadable.iter().map(|(trainer, reason)| Problem {
            connection: None,
            about: format!("trainer {trainer}"),
            reason: reason.clone(),
        });
        self.problems.extend(unreadable);
        for heard in heard {
            self.checked.connections += usize::from(heard.install.is_some());
            self.checked.links += heard.rosters.len();
            let contracts = heard.rosters.iter().map(|roster| roster.active.len());
            self.checked.contracts += contracts.sum::<usize>();
            self.notes.extend(not_allowed(snapshot, &heard));
            self.problems.extend(heard.problems);
            self.notes.extend(heard.notes);
            self.alarms.disabled.extend(heard.disabled);
            let refused = heard.refused_long.then_some(heard.connection);
            self.alarms.refused.extend(refused);
        }
    }

    /// Adds the note that `--force` has lifted no hold.
    pub(super) fn note_no_hold(&mut self, connection: Option<ConnectionName>) {
        self.notes.push(Note {
            connection,
            about: "hold".into(),
            text: "no removals are held".into(),
        });
    }

    /// The run as the ledger records it.
    pub(super) fn last_run(&self, connection: Option<ConnectionName>) -> LastRun {
        let held = self.held.iter().map(ToString::to_string);
        LastRun {
            connection,
            started_at: self.started_at,
            took_ms: self.took_ms,
            drift: self.drift.len(),
            repaired: self.drift.iter().filter(|drift| drift.repaired).count(),
            problems: held
                .chain(self.problems.iter().map(Problem::line))
                .collect(),
            strangers: self.strangers.clone(),
        }
    }
}

/// The links whose project the connection's organisation may not use.
fn not_allowed<'a>(snapshot: &'a Snapshot, heard: &'a Heard) -> impl Iterator<Item = Note> + 'a {
    let (environment, name) = (&snapshot.environment, &heard.connection);
    heard.links.iter().filter_map(move |link| {
        let why = environment.why_not(name, link.project.as_ref()?)?;
        Some(Note {
            connection: Some(name.clone()),
            about: format!("link {}", link.id),
            text: format!("hires get no access: {why}"),
        })
    })
}
