//! Reads back from the tool what was removed, twice, and what was granted: a tool may lose its members.
//!
//! A project's members are read once for all trainers who are looked for. A list that is not complete proves nothing.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, stream};
use jiff::Timestamp;

use super::outcome::{Note, Outcome};
use super::snapshot::Snapshot;
use super::wish::Wish;
use super::{Reconciler, strangers};
use crate::ledger::{Access, AccessState, Entitlement, Environment, Hire, Trainer};
use crate::model::clock::after;
use crate::model::ids::{ProjectId, TrainerId};
use crate::provision::{self, LookedAt, Seen};
use crate::tool::{Member, Membership, Scope, ToolError};

/// Projects that are read side by side.
const PROJECTS_AT_ONCE: usize = 4;

/// Most accesses that were granted project by project and that one run looks at, beginning with another one each time.
const MOST_GRANTED: usize = 200;

/// An access to look at.
struct Sought {
    membership: Membership,
    access: Access,
}

impl Sought {
    /// What a look shows in a project that the tool has deleted: it has no members.
    fn without_project(&self) -> Option<bool> {
        (self.access.state == AccessState::Removed).then_some(false)
    }
}

impl Reconciler {
    /// Looks at access that was removed or granted, and converges the trainers concerned and those with contracts that
    /// are to be deleted.
    pub(super) async fn verify_all(&self, snapshot: &Snapshot, wish: &Wish, outcome: &mut Outcome) {
        // A tool that does not answer now is looked at by the next run.
        let Ok(can) = self.provisioner.tool.capabilities().await else {
            return;
        };
        let mut converge = self.verify(snapshot, wish, can.scope, outcome).await;
        let now = self.provisioner.clock.now();
        let outdated = snapshot
            .trainers
            .iter()
            .filter(|(_, it)| it.is_outdated(&snapshot.environment, now));
        converge.extend(outdated.map(|(id, _)| id.clone()));
        let look = self.first_look(snapshot, can.scope);
        outcome.look_again_at = outcome.look_again_at.into_iter().chain(look).min();
        if let Err(failure) = self.provisioner.send_converge(converge).await {
            outcome.not_done("access".into(), failure.to_string());
        }
    }

    /// Looks at removed and granted access, and records what is otherwise than the ledger has it. Returns the trainers
    /// to converge.
    async fn verify(
        &self,
        snapshot: &Snapshot,
        wish: &Wish,
        scope: Scope,
        outcome: &mut Outcome,
    ) -> Vec<TrainerId> {
        let now = self.provisioner.clock.now();
        let mut sought = self.sought(snapshot, wish, scope, now);
        if scope == Scope::Organization && sought.is_empty() {
            // The members are listed all the same: others may have joined.
            sought.extend(snapshot.any_project().map(|it| (it.clone(), Vec::new())));
        }
        let looks = sought.into_iter().map(|(project, sought)| async move {
            let found = self.look(&project, &sought, scope).await;
            (project, sought, found)
        });
        let mut looks = stream::iter(looks).buffer_unordered(PROJECTS_AT_ONCE);
        let mut converge = Vec::new();
        let mut unseen = 0;
        while let Some((project, sought, found)) = looks.next().await {
            let found = match found {
                Ok((found, members)) => {
                    if scope == Scope::Organization {
                        outcome.strangers = strangers(&members, &snapshot.trainers);
                    }
                    self.believable(&project, wish, &sought, found, outcome)
                }
                Err(error) => {
                    tracing::debug!(project.id = %project, reason = %error, "access could not be looked at");
                    unseen += sought.len();
                    vec![None; sought.len()]
                }
            };
            let looks = sought.into_iter().zip(found);
            let noted = self.note_looks(&project, looks, &snapshot.environment, outcome);
            converge.extend(noted.await);
        }
        if unseen > 0 {
            outcome.notes.push(Note {
                connection: None,
                about: "tool".into(),
                text: format!("{unseen} accesses could not be looked at again: the tool did not answer; the next reconcile tries it"),
            });
        }
        converge
    }

