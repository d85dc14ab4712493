//! Whether a trainer is in a project, from the document and the standings of the hires. No I/O.

use shared::ledger::{Access, AccessState, Entitlement, Environment, Hire, Trainer};
use shared::model::failure::Cause;
use shared::model::ids::{ProjectId, TrainerId};
use shared::tool::NO_PROJECT;

use super::answer::{Answer, Verdict};
use crate::audit::Line;
use crate::screen::count;

/// Data for an answer.
pub(super) struct View<'a> {
    pub(super) id: &'a TrainerId,
    pub(super) trainer: &'a Trainer,
    pub(super) environment: &'a Environment,
    pub(super) standings: &'a [Entitlement],
    /// The entries of the audit record about the trainer.
    pub(super) lines: &'a [Line],
    /// The flag of the target, for commands.
    pub(super) flag: &'a str,
}

impl View<'_> {
    /// The answer about one project.
    pub(super) fn of(&self, project: &ProjectId) -> Answer {
        let hires = self
            .trainer
            .hires
            .iter()
            .zip(self.standings.iter().copied());
        let here: Vec<_> = hires.filter(|(hire, _)| hire.project == *project).collect();
        let answer = match self.trainer.access.get(project) {
            None => self.without_access(&here),
            Some(access) => self.with_access(access, &here),
        };
        Answer {
            project: Some(project.clone()),
            ..answer
        }
    }

    fn with_access(&self, access: &Access, here: &[(&Hire, Entitlement)]) -> Answer {
        let at = access.at;
        match access.state {
            AccessState::Granted => self.granted(access, here),
            AccessState::Kept => Answer::new(
                Verdict::In,
                format!(
                    "The hire is over, and the membership is older than the hire, so it stays (since {at})."
                ),
            ),
            AccessState::Invited => self.invited(access),
            AccessState::AwaitingEmail => self.awaits_email(),
            AccessState::Granting => self.granting(access, here),
            AccessState::Removing => self.removing(access),
            AccessState::Released => Answer::new(
                Verdict::In,
                format!(
                    "The seat in the organisation stays for another project of the trainer, so the trainer may still have access to this one. No contract has needed it since {at}."
                ),
            )
            .next(
                None,
                "the seat is removed",
                "it stays only until the last contract that needs it ends",
            ),
            AccessState::Removed => self.removed(access, here),
        }
    }

    fn granting(&self, access: &Access, here: &[(&Hire, Entitlement)]) -> Answer {
        let what = ["Access is being granted", "The grant"];
        let answer = self.failing(access, what, "the grant is tried again");
        let trouble = access.trouble.as_ref();
        let is_missing = trouble.is_some_and(|it| it.reason.starts_with(NO_PROJECT));
        let mut live = here
            .iter()
            .filter(|(_, standing)| *standing == Entitlement::Live);
        // Another link may lead to the project, too: `bridge links` shows them.
        match live.next_back().filter(|_| is_missing) {
            Some((hire, _)) => self.relink(answer, hire),
            None => answer,
        }
    }

    /// The answer about a project that the tool does not have, with the commands for another one.
    fn relink(&self, answer: Answer, hire: &Hire) -> Answer {
        let flags = format!("{}{}", hire.connection.flag(), self.flag);
        answer
            .you_can(
                format!("bridge unlink {}{flags} --force", hire.link),
                "deletes the link to the project that does not exist",
            )
            .you_can(
                format!("bridge link --job JOB --project P{flags}"),
                "then links the same job to a project that exists",
            )
    }

    fn awaits_email(&self) -> Answer {
        Answer::new(
            Verdict::Waits,
            "OpenTrain shows no work e-mail of the trainer, so access can't be granted yet.",
        )
        .next(
            None,
            "access is granted",
            "an event or a reconcile brings the work e-mail",
        )
        .you_can(
            format!("bridge check{}", self.flag),
            "shows whether the scope participants:email is missing",
        )
    }

    fn granted(&self, access: &Access, here: &[(&Hire, Entitlement)]) -> Answer {
        let protecting = here.iter().filter(|(_, standing)| standing.protects());
        let by = protecting.max_by_key(|(_, standing)| rank(*standing));
        let why = match by {
            Some((hire, Entitlement::Live)) => format!("contract {} entitles to it", hire.contract),
            Some((hire, _)) => {
                format!(
                    "contract {} is orphaned, and existing access is kept",
                    hire.contract
                )
            }
            None => "no contract entitles to it any longer".to_owned(),
        };
        let (trouble, at) = (access.trouble.as_ref(), access.at);
        let note = trouble.map_or(String::new(), |it| {
            format!(" An operator is needed: {}.", it.reason)
        });
        let answer = Answer::new(
            Verdict::In,
            format!("Access is there since {at}: {why}.{note}"),
        );
        match by {
            Some((hire, Entitlement::Orphaned)) => answer.you_can(
                format!("bridge end {}{}", hire.contract, self.flag),
                "ends the contract here, so the access is removed",
            ),
            Some(_) => answer,
            None => answer.next(
                self.trainer.due.map(|due| due.at),
                "access is removed",
                "no hire entitles to it",
            ),
        }
    }

    fn invited(&self, access: &Access) -> Answer {
        let mailed = access.invitation.as_ref().and_then(|it| it.mailed_at);
        let next = (
            "access is confirmed",
            "a reconcile finds that the invitation was accepted",
        );
        match (&access.trouble, mailed) {
            (Some(trouble), _) => Answer::new(
                Verdict::Waits,
                format!("The invitation waits for an operator: {}.", trouble.reason),
            )
            .next(None, next.0, next.1),
            (None, Some(at)) => Answer::new(
                Verdict::Waits,
                format!("The trainer has not accepted the invitation that was mailed at {at}."),
            )
            .next(None, next.0, next.1),
            (None, None) => Answer::new(
                Verdict::Waits,
                format!(
                    "The trainer has not accepted the invitation of {}.",
                    access.at
                ),
            )
            .next(None, next.0, next.1)
            .you_can(
                format!("bridge invitations{}", self.flag),
                "shows the invitation's link, if you have to send it",
            ),
        }
    }

    /// The answer about work that is in progress or has failed. `what` is its state as a sentence, `work` its name.
    pub(super) fn failing(&self, access: &Access, [what, work]: [&str; 2], next: &str) -> Answer {
        let due = self.trainer.due;
        let answer = match &access.trouble {
            None => Answer::new(Verdict::Waits, format!("{what} (since {}).", access.at)),
            Some(trouble) => {
                let verdict = match trouble.cause {
                    Cause::Transient => Verdict::Waits,
                    Cause::Operator | Cause::Wrong => Verdict::Failed,
                };
                let failed = match (due, trouble.cause) {
                    (Some(due), _) => {
                        let tries = count(due.tries, "try has failed", "tries have failed");
                        format!("{what}, and {tries}")
                    }
                    (None, Cause::Wrong) => {
                        format!("{work} failed, and repeating it does not help")
                    }
                    (None, _) => format!("{work} failed"),
                };
                Answer::new(verdict, format!("{failed}: {}.", trouble.reason))
            }
        };
        let at = due.map(|due| due.at);
        let because = match at {
            Some(_) => "the work is due until it succeeds",
            None => "each reconcile tries it once, in case the cause is fixed",
        };
        answer
            .next(at, next, because)
            .you_can(self.retry(), "tries it now")
    }

    fn retry(&self) -> String {
        format!("bridge retry {}{}", self.id, self.flag)
    }

    pub(super) fn without_access(&self, here: &[(&Hire, Entitlement)]) -> Answer {
        let Some((hire, standing)) = here.iter().max_by_key(|(_, it)| rank(*it)) else {
            return Answer::new(
                Verdict::NotIn,
                "No contract of the trainer leads to this project.",
            );
        };
        let contract = &hire.contract;
        match standing {
            Entitlement::Live => Answer::new(
                Verdict::Waits,
                format!("Contract {contract} entitles to access, which is not granted yet."),
            )
            .next(self.trainer.due.map(|due| due.at), "access is granted", "the contract runs")
            .you_can(self.retry(), "grants it now"),
            Entitlement::Orphaned => Answer::new(
                Verdict::NotIn,
                format!("The link, the install or the token behind contract {contract} is gone, so no access is granted."),
            )
            .you_can(
                format!("bridge connect{}{}", hire.connection.flag(), self.flag),
                "connects the install again",
            ),
            Entitlement::Unconfirmed => Answer::new(
                Verdict::Waits,
                format!("The start of contract {contract} was over seven days old when it arrived."),
            )
            .next(None, "access is granted", "a reconcile finds the contract in OpenTrain's list of active ones")
            .you_can(format!("bridge reconcile{}", self.flag), "reads the list now"),
            Entitlement::Managed | Entitlement::ManagedOver => Answer::new(
                Verdict::Unknown,
                format!("OpenTrain provisions contract {contract} itself: the bridge does nothing."),
            ),
            Entitlement::NotAllowed | Entitlement::NotAllowedOver => {
                let why = self.environment.why_not(&hire.connection, &hire.project);
                let why = why.unwrap_or_else(|| "its project belongs to another organisation".to_owned());
                Answer::new(Verdict::NotIn, format!("Contract {contract} gives no access: {why}."))
                    .you_can(
                        format!("bridge projects move {} --connection {}{}", hire.project, hire.connection, self.flag),
                        "lets the organisation use the project",
                    )
            }
            Entitlement::Over(_) => Answer::new(Verdict::NotIn, format!("{}.", self.why(here))),
        }
    }
}

/// Rank of a standing. The hire with the highest rank decides.
fn rank(standing: Entitlement) -> u8 {
    match standing {
        Entitlement::Over(_) | Entitlement::ManagedOver | Entitlement::NotAllowedOver => 0,
        Entitlement::NotAllowed => 1,
        Entitlement::Managed => 2,
        Entitlement::Orphaned => 3,
        Entitlement::Unconfirmed => 4,
        Entitlement::Live => 5,
    }
}
