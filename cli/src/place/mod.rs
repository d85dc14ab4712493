//! Where a command works: on this machine, or on a deployed stack (`--stack NAME`).
//!
//! On a machine the connections are a file, and ledger and queue a database. On a stack they are a secret, a
//! table and a queue, under names that derive from the stack's. A stack's settings are in a second secret, and
//! hold whatever the operator's shell says: its functions read nothing else.

#[cfg(feature = "aws")]
mod shell;
#[cfg(feature = "aws")]
mod stack;

use std::path::PathBuf;
use std::sync::Arc;

use shared::clock::{Clock, SystemClock};
#[cfg(feature = "aws")]
use shared::config::opentrain_base_url;
use shared::config::{Faults, OpenTrainSettings, Reader, Vars, database};
use shared::ledger::Ledger;
use shared::queue::{Limits, Queue, SqliteQueue};
use shared::sqlite::Database;

use crate::exit::Failed;
#[cfg(feature = "aws")]
pub(crate) use stack::Stack;

/// The variable that names the stack.
const STACK: &str = "BRIDGE_STACK";

/// The variable that `bridge connect` takes a token from.
const TOKEN: &str = "OPENTRAIN_PARTNER_TOKEN";

/// Where a command works.
pub struct Place {
    vars: Vars,
    kind: Kind,
}

enum Kind {
    Machine,
    #[cfg(feature = "aws")]
    Stack(Box<Stack>),
}

/// A ledger and a queue, to be looked at.
pub(crate) struct Books {
    pub(crate) ledger: Ledger,
    pub(crate) queue: Arc<dyn Queue>,
}

impl Place {
    /// The stack that `BRIDGE_STACK` names, else this machine.
    ///
    /// # Errors
    /// A stack that can't be worked on: no credentials, no such stack, or a `bridge` that was built without AWS.
    pub async fn of(vars: &Vars) -> Result<Self, Failed> {
        match vars.get(STACK) {
            None => Ok(Self {
                vars: vars.clone(),
                kind: Kind::Machine,
            }),
            Some(name) => Self::on_stack(name, vars, &[]).await,
        }
    }

    /// The same, for the command that stores a token: on a stack, too, it may be given by the variable.
    ///
    /// # Errors
    /// As for [`of`](Self::of).
    pub(crate) async fn to_connect(vars: &Vars) -> Result<Self, Failed> {
        match vars.get(STACK) {
            None => Self::of(vars).await,
            Some(name) => Self::on_stack(name, vars, &[TOKEN]).await,
        }
    }

    /// `given` are the settings that the shell may give here.
    #[cfg(feature = "aws")]
    async fn on_stack(name: &str, vars: &Vars, given: &[&str]) -> Result<Self, Failed> {
        let (stack, held) = Stack::find(name, vars, given).await?;
        shell::tell_ignored(name, &shell::ignored(vars, &held));
        Ok(Self {
            vars: held,
            kind: Kind::Stack(Box::new(stack)),
        })
    }

    #[cfg(not(feature = "aws"))]
    async fn on_stack(name: &str, _: &Vars, _: &[&str]) -> Result<Self, Failed> {
        Err(Failed::Misused(format!(
            "this `bridge` was built without AWS, and can't work on the stack `{name}`: build it with `cargo build --release -p bridge \
             --features aws`, or leave out --stack and {STACK}"
        )))
    }

    /// This machine, for a command that works nowhere else.
    ///
    /// # Errors
    /// When a stack is named.
    pub fn machine_only(command: &str, vars: &Vars) -> Result<(), Failed> {
        match vars.get(STACK) {
            None => Ok(()),
            Some(name) => Err(Failed::Misused(format!(
                "`bridge {command}` works on this machine alone, and the stack `{name}` runs by itself: unset {STACK}"
            ))),
        }
    }

    /// All settings that hold here.
    pub(crate) fn vars(&self) -> &Vars {
        &self.vars
    }

    /// The stack, where it is one.
    #[cfg(feature = "aws")]
    pub(crate) fn stack(&self) -> Option<&Stack> {
        match &self.kind {
            Kind::Machine => None,
            Kind::Stack(stack) => Some(stack),
        }
    }

