//! Money of an employer: card, credits, invoices.

use jiff::Timestamp;
use serde_json::json;

use super::{
    Market, conflict,
    data::{
        approval::PaymentMethod,
        money::{
            Entry, EntryKind, Invoice, InvoiceStatus, TOP_UP_LIFE, TopUp, TopUpStatus, balance,
        },
        update::UpdateKind,
    },
    unknown,
};
use crate::{
    kit::{
        clock::{iso, later},
        refusal::Refusal,
    },
    model::misuse::Misuse,
};

impl Market {
    /// `(available, reserved)` credits in cents.
    pub(crate) fn credits(&self, organization: &str) -> (i64, i64) {
        balance(self.entries_of(organization))
    }

    pub(crate) fn entries_of<'a>(
        &'a self,
        organization: &'a str,
    ) -> impl DoubleEndedIterator<Item = &'a Entry> + 'a {
        let entries = self.entries.iter();
        entries.filter(move |own| own.organization == organization)
    }

    /// Refuses a charge that neither a card nor the credits can pay.
    pub(super) fn check_payment(&self, organization: &str, cents: i64) -> Result<(), Refusal> {
        let card = self.employer(organization)?.card_on_file;
        match card || self.credits(organization).0 >= cents {
            true => Ok(()),
            false => {
                let billing = format!("{}/billing", self.world.origin);
                let details = json!({"reason": "payment_method_required", "billingUrl": billing});
                let refusal = Refusal::conflict("a card or enough credits are required");
                Err(refusal.with_details(details))
            }
        }
    }

    /// The chosen payment method, or the card if there is one. Refuses one that cannot pay.
    pub(super) fn choose_payment(
        &self,
        organization: &str,
        chosen: Option<PaymentMethod>,
        cents: i64,
    ) -> Result<PaymentMethod, Refusal> {
        self.check_payment(organization, cents)?;
        let card = self.employer(organization)?.card_on_file;
        let credits = self.credits(organization).0 >= cents;
        match chosen {
            Some(PaymentMethod::Card) if !card => Err(conflict(
                "payment_method_required",
                "there is no card on file",
            )),
            Some(PaymentMethod::Credits) if !credits => Err(conflict(
                "payment_method_required",
                "the credits are not sufficient",
            )),
            Some(method) => Ok(method),
            None if card => Ok(PaymentMethod::Card),
            None => Ok(PaymentMethod::Credits),
        }
    }

    /// Reserves the charge of a milestone that is paid by credits.
    pub(super) fn hold_charge(
        &mut self,
        organization: &str,
        (contract, milestone): (&str, &str),
        (method, cents): (PaymentMethod, i64),
        now: Timestamp,
    ) {
        if method == PaymentMethod::Card {
            return;
        }
        let hire = self.hires.get(contract);
        let entry = Entry {
            joboffer_id: hire.and_then(|hire| hire.proposal.clone()),
            contract_id: Some(contract.to_owned()),
            milestone_id: Some(milestone.to_owned()),
            ..entry(organization, EntryKind::Hold, -cents, now)
        };
        self.add_entry(entry);
    }

    /// Pays out the credits that are reserved for a milestone.
    pub(super) fn capture_charge(&mut self, milestone: &str, now: Timestamp) {
        let holds = |own: &&Entry| {
            own.kind == EntryKind::Hold && own.milestone_id.as_deref() == Some(milestone)
        };
        let hold = self.entries.iter().find(holds);
        let capture = hold.map(|hold| Entry {
            hold_entry_id: Some(hold.id.clone()),
            contract_id: hold.contract_id.clone(),
            milestone_id: hold.milestone_id.clone(),
            ..entry(
                &hold.organization,
                EntryKind::Capture,
                hold.amount_cents,
                now,
            )
        });
        if let Some(capture) = capture {
            self.add_entry(capture);
        }
    }

    fn add_entry(&mut self, entry: Entry) -> String {
        self.entries.add(|id| Entry { id, ..entry })
    }

    pub(crate) fn top_up(&mut self, organization: &str, cents: i64, now: Timestamp) -> String {
        self.top_ups.add(|id| TopUp {
            id,
            organization: organization.to_owned(),
            status: TopUpStatus::Pending,
            amount_cents: cents,
            created: now,
            completed: None,
            expires: later(now, TOP_UP_LIFE),
        })
    }

    /// A top-up; one whose time is over expires now.
    pub(crate) fn read_top_up(
        &mut self,
        organization: &str,
        id: &str,
        now: Timestamp,
    ) -> Result<&TopUp, Refusal> {
        let top_up = self.top_ups.get_mut(id);
        let top_up = top_up.filter(|own| own.organization == organization);
        let top_up = top_up.ok_or_else(|| {
            unknown(
                "top-up",
                json!({"resource": "credit-top-ups", "topUpId": id}),
            )
        })?;
        top_up.refresh(now);
        Ok(top_up)
    }

    /// The human pays a top-up.
    pub(crate) fn complete_top_up(&mut self, id: &str, now: Timestamp) -> Result<(), Refusal> {
        let top_up = self.top_ups.get_mut(id);
        let top_up = top_up.ok_or_else(|| Refusal::not_found("top-up"))?;
        top_up.refresh(now);
        if top_up.status != TopUpStatus::Pending {
            return Err(conflict("top_up_not_pending", "the top-up is not pending"));
        }
        top_up.status = TopUpStatus::Completed;
        top_up.completed = Some(now);
        let (organization, cents) = (top_up.organization.clone(), top_up.amount_cents);
        self.add_entry(Entry {
            top_up_id: Some(id.to_owned()),
            ..entry(&organization, EntryKind::TopUp, cents, now)
        });
        Ok(())
    }

    /// Adds a milestone's invoice. One that waits for the employer emits `payment.pending`.
    pub(super) fn add_invoice(
        &mut self,
        contract: &str,
        milestone: &str,
        status: InvoiceStatus,
        now: Timestamp,
    ) -> Result<(), Misuse> {
        let job = self.world.contract(contract)?.job_id.clone();
        let organization = self.world.job(&job)?.organization.clone();
        let amount_usd = self.world.milestone_mut(contract, milestone)?.amount_usd;
        let id = self.invoices.add(|id| Invoice {
            id,
            organization,
            status,
            contract: contract.to_owned(),
            milestone: milestone.to_owned(),
            amount_usd,
            created: now,
        });
        self.world
            .milestone_mut(contract, milestone)?
            .terms
            .invoice_id = Some(id.clone());
        if status != InvoiceStatus::Settled {
            let data = json!({"invoiceId": id, "milestoneId": milestone, "contractId": contract});
            self.announce(UpdateKind::PaymentPending, &id, &job, data, now)?;
        }
        Ok(())
    }

    /// Settles a milestone's invoice. Returns its id.
    pub(super) fn settle_invoice(
        &mut self,
        contract: &str,
        milestone: &str,
    ) -> Result<Option<String>, Misuse> {
        let terms = &self.world.milestone_mut(contract, milestone)?.terms;
        let id = terms.invoice_id.clone();
        let invoice = id.as_deref().and_then(|id| self.invoices.get_mut(id));
        if let Some(invoice) = invoice {
            invoice.status = InvoiceStatus::Settled;
        }
        Ok(id)
    }

    /// Removes the invoice of a funding that was not confirmed.
    pub(super) fn drop_invoice(&mut self, contract: &str, milestone: &str) -> Result<(), Misuse> {
        let terms = &mut self.world.milestone_mut(contract, milestone)?.terms;
        if let Some(id) = terms.invoice_id.take() {
            self.invoices.remove(&id);
        }
        Ok(())
    }
}

fn entry(organization: &str, kind: EntryKind, amount_cents: i64, now: Timestamp) -> Entry {
    Entry {
        id: String::new(),
        organization: organization.to_owned(),
        kind,
        amount_cents,
        created_at: iso(now),
        hold_entry_id: None,
        joboffer_id: None,
        contract_id: None,
        milestone_id: None,
        top_up_id: None,
        note: None,
    }
}
