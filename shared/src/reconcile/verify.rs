//! Reads removed access back from the tool, twice, and granted access, because a tool may lose its members.
//!
//! A project's members are read once for all its trainers. Absence from an incomplete list proves nothing.

use std::collections::BTreeSet;

use futures::{StreamExt, stream};

use super::findings::{AccessChange, Change, Note};
use super::outcome::Outcome;
use super::snapshot::Snapshot;
use super::sought::Sought;
use super::wish::Wish;
use super::{Reconciler, strangers};
use crate::ledger::{AccessState, Environment};
use crate::model::ids::{ProjectId, TrainerId};
use crate::provision::{LookedAt, Seen, THERE_AGAIN};
use crate::tool::{Member, Scope, ToolError};

/// Maximum number of projects that are read concurrently.
const PROJECTS_AT_ONCE: usize = 4;

impl Reconciler {
    /// Looks at removed and granted access, and converges the trainers concerned, and the trainers with contracts that
    /// have to be deleted.
    pub(super) async fn verify_all(&self, snapshot: &Snapshot, wish: &Wish, outcome: &mut Outcome) {
        // If the tool does not answer now, the next run calls it again.
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

    /// Looks at removed and granted access, and records differences from the ledger. Returns the trainers to converge.
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
            // The members are listed even so, because other people may have joined.
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

    /// Records the looks at a project's accesses. Returns the trainers to converge.
    async fn note_looks(
        &self,
        project: &ProjectId,
        looks: impl Iterator<Item = (Sought, Option<bool>)>,
        environment: &Environment,
        outcome: &mut Outcome,
    ) -> Vec<TrainerId> {
        let ends = |it: &&AccessChange| {
            *project == it.project && matches!(it.change, Change::Remove | Change::Release)
        };
        let ending = outcome.access.iter().filter(ends);
        let ending: BTreeSet<_> = ending.map(|it| it.trainer.clone()).collect();
        let (mut converge, mut again) = (Vec::new(), 0);
        for (sought, found) in looks {
            let is_granted = sought.access.state == AccessState::Granted;
            let keeps = is_granted && !ending.contains(&sought.membership.trainer);
            let look = LookedAt {
                trainer: sought.membership.trainer,
                access: sought.access,
                found,
            };
            let seen = self.note_look(look, environment, outcome).await;
            again += usize::from(keeps && seen.is_some());
            converge.extend(seen);
        }
        if again > 0 {
            let who = match again {
                1 => "1 trainer who was granted access is not in the tool: access is granted again"
                    .to_owned(),
                _ => format!(
                    "{again} trainers who were granted access are not in the tool: they are granted access again"
                ),
            };
            outcome.notes.push(Note {
                connection: None,
                about: format!("project {project}"),
                text: who,
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
                let project = &look.access.project;
                let reason = format!("project {project}: {THERE_AGAIN}");
                outcome.not_done(about, reason);
                None
            }
            Err(failure) => {
                outcome.not_done(about, failure.to_string());
                None
            }
        }
    }

    /// Whether each person is in the project, or `None` if that is not certain; and the members, if the tool lists
    /// them.
    async fn look(
        &self,
        project: &ProjectId,
        sought: &[Sought],
        scope: Scope,
    ) -> Result<(Vec<Option<bool>>, Vec<Member>), ToolError> {
        let tool = &self.provisioner.tool;
        let members = match tool.members(project).await {
            // With the scope of the organisation, the list is not of a project.
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

    /// Ignores the absence of many trainers with access at once, unless the operator forces it: the tool may be wrong.
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
