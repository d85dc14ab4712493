//! The flags that choose where a command works.

use clap::Args;
use shared::config::Vars;

#[derive(Debug, Default, Args)]
pub struct TargetArgs {
    /// The deployed stack to work on (BRIDGE_STACK) [default: this machine].
    #[arg(long, value_name = "NAME", conflicts_with = "db", global = true)]
    pub stack: Option<String>,
    /// The SQLite file (BRIDGE_DB, default ./bridge.db).
    #[arg(long, value_name = "FILE", global = true)]
    pub db: Option<String>,
}

impl TargetArgs {
    /// The variables, overridden by the flags.
    pub fn over(&self, vars: &Vars) -> Vars {
        vars.clone()
            .with("BRIDGE_DB", self.db.clone())
            .with("BRIDGE_STACK", self.stack.clone())
    }
}
