//! An invitation that the tool leaves to us: noted, and mailed once.

use super::{Failure, Provisioner};
use crate::ids::{ProjectId, TrainerId};
use crate::invitation::{Invitation, MailError};
use crate::ledger::{Access, AccessState, Trainer};

impl Provisioner {
    /// Notes that the person has to follow `link`, and mails it unless it was mailed before. A link that has
    /// changed is another invitation: the one before is worth nothing any more.
    ///
    /// The mail comes before its record: after a crash it goes out twice rather than never. Without a mail
    /// server the invitation waits, and `bridge status` shows it.
    pub(super) async fn invite(
        &self,
        id: &TrainerId,
        project: &ProjectId,
        link: Option<String>,
    ) -> Result<(), Failure> {
        let trainer = self.ledger.trainer(id).await?;
        let invitation =
            link.map(|link| stands(&trainer, &link).unwrap_or_else(|| Invitation::new(link)));
        self.note_invited(id, &trainer, project, invitation.clone(), None)
            .await?;
        let due = invitation.filter(|invitation| invitation.mailed_at.is_none());
        let (Some(invitation), Some(mail), Some(email)) = (due, &self.mail, &trainer.member.email)
        else {
            return Ok(());
        };
        match mail.send(email, &invitation.link).await {
            Ok(()) => {
                let mailed = invitation.mailed(self.clock.now());
                tracing::info!(trainer.id = %id, project.id = %project, "an invitation was mailed");
                self.note_invited(id, &trainer, project, Some(mailed), None)
                    .await
            }
            Err(error) => {
                self.not_mailed(id, &trainer, project, invitation, &error)
                    .await
            }
        }
    }

    /// A mail that can't be sent is tried again at once for a few times. After that whatever else is to be
    /// done about the person goes on, and each reconcile tries it.
    async fn not_mailed(
        &self,
        id: &TrainerId,
        trainer: &Trainer,
        project: &ProjectId,
        invitation: Invitation,
        error: &MailError,
    ) -> Result<(), Failure> {
        let failure = match error.is_for_good() {
            true => Failure::operator(error.to_string()),
            false => Failure::transient(error.to_string()),
        };
        let invitation = invitation.failed(error);
        let is_left = invitation.is_left();
        self.note_invited(id, trainer, project, Some(invitation), Some(&failure))
            .await?;
        match is_left {
            false => Err(failure),
            true => {
                tracing::error!(trainer.id = %id, project.id = %project, reason = %failure, "an invitation could not be mailed");
                Ok(())
            }
        }
    }

    /// Written only where it says something new: an invitation may wait for weeks.
    async fn note_invited(
        &self,
        id: &TrainerId,
        trainer: &Trainer,
        project: &ProjectId,
        invitation: Option<Invitation>,
        failure: Option<&Failure>,
    ) -> Result<(), Failure> {
        let stands = trainer.access.get(project);
        let same = |it: &Access| {
            it.state == AccessState::Invited && it.trouble.is_none() && it.invitation == invitation
        };
        if failure.is_none() && stands.is_some_and(same) {
            return Ok(());
        }
        let access = Access {
            project: project.clone(),
            state: AccessState::Invited,
            at: self.clock.now(),
            trouble: failure.map(Failure::trouble),
            invitation,
        };
        tracing::info!(trainer.id = %id, project.id = %project, "the person has an invitation to accept");
        Ok(self.ledger.note_access(id, &access).await?)
    }
}

/// The invitation with that link, through whichever project it was given: one that opens several is mailed
/// once.
fn stands(trainer: &Trainer, link: &str) -> Option<Invitation> {
    let known = trainer
        .access
        .values()
        .filter_map(|it| it.invitation.as_ref());
    let same = known.filter(|it| it.link == link);
    same.max_by_key(|it| it.mailed_at).cloned()
}
