//! Answers about access that is over, or is being removed.

use shared::ledger::audit::{AuditEvent, StatedBy};
use shared::ledger::{Access, Entitlement, Hire, Why};

use super::answer::{Answer, Verdict};
use super::verdict::View;

impl View<'_> {
    pub(super) fn removing(&self, access: &Access) -> Answer {
        self.failing(
            access,
            [
                "Access is being removed and may still be there",
                "The removal",
            ],
            "the removal is tried again",
        )
        .you_can(
            self.settle(access),
            "records the removal that you have verified in the tool",
        )
    }

    fn settle(&self, access: &Access) -> String {
        let (id, project) = (self.id, &access.project);
        format!("bridge settle {id} {project} --reason TEXT{}", self.flag)
    }

    pub(super) fn removed(&self, access: &Access, here: &[(&Hire, Entitlement)]) -> Answer {
        if here
            .iter()
            .any(|(_, standing)| *standing == Entitlement::Live)
        {
            return self.without_access(here);
        }
        let proof = match (&access.settled, access.proof) {
            (Some(_), _) => {
                "an operator settled the removal, which the tool has not proven".to_owned()
            }
            (None, Some(proof)) => format!("the removal was read back ({})", proof.name()),
            (None, None) => "the removal is proven".to_owned(),
        };
        let recorded = self.recorded_cause(access);
        let why = recorded.unwrap_or_else(|| self.why(here));
        let reason = format!("{why}, and {proof} at {}.", access.at);
        let answer = match &access.trouble {
            Some(trouble) => Answer::new(Verdict::Failed, format!("{reason} {}.", trouble.reason))
                .you_can(
                    self.settle(access),
                    "records that the access is gone or wanted",
                ),
            None => Answer::new(Verdict::NotIn, reason),
        };
        match access.next_look_at() {
            None => answer,
            next => answer.next(
                next,
                "the bridge checks that the access is still gone",
                "each removal is checked after 15 minutes and after a day",
            ),
        }
    }

    /// The cause of the removal in the audit record. The document may contain newer causes.
    fn recorded_cause(&self, access: &Access) -> Option<String> {
        let of_removal = [AuditEvent::RemovalProven, AuditEvent::RemovalSettled];
        let line = self.lines.iter().rfind(|line| {
            let is_here = line.project.as_ref() == Some(&access.project);
            is_here && line.at == access.at && of_removal.contains(&line.kind)
        })?;
        let (contract, at) = (line.contract.as_ref()?, line.cause_at?);
        Some(match line.cause? {
            StatedBy::LinkRemoved => format!("The link of contract {contract} was removed at {at}"),
            StatedBy::InstallRevoked => {
                format!("The install of contract {contract} was revoked at {at}")
            }
            StatedBy::Operator => format!("An operator ended contract {contract} at {at}"),
            StatedBy::Event | StatedBy::Reconcile => {
                let event = line.cause_event.as_ref();
                let event = event.map_or(String::new(), |id| format!(" (event {id})"));
                format!("Contract {contract} ended at {at}{event}")
            }
        })
    }

    pub(super) fn why(&self, here: &[(&Hire, Entitlement)]) -> String {
        let ends = here.iter().filter_map(|(hire, _)| {
            let end = self.environment.end_of(self.trainer, hire)?;
            Some((end.stamp.happened_at(), hire, end))
        });
        if let Some((at, hire, end)) = ends.max_by_key(|it| it.0) {
            let event = end
                .stamp
                .event()
                .map_or(String::new(), |id| format!(" (event {})", id.as_str()));
            return format!("Contract {} ended at {at}{event}", hire.contract);
        }
        match here.first() {
            Some((hire, Entitlement::Over(Why::LinkRemoved))) => {
                format!("Link {} was removed", hire.link)
            }
            Some((hire, Entitlement::Over(Why::InstallRevoked))) => {
                format!("The install of connection {} was revoked", hire.connection)
            }
            _ => "No contract entitles to access".to_owned(),
        }
    }
}