    /// When the first look at a removed access is due that is not due yet. Looks that are due soon after each other
    /// wait for one run.
    fn first_look(&self, snapshot: &Snapshot, scope: Scope) -> Option<Timestamp> {
        let policy = &self.provisioner.policy;
        let now = self.provisioner.clock.now();
        let due = snapshot.trainers.values().flat_map(|trainer| {
            let standings = snapshot.standings(trainer, policy);
            let sought = trainer.access.values();
            let sought = sought.filter(move |it| is_sought(trainer, &standings, it, scope));
            sought.filter_map(Access::first_look_at)
        });
        let next = due.filter(|due| *due > now).min()?;
        Some(next.max(after(now, policy.confirm_after / 2)))
    }

    /// Records what was seen of a project's accesses. Returns the trainers to converge.
    async fn note_looks(
        &self,
        project: &ProjectId,
        looks: impl Iterator<Item = (Sought, Option<bool>)>,
        environment: &Environment,
        outcome: &mut Outcome,
    ) -> Vec<TrainerId> {
        let (mut converge, mut again) = (Vec::new(), 0);
        for (sought, found) in looks {
            let is_granted = sought.access.state == AccessState::Granted;
            let look = LookedAt {
                trainer: sought.membership.trainer,
                access: sought.access,
                found,
            };
            let seen = self.note_look(look, environment, outcome).await;
            again += usize::from(is_granted && seen.is_some());
            converge.extend(seen);
        }
        if again > 0 {
            outcome.notes.push(Note {
                connection: None,
                about: format!("project {project}"),
                text: format!("{again} trainers who were granted access are not in the tool: they are granted access again"),
            });
        }
        converge
    }

    async fn note_look(
        &self,
        look: LookedAt,
        environment: &Environment,
        outcome: &mut Outcome,
    ) -> Option<TrainerId> {
        let about = format!("access of {}", look.trainer);
        match self.provisioner.looked_at(&look, environment).await {
            Ok(Seen::AsRecorded) => None,
            Ok(Seen::Converge) => Some(look.trainer),
            Ok(Seen::GrantedAgain) => {
                let reason = format!(
                    "{} was removed from project {} and is there again: another person or program grants access, and the bridge leaves it alone; remove it in the tool unless it is wanted, then `bridge settle` it",
                    look.trainer, look.access.project
                );
                outcome.not_done(about, reason);
                None
            }
            Err(failure) => {
                outcome.not_done(about, failure.to_string());
                None
            }
        }
    }

    /// What to look at, by project; by one project for all where a seat spans the organisation.
    fn sought(
        &self,
        snapshot: &Snapshot,
        wish: &Wish,
        scope: Scope,
        now: Timestamp,
    ) -> BTreeMap<ProjectId, Vec<Sought>> {
        let mut by_project: BTreeMap<ProjectId, Vec<Sought>> = BTreeMap::new();
        let turn = (scope == Scope::Project && !wish.force).then(|| granted_in_turn(snapshot));
        let has_turn = |id: &TrainerId, project: &ProjectId| {
            turn.as_ref().is_none_or(|it| it.contains(&(project, id)))
        };
        for (id, trainer) in &snapshot.trainers {
            let standings = snapshot.standings(trainer, &self.provisioner.policy);
            for access in trainer.access.values() {
                let is_granted = access.state == AccessState::Granted;
                let is_due = access.look_is_due(now) || is_granted && has_turn(id, &access.project);
                if !is_due || !is_sought(trainer, &standings, access, scope) {
                    continue;
                }
                let environment = &snapshot.environment;
                let project = &access.project;
                let membership =
                    provision::membership(id, trainer, environment, &standings, project);
                let sought = Sought {
                    membership,
                    access: access.clone(),
                };
                let one_for_all = match scope {
                    Scope::Organization => by_project.keys().next().cloned(),
                    Scope::Project => None,
                };
                let project = one_for_all.unwrap_or_else(|| access.project.clone());
                by_project.entry(project).or_default().push(sought);
            }
        }
        by_project
    }

