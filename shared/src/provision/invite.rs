//! An invitation that the bridge has to send, not the tool: recorded, and mailed once.

use super::Provisioner;
use super::recorded::invitation;
use crate::ledger::{Access, AccessState, Earlier, Trainer};
use crate::model::failure::Failure;
use crate::model::ids::{ProjectId, TrainerId};
use crate::model::invitation::Invitation;
use crate::model::person::Email;

impl Provisioner {
    /// Records that the person has to follow `link`, and mails it unless it was mailed to this address before. A link that
    /// has changed is another invitation: the one before is no longer valid.
    ///
    /// The mail is sent before it is recorded: after a crash it is sent twice rather than never. Without a mail
    /// server the invitation waits, and `bridge status` shows it.
    pub(super) async fn invite(
        &self,
        id: &TrainerId,
        trainer: &mut Trainer,
        project: &ProjectId,
        email: &Email,
        link: Option<String>,
    ) -> Result<(), Failure> {
        let invitation =
            link.map(|link| known(trainer, &link, email).unwrap_or_else(|| Invitation::new(link)));
        if let Some(access) = trainer.access.get_mut(project) {
            access.invited = Some(email.clone());
        }
        self.record_invited(id, trainer, project, invitation.clone());
        let unsent = invitation.filter(|invitation| invitation.mailed_at.is_none());
        let (Some(invitation), Some(mail)) = (unsent, &self.mail) else {
            return Ok(());
        };
        let error = match mail.send(email, &invitation.link).await {
            Ok(()) => {
                let mailed = invitation.mailed(self.clock.now());
                tracing::info!(trainer.id = %id, project.id = %project, "an invitation was mailed");
                self.record_invited(id, trainer, project, Some(mailed));
                return Ok(());
            }
            Err(error) => error,
        };
        let failure = match error.is_for_good() {
            true => Failure::operator(error.to_string()),
            false => Failure::transient(error.to_string()),
        };
        let invitation = invitation.failed(error.is_for_good());
        let is_left = invitation.is_left();
        self.record_invited(id, trainer, project, Some(invitation));
        if let Some(access) = trainer.access.get_mut(project) {
            access.trouble = Some(failure.trouble());
        }
        if is_left {
            // It is left to the reconciler, and does not delay the trainer's other work.
            tracing::error!(trainer.id = %id, project.id = %project, reason = %failure, "an invitation could not be mailed");
            return Ok(());
        }
        Err(failure)
    }

    /// Changes the record only where it states something new: an invitation may wait for weeks.
    fn record_invited(
        &self,
        id: &TrainerId,
        trainer: &mut Trainer,
        project: &ProjectId,
        invitation: Option<Invitation>,
    ) {
        let same = |access: &Access| {
            access.state == AccessState::Invited
                && access.trouble.is_none()
                && access.invitation == invitation
        };
        if trainer.access.get(project).is_some_and(same) {
            return;
        }
        tracing::info!(trainer.id = %id, project.id = %project, "the person has an invitation to accept");
        let known = trainer.access.get(project);
        let access = Access {
            invitation,
            granted_by: known.and_then(|access| access.granted_by.clone()),
            invited: known.and_then(|access| access.invited.clone()),
            earlier: known.map_or(Earlier::No, |access| access.earlier),
            ..Access::new(project, AccessState::Invited, self.clock.now())
        };
        trainer.access.insert(project.clone(), access);
    }
}

/// The invitation with that link to that address, for any project: one that opens several is mailed
/// once.
fn known(trainer: &Trainer, link: &str, email: &Email) -> Option<Invitation> {
    let is_to = |access: &&Access| access.invited.as_ref().is_none_or(|it| it == email);
    let accesses = trainer.access.values().filter(is_to);
    let known = accesses.filter_map(|access| invitation(trainer, &access.project));
    let same = known.filter(|it| it.link == link);
    same.max_by_key(|it| it.mailed_at).cloned()
}
