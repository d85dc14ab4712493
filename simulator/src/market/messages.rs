//! Conversations and messages.

use jiff::Timestamp;
use serde_json::json;

use super::{
    Market, conflict,
    data::{
        message::{Bucket, Conversation, Message, shares_contact},
        proposal::ProposalStatus,
        update::UpdateKind,
    },
};
use crate::kit::refusal::Refusal;

impl Market {
    /// A conversation of the organisation; another's is a 403.
    pub(crate) fn own_conversation(
        &self,
        organization: &str,
        id: &str,
    ) -> Result<&Conversation, Refusal> {
        let own = self.conversations.get(id);
        let own = own.ok_or_else(|| Refusal::not_found("conversation"))?;
        match own.organization == organization {
            true => Ok(own),
            false => Err(Refusal::forbidden("you are not in the conversation")),
        }
    }

    /// The conversation about a proposal. Returns it, and whether it is new.
    pub(crate) fn converse(
        &mut self,
        proposal: &str,
        bucket: Bucket,
        now: Timestamp,
    ) -> Result<(String, bool), Refusal> {
        let own = self.proposal(proposal)?;
        let (job, trainer) = (own.job.clone(), own.trainer.clone());
        let same =
            |own: &&Conversation| own.proposal.as_deref() == Some(proposal) && own.bucket == bucket;
        if let Some(known) = self.conversations.iter().find(same) {
            return Ok((known.id.clone(), false));
        }
        let organization = self.world.job(&job)?.organization.clone();
        let id = self.conversations.add(|id| Conversation {
            id,
            organization,
            bucket,
            job,
            proposal: Some(proposal.to_owned()),
            trainer,
            updated: now,
            messages: Vec::new(),
        });
        Ok((id, true))
    }

    /// Starts the conversation about a proposal of the organisation.
    pub(crate) fn start_conversation(
        &mut self,
        organization: &str,
        proposal: &str,
        now: Timestamp,
    ) -> Result<(String, bool), Refusal> {
        if self.own_proposal(organization, proposal)?.invited {
            let message = "the trainer has not answered the invitation";
            return Err(conflict("proposal_not_ready_for_messaging", message));
        }
        self.converse(proposal, Bucket::Proposal, now)
    }

    /// The employer writes.
    pub(crate) fn write(
        &mut self,
        conversation: &str,
        (user, content): (&str, &str),
        now: Timestamp,
    ) -> Result<Message, Refusal> {
        if shares_contact(content) {
            let details = json!({"reason": "message_policy_blocked", "policy": "contact_details"});
            let refusal = Refusal::forbidden("a message must not contain contact details");
            return Err(refusal.with_details(details));
        }
        self.check_writable(conversation)?;
        self.add_message(conversation, (user, true), content, now)
    }

    /// A declined proposal's conversation is read-only.
    fn check_writable(&self, id: &str) -> Result<(), Refusal> {
        let own = self.conversations.get(id);
        let proposal = own.and_then(|own| own.proposal.as_deref());
        let proposal = proposal.and_then(|id| self.proposals.get(id));
        let declined = proposal.is_some_and(|own| own.status == ProposalStatus::Declined);
        match declined {
            true => Err(conflict(
                "read_only_conversation",
                "the conversation is read-only",
            )),
            false => Ok(()),
        }
    }

    /// The trainer answers. Emits `message.received`.
    pub(crate) fn answer_as_trainer(
        &mut self,
        id: &str,
        content: &str,
        now: Timestamp,
    ) -> Result<String, Refusal> {
        let own = self.conversations.get(id);
        let own = own.ok_or_else(|| Refusal::not_found("conversation"))?;
        if !own.employer_wrote() {
            let message = "the employer writes first";
            return Err(conflict("employer_first_message_required", message));
        }
        let (trainer, job) = (own.trainer.clone(), own.job.clone());
        self.check_writable(id)?;
        let message = self.add_message(id, (&trainer, false), content, now)?.id;
        let data = json!({"conversationId": id, "messageId": message});
        self.announce(UpdateKind::MessageReceived, &message, &job, data, now)?;
        Ok(message)
    }

    fn add_message(
        &mut self,
        conversation: &str,
        (sender, from_employer): (&str, bool),
        content: &str,
        now: Timestamp,
    ) -> Result<Message, Refusal> {
        let id = format!("msg_{}", self.next_message);
        let own = self.conversations.get_mut(conversation);
        let own = own.ok_or_else(|| Refusal::not_found("conversation"))?;
        let message = Message {
            id,
            sent: now,
            sender: sender.to_owned(),
            from_employer,
            content: content.to_owned(),
        };
        own.messages.push(message.clone());
        own.updated = now;
        self.next_message += 1;
        Ok(message)
    }
}
