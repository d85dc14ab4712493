//! Credits, top-ups, invoices and charges.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use crate::kit::{
    clock::iso,
    shape::{Shape, has, or_null},
};

pub(crate) const TOP_UP_LIFE: Duration = Duration::from_secs(24 * 3600);
/// Fee of a hire in cents.
const HIRE_FEE: i64 = 995;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum EntryKind {
    /// Adds to the available credits.
    TopUp,
    /// Moves available credits to the reserved ones.
    Hold,
    /// Pays reserved credits out.
    Capture,
}

/// Entry of the credit ledger.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    pub(crate) id: String,
    #[serde(skip)]
    pub(crate) organization: String,
    #[serde(rename = "type")]
    pub(crate) kind: EntryKind,
    pub(crate) amount_cents: i64,
    pub(crate) created_at: String,
    pub(crate) hold_entry_id: Option<String>,
    #[serde(rename = "jobofferId")]
    pub(crate) joboffer_id: Option<String>,
    pub(crate) contract_id: Option<String>,
    pub(crate) milestone_id: Option<String>,
    pub(crate) top_up_id: Option<String>,
    pub(crate) note: Option<String>,
}

pub(crate) const ENTRY: Shape = Shape::Named(
    "CreditEntry",
    &[&[
        has("id", Shape::Text),
        has("type", Shape::OneOf(&["TOP_UP", "HOLD", "CAPTURE"])),
        has("amountCents", Shape::Whole),
        has("createdAt", Shape::Time),
        or_null("holdEntryId", Shape::Text),
        or_null("jobofferId", Shape::Text),
        or_null("contractId", Shape::Text),
        or_null("milestoneId", Shape::Text),
        or_null("topUpId", Shape::Text),
        or_null("note", Shape::Text),
    ]],
);

/// `(available, reserved)` in cents.
pub(crate) fn balance<'a>(entries: impl Iterator<Item = &'a Entry>) -> (i64, i64) {
    entries.fold((0, 0), |(available, reserved), own| match own.kind {
        EntryKind::TopUp => (available + own.amount_cents, reserved),
        EntryKind::Hold => (available + own.amount_cents, reserved - own.amount_cents),
        EntryKind::Capture => (available, reserved + own.amount_cents),
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum TopUpStatus {
    Pending,
    Completed,
    Expired,
}

pub(crate) struct TopUp {
    pub(crate) id: String,
    pub(crate) organization: String,
    pub(crate) status: TopUpStatus,
    pub(crate) amount_cents: i64,
    pub(crate) created: Timestamp,
    pub(crate) completed: Option<Timestamp>,
    pub(crate) expires: Timestamp,
}

/// `topUp` of the API.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TopUpView {
    id: String,
    status: TopUpStatus,
    amount_cents: i64,
    created_at: String,
    completed_at: Option<String>,
    expires_at: String,
}

pub(crate) const TOP_UP_VIEW: Shape = Shape::Named(
    "TopUp",
    &[&[
        has("id", Shape::Text),
        has("status", Shape::OneOf(&["PENDING", "COMPLETED", "EXPIRED"])),
        has("amountCents", Shape::Whole),
        has("createdAt", Shape::Time),
        or_null("completedAt", Shape::Time),
        has("expiresAt", Shape::Time),
    ]],
);

impl TopUp {
    /// A pending top-up expires when it is read after its time.
    pub(crate) fn refresh(&mut self, now: Timestamp) {
        if self.status == TopUpStatus::Pending && now >= self.expires {
            self.status = TopUpStatus::Expired;
        }
    }

    pub(crate) fn view(&self) -> TopUpView {
        TopUpView {
            id: self.id.clone(),
            status: self.status,
            amount_cents: self.amount_cents,
            created_at: iso(self.created),
            completed_at: self.completed.map(iso),
            expires_at: iso(self.expires),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum InvoiceStatus {
    PendingFunding,
    PendingPayout,
    /// Nothing is left to do, so it is not listed.
    Settled,
}

pub(crate) struct Invoice {
    pub(crate) id: String,
    pub(crate) organization: String,
    pub(crate) status: InvoiceStatus,
    pub(crate) contract: String,
    pub(crate) milestone: String,
    pub(crate) amount_usd: f64,
    pub(crate) created: Timestamp,
}

pub(crate) fn cents(usd: f64) -> i64 {
    (usd * 100.0).round() as i64
}

/// Charge of a hire: the amount, 10 % and 9.95 dollars.
pub(crate) fn hire_charge(amount_usd: f64) -> i64 {
    funding_charge(amount_usd) + HIRE_FEE
}

/// Charge of a later milestone: the amount and 10 %.
pub(crate) fn funding_charge(amount_usd: f64) -> i64 {
    cents(amount_usd * 1.1)
}
