//! The projects that connections may use.

use std::collections::BTreeSet;
use std::sync::Arc;

use shared::config::{OpenTrainSettings, Reader, policy};
use shared::connection::as_served;
use shared::ledger::{Policy, Projects};
use shared::model::ConnectionName;

use crate::exit::CliError;
use crate::paint::{WAITS, paint};
use crate::targets::Target;

/// The projects, and why those of some connections are unknown. Access is shown without them.
#[derive(Debug, Default)]
pub(crate) struct Allowed {
    pub(crate) projects: Projects,
    /// Why stored connections can't be read.
    pub(crate) unread: Vec<String>,
}

impl Allowed {
    /// Prints what is unknown. Returns the projects.
    pub(crate) fn noted(self) -> Projects {
        self.unread.iter().for_each(|it| note(it));
        self.projects
    }
}

/// Prints that the projects of a connection are unknown.
pub(crate) fn note(why: &str) {
    anstream::eprintln!(
        "{} the allowed projects are unknown: {why}",
        paint(WAITS, "note")
    );
}

/// Reads the operator's choices, and the projects that connections may use: what decides whether a contract is live.
/// Fails if a setting is invalid.
pub(crate) async fn choices(target: &Target) -> Result<(Policy, Allowed), CliError> {
    let mut reader = Reader::new(target.vars());
    let policy = policy(&mut reader);
    let opentrain = target.opentrain_to_connect(&mut reader);
    let (policy, opentrain) = reader.finish(policy.zip(opentrain))?;
    Ok((policy, allowed(&opentrain).await))
}

/// Reads the stored connections.
async fn allowed(opentrain: &OpenTrainSettings) -> Allowed {
    let read = match opentrain.kept().keeper.read_each().await {
        Ok(read) => read,
        Err(error) => {
            return Allowed {
                unread: vec![error.to_string()],
                ..Allowed::default()
            };
        }
    };
    // The token of `default` may be in the environment of the running bridge.
    let mut served = BTreeSet::from([ConnectionName::default()]);
    let with_token = read.kept.iter().filter(|(_, own)| own.token.is_some());
    served.extend(with_token.map(|(name, _)| name.clone()));
    let unread: Vec<_> = read.faults.iter().map(ToString::to_string).collect();
    let lists = as_served(read.kept)
        .into_iter()
        .filter_map(|(name, own)| Some((name, Arc::new(own.projects?))));
    Allowed {
        projects: Projects {
            allowed: lists.collect(),
            recorded: false,
            // An unreadable connection may be served, too. Then the set is unknown.
            served: unread.is_empty().then_some(served),
        },
        unread,
    }
}
