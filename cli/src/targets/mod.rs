//! Target of a command: this machine, or a deployed stack (`--stack NAME`).
//!
//! On a machine the connections are in a file, and ledger and queue in a database. On a stack they are in parameters, in
//! tables and in queues, whose names derive from the stack's. A stack's settings are in a secret and take precedence over
//! the operator's shell, because its functions read nothing else.

mod actor;
mod args;
#[cfg(feature = "aws")]
mod shell;
#[cfg(feature = "aws")]
mod stack;

use std::path::PathBuf;
use std::sync::Arc;

#[cfg(feature = "aws")]
use shared::config::opentrain_base_url;
use shared::config::{Faults, OpenTrainSettings, Reader, Vars, database};
use shared::ledger::Ledger;
use shared::ledger::audit::Actor;
use shared::model::clock::{Clock, SystemClock};
use shared::queue::{Limits, Queue, SqliteQueue};
use shared::sqlite::Database;

pub(crate) use actor::user;
pub use args::TargetArgs;

use crate::exit::CliError;
#[cfg(feature = "aws")]
pub(crate) use stack::Stack;

const STACK: &str = "BRIDGE_STACK";

/// Token for `bridge connect`.
const TOKEN: &str = "OPENTRAIN_PARTNER_TOKEN";

pub struct Target {
    vars: Vars,
    kind: Kind,
}

enum Kind {
    Machine,
    #[cfg(feature = "aws")]
    Stack(Box<Stack>),
}

/// A ledger and a queue, read-only.
pub(crate) struct Stores {
    pub(crate) ledger: Ledger,
    pub(crate) queue: Arc<dyn Queue>,
}

impl Target {
    /// The stack in `BRIDGE_STACK`, otherwise this machine. Fails without credentials, if there is no such stack, and
    /// in a `bridge` that was built without AWS.
    pub async fn of(vars: &Vars) -> Result<Self, CliError> {
        match vars.get(STACK) {
            None => Ok(Self {
                vars: vars.clone(),
                kind: Kind::Machine,
            }),
            Some(name) => Self::on_stack(name, vars, &[]).await,
        }
    }

    /// Target of `bridge connect`. On a stack it reads the token from the shell, unlike [`of`](Self::of).
    pub(crate) async fn to_connect(vars: &Vars) -> Result<Self, CliError> {
        match vars.get(STACK) {
            None => Self::of(vars).await,
            Some(name) => Self::on_stack(name, vars, &[TOKEN]).await,
        }
    }

    /// `given` are the settings that are read from the shell.
    #[cfg(feature = "aws")]
    async fn on_stack(name: &str, vars: &Vars, given: &[&str]) -> Result<Self, CliError> {
        let (stack, held) = Stack::find(name, vars, given).await?;
        shell::tell_ignored(name, &shell::ignored(vars, &held));
        Ok(Self {
            vars: held,
            kind: Kind::Stack(Box::new(stack)),
        })
    }

    #[cfg(not(feature = "aws"))]
    async fn on_stack(name: &str, _: &Vars, _: &[&str]) -> Result<Self, CliError> {
        Err(CliError::Usage(format!(
            "this `bridge` was built without AWS and can't use the stack `{name}`: build it with `cargo build --release -p bridge \
             --features aws`, or omit --stack and {STACK}"
        )))
    }

    /// Refuses a stack, for a command that works only on this machine.
    pub fn machine_only(command: &str, vars: &Vars) -> Result<(), CliError> {
        match vars.get(STACK) {
            None => Ok(()),
            Some(name) => Err(CliError::Usage(format!(
                "`bridge {command}` works only on this machine, not on the stack `{name}`: unset {STACK}"
            ))),
        }
    }

    /// All settings of the target.
    pub(crate) fn vars(&self) -> &Vars {
        &self.vars
    }

    #[cfg(feature = "aws")]
    pub(crate) fn stack(&self) -> Option<&Stack> {
        match &self.kind {
            Kind::Machine => None,
            Kind::Stack(stack) => Some(stack),
        }
    }

    /// OpenTrain and the stored connections. On a machine, those of the environment take precedence.
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

    /// The same with the token in the environment, which `bridge connect` stores.
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

    /// The operator who runs this command.
    #[allow(clippy::unused_async, reason = "a stack asks AWS")]
    pub(crate) async fn actor(&self) -> Result<Actor, CliError> {
        match &self.kind {
            Kind::Machine => Ok(actor::own()),
            #[cfg(feature = "aws")]
            Kind::Stack(stack) => stack.caller().await,
        }
    }

    /// Flags of this target, for commands in messages.
    pub(crate) fn flag(&self) -> String {
        match &self.kind {
            Kind::Machine => String::new(),
            #[cfg(feature = "aws")]
            Kind::Stack(stack) => format!(" --stack {}", stack.name()),
        }
    }

    /// Whether the target is this machine, where the operator runs `bridge serve`.
    pub(crate) fn is_machine(&self) -> bool {
        matches!(self.kind, Kind::Machine)
    }

    /// Description of the storage of ledger and queue.
    pub(crate) fn what(&self) -> &'static str {
        match &self.kind {
            Kind::Machine => "the database",
            #[cfg(feature = "aws")]
            Kind::Stack(_) => "the stack",
        }
    }

    /// The ledger, read-only. Fails if the database is missing or unreadable.
    pub(crate) fn ledger(&self) -> Result<Ledger, CliError> {
        match &self.kind {
            Kind::Machine => Ok(ledger(&open(&self.database()?)?)),
            #[cfg(feature = "aws")]
            Kind::Stack(stack) => Ok(stack.ledger()),
        }
    }

    /// The database, read-only. `None` on a stack.
    pub(crate) fn database_to_read(&self) -> Result<Option<Database>, CliError> {
        match &self.kind {
            Kind::Machine => Ok(Some(open(&self.database()?)?)),
            #[cfg(feature = "aws")]
            Kind::Stack(_) => Ok(None),
        }
    }

    /// The ledger, read-only. Returns `None` if the database does not exist.
    pub(crate) fn ledger_if_any(&self) -> Result<Option<Ledger>, CliError> {
        match &self.kind {
            Kind::Machine if !self.database()?.exists() => Ok(None),
            _ => self.ledger().map(Some),
        }
    }

    /// Ledger and queue, read-only. Fails if the database or the queue is missing or unreadable.
    pub(crate) async fn books(&self) -> Result<Stores, CliError> {
        match &self.kind {
            Kind::Machine => {
                let database = open(&self.database()?)?;
                let queue = SqliteQueue::new(database.clone(), clock(), Limits::default());
                Ok(Stores {
                    ledger: ledger(&database),
                    queue: Arc::new(queue),
                })
            }
            #[cfg(feature = "aws")]
            Kind::Stack(stack) => Ok(Stores {
                ledger: stack.ledger(),
                queue: stack.queue().await?,
            }),
        }
    }

    /// Whether a bridge has stored data here.
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

fn open(path: &std::path::Path) -> Result<Database, CliError> {
    Database::open_read_only(path).map_err(|error| CliError::Usage(error.to_string()))
}

fn ledger(database: &Database) -> Ledger {
    Ledger::in_database(database, clock())
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}
