//! Input of a convergence, and the hires that it touches.

use std::collections::BTreeSet;

use super::fact::ContractFact;
use super::plan::Step;
use crate::ledger::{Environment, Hire, Link, Trainer};
use crate::model::ConnectionName;
use crate::model::ids::ProjectId;

/// Input of a convergence.
#[derive(Default)]
pub(super) struct Request<'a> {
    /// Facts to merge.
    pub(super) facts: &'a [ContractFact],
    /// The link that the facts name, to be recorded.
    pub(super) link: Option<(&'a ConnectionName, &'a Link)>,
    /// Also check whether invitations were accepted.
    pub(super) recheck: bool,
    /// The token of a wake-up.
    pub(super) wake_up: Option<u32>,
}

/// The hires whose contracts a convergence may have moved into or out of a notice.
pub(super) struct Touched<'a> {
    stated: &'a [ContractFact],
    projects: BTreeSet<ProjectId>,
    /// Every running contract: the request names none, or another attempt has changed the document, and its own message
    /// may have found nothing left to do.
    pub(super) all: bool,
}

impl<'a> Touched<'a> {
    pub(super) fn by(request: &Request<'a>) -> Self {
        Self {
            stated: request.facts,
            projects: BTreeSet::new(),
            all: request.facts.is_empty(),
        }
    }

    pub(super) fn add(&mut self, steps: &[Step]) {
        let projects = steps.iter().map(|step| step.project().clone());
        self.projects.extend(projects);
    }

    pub(super) fn hires(&self, trainer: &Trainer, environment: &Environment) -> Vec<Hire> {
        let is_stated = |hire: &Hire| self.stated.iter().any(|it| it.contract == hire.contract);
        let runs = |hire: &Hire| environment.end_of(trainer, hire).is_none();
        let is_touched = |hire: &&Hire| {
            is_stated(hire) || self.projects.contains(&hire.project) || (self.all && runs(hire))
        };
        trainer.hires.iter().filter(is_touched).cloned().collect()
    }
}