    /// Whether each of these is in the project; none where that is not certain. And the members, where the tool lists
    /// them.
    async fn look(
        &self,
        project: &ProjectId,
        sought: &[Sought],
        scope: Scope,
    ) -> Result<(Vec<Option<bool>>, Vec<Member>), ToolError> {
        let tool = &self.provisioner.tool;
        let members = match tool.members(project).await {
            // Where members are those of the organisation, no project is asked about.
            Err(ToolError::NoProject { .. }) if scope == Scope::Project => {
                return Ok((
                    sought.iter().map(Sought::without_project).collect(),
                    Vec::new(),
                ));
            }
            members => members?,
        };
        if let Some(members) = members {
            let complete = members.is_complete();
            let (members, _) = members.into_parts();
            let is_in = |it: &Sought| members.iter().any(|member| member.is_of(&it.membership));
            let found = sought.iter().map(is_in);
            let found = found.map(|found| (found || complete).then_some(found));
            return Ok((found.collect(), members));
        }
        let mut found = Vec::with_capacity(sought.len());
        for it in sought {
            found.push(
                match tool.access(&it.access.project, &it.membership).await {
                    Err(ToolError::NoProject { .. }) => it.without_project(),
                    access => Some(access?.is_some()),
                },
            );
        }
        Ok((found, Vec::new()))
    }

    /// A tool that suddenly lacks many of those who have access is not believed, unless the operator says so.
    fn believable(
        &self,
        project: &ProjectId,
        wish: &Wish,
        sought: &[Sought],
        found: Vec<Option<bool>>,
        outcome: &mut Outcome,
    ) -> Vec<Option<bool>> {
        let granted = sought.iter().zip(&found);
        let granted = granted.filter(|(it, _)| it.access.state == AccessState::Granted);
        let (lacking, all): (Vec<_>, Vec<_>) = granted
            .map(|(_, found)| (*found == Some(false), ()))
            .unzip();
        let missing = lacking.iter().filter(|it| **it).count();
        if wish.force || !self.guard.is_too_many(missing, all.len()) {
            return found;
        }
        outcome.notes.push(Note {
            connection: None,
            about: format!("project {project}"),
            text: format!("{missing} of {} trainers who were granted access are not in the tool: nothing is done, because the tool may be wrong; look at the project's members. If they are gone, `bridge reconcile --force --connection NAME` grants them access again", all.len()),
        });
        let keep = |(it, found): (&Sought, Option<bool>)| {
            found.filter(|_| it.access.state != AccessState::Granted)
        };
        sought.iter().zip(found).map(keep).collect()
    }
}

/// Some of the accesses that were granted. Not every tool lists its members, and each look may be a call.
fn granted_in_turn(snapshot: &Snapshot) -> BTreeSet<(&ProjectId, &TrainerId)> {
    let accesses = snapshot.trainers.iter().flat_map(|(id, trainer)| {
        let granted = trainer.access.values();
        let granted = granted.filter(|it| it.state == AccessState::Granted);
        granted.map(move |it| (&it.project, id))
    });
    let mut accesses: Vec<_> = accesses.collect();
    // The people of a project stay together: the guard counts by project.
    accesses.sort_unstable();
    let first = crate::model::chance::random::<u32>() as usize % accesses.len().max(1);
    accesses.rotate_left(first);
    accesses.into_iter().take(MOST_GRANTED).collect()
}

/// Whether an access is looked at: one that was granted per project, while a hire entitles to it and no operator is needed;
/// one that was removed, unless another hire gives the person access there.
fn is_sought(trainer: &Trainer, standings: &[Entitlement], access: &Access, scope: Scope) -> bool {
    let mut hires = trainer.hires.iter().zip(standings);
    if access.state == AccessState::Granted {
        let is_live = |(hire, standing): (&Hire, &Entitlement)| {
            hire.project == access.project && *standing == Entitlement::Live
        };
        // What waits for an operator is shown already.
        return scope == Scope::Organization || access.trouble.is_none() && hires.any(is_live);
    }
    let is_given = hires.any(|(hire, standing)| {
        let here = scope == Scope::Organization || hire.project == access.project;
        here && (standing.protects() || *standing == Entitlement::Managed)
    });
    !is_given
}
