//! Events of the employer's side.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    Market,
    data::update::{Update, UpdateKind},
};
use crate::{
    kit::{
        clock::iso,
        shape::{Shape, has, maybe},
    },
    model::{
        budget::BudgetState,
        letter::{Channel, Letter},
        misuse::Misuse,
    },
};

/// An event of the feed. The members of `data` depend on its type.
pub(crate) const EVENT: Shape = Shape::Named(
    "Event",
    &[&[
        has("id", Shape::Text),
        has("type", Shape::OneOf(&UpdateKind::NAMES)),
        has("apiVersion", Shape::OneOf(&["v1"])),
        has("createdAt", Shape::Time),
        has("resourceId", Shape::Text),
        has("jobId", Shape::Text),
        has("data", DATA),
    ]],
);
const DATA: Shape = Shape::Object(&[
    maybe("proposalId", Shape::Any),
    maybe("jobId", Shape::Text),
    maybe("status", Shape::Text),
    maybe("conversationId", Shape::Text),
    maybe("messageId", Shape::Text),
    maybe("contractId", Shape::Text),
    maybe("milestoneId", Shape::Text),
    maybe("invoiceId", Shape::Text),
    maybe("approvalId", Shape::Text),
    maybe("previousState", Shape::Text),
    maybe("state", Shape::Text),
    maybe("paymentType", Shape::Any),
    maybe("fundedVolume", Shape::Number),
    maybe("consumedVolume", Shape::Number),
    maybe("remainingVolume", Shape::Number),
    maybe("consumedFraction", Shape::Number),
]);

impl Market {
    /// Adds an event to the feed of a job's employer, and sends it to the employer's webhooks.
    pub(crate) fn announce(
        &mut self,
        kind: UpdateKind,
        resource: &str,
        job: &str,
        data: Value,
        now: Timestamp,
    ) -> Result<(), Misuse> {
        let organization = self.world.job(job)?.organization.clone();
        let id = self.next_update();
        let body = json!({
            "id": id.to_string(),
            "type": kind.as_str(),
            "apiVersion": "v1",
            "createdAt": iso(now),
            "resourceId": resource,
            "jobId": job,
            "data": data,
        });
        let letter = Arc::new(Letter {
            channel: Channel::Public,
            owner: organization.clone(),
            event_id: id.to_string(),
            kind: kind.as_str(),
            resource: resource.to_owned(),
            trainer: None,
            body: body.to_string(),
        });
        self.world.post.take_in(&letter, now);
        self.updates.push(Update {
            id,
            kind,
            organization,
            body,
        });
        Ok(())
    }

    pub(crate) fn announce_contract(&mut self, id: &str, now: Timestamp) -> Result<(), Misuse> {
        let job = self.world.contract(id)?.job_id.clone();
        let hire = self.hires.get(id);
        let proposal = hire.and_then(|hire| hire.proposal.clone());
        let data = json!({"contractId": id, "jobId": job, "proposalId": proposal});
        self.announce(UpdateKind::ContractCreated, id, &job, data, now)
    }

    pub(crate) fn announce_milestone(
        &mut self,
        contract: &str,
        id: &str,
        now: Timestamp,
    ) -> Result<(), Misuse> {
        let job = self.world.contract(contract)?.job_id.clone();
        let status = self.world.milestone_mut(contract, id)?.status;
        let data = json!({"milestoneId": id, "contractId": contract, "status": status});
        self.announce(UpdateKind::MilestoneStatusChanged, id, &job, data, now)
    }

    /// Announces a change of the budget's state, in either direction.
    pub(crate) fn announce_budget(
        &mut self,
        contract: &str,
        before: BudgetState,
        now: Timestamp,
    ) -> Result<(), Misuse> {
        let own = self.world.contract(contract)?;
        let (job, budget) = (own.job_id.clone(), self.world.budget(own));
        if budget.state == before {
            return Ok(());
        }
        let whole = json!(budget);
        let data = json!({
            "contractId": contract,
            "previousState": before,
            "state": budget.state,
            "paymentType": budget.payment_type,
            "fundedVolume": whole["fundedVolume"],
            "consumedVolume": whole["consumedVolume"],
            "remainingVolume": whole["remainingVolume"],
            "consumedFraction": whole["consumedFraction"],
        });
        let kind = UpdateKind::ContractBudgetStateChanged;
        self.announce(kind, contract, &job, data, now)
    }
}