    /// OpenTrain, and the connections that are kept here; on a machine, with the environment's over them.
    pub(crate) fn opentrain(&self, settings: &mut Reader<'_>) -> Option<OpenTrainSettings> {
        match &self.kind {
            Kind::Machine => OpenTrainSettings::read_any(settings),
            #[cfg(feature = "aws")]
            Kind::Stack(stack) => {
                let opentrain = opentrain_base_url(settings)?;
                Some(OpenTrainSettings::deployed(opentrain, stack.keeper()))
            }
        }
    }

    /// The same, and the token that the environment gives to be stored.
    pub(crate) fn opentrain_to_connect(
        &self,
        settings: &mut Reader<'_>,
    ) -> Option<OpenTrainSettings> {
        match &self.kind {
            Kind::Machine => self.opentrain(settings),
            #[cfg(feature = "aws")]
            Kind::Stack(stack) => OpenTrainSettings::read_on(settings, stack.keeper()),
        }
    }

    /// What a command has to be given to work here, too.
    pub(crate) fn flag(&self) -> String {
        match &self.kind {
            Kind::Machine => String::new(),
            #[cfg(feature = "aws")]
            Kind::Stack(stack) => format!(" --stack {}", stack.name()),
        }
    }

    /// Whether it is this machine, where `bridge serve` has to run.
    pub(crate) fn is_machine(&self) -> bool {
        matches!(self.kind, Kind::Machine)
    }

    /// What holds the ledger and the queue, in words.
    pub(crate) fn what(&self) -> &'static str {
        match &self.kind {
            Kind::Machine => "the database",
            #[cfg(feature = "aws")]
            Kind::Stack(_) => "the stack",
        }
    }

    /// The ledger, to be looked at.
    ///
    /// # Errors
    /// A database that is missing or can't be read.
    pub(crate) fn ledger(&self) -> Result<Ledger, Failed> {
        match &self.kind {
            Kind::Machine => Ok(ledger(&open(&self.database()?)?)),
            #[cfg(feature = "aws")]
            Kind::Stack(stack) => Ok(stack.ledger()),
        }
    }

    /// The same, where there may be none yet.
    ///
    /// # Errors
    /// A database that can't be read.
    pub(crate) fn ledger_if_any(&self) -> Result<Option<Ledger>, Failed> {
        match &self.kind {
            Kind::Machine if !self.database()?.exists() => Ok(None),
            _ => self.ledger().map(Some),
        }
    }

    /// Ledger and queue, to be looked at.
    ///
    /// # Errors
    /// A database that is missing or can't be read, a queue that is not there.
    pub(crate) async fn books(&self) -> Result<Books, Failed> {
        match &self.kind {
            Kind::Machine => {
                let database = open(&self.database()?)?;
                let queue = SqliteQueue::new(database.clone(), clock(), Limits::default());
                Ok(Books {
                    ledger: ledger(&database),
                    queue: Arc::new(queue),
                })
            }
            #[cfg(feature = "aws")]
            Kind::Stack(stack) => Ok(Books {
                ledger: stack.ledger(),
                queue: stack.queue().await?,
            }),
        }
    }

    /// Whether a bridge has kept anything here.
    ///
    /// # Errors
    /// When the database's path is wrong.
    pub(crate) fn has_ledger(&self) -> Result<bool, Faults> {
        match &self.kind {
            Kind::Machine => Ok(self.database()?.exists()),
            #[cfg(feature = "aws")]
            Kind::Stack(_) => Ok(true),
        }
    }

    fn database(&self) -> Result<PathBuf, Faults> {
        let mut reader = Reader::new(&self.vars);
        let path = database(&mut reader);
        reader.finish(path)
    }
}

fn open(path: &std::path::Path) -> Result<Database, Failed> {
    Database::open_read_only(path).map_err(|error| Failed::Misused(error.to_string()))
}

fn ledger(database: &Database) -> Ledger {
    Ledger::in_database(database, clock())
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}
