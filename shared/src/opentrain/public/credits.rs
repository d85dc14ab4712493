//! Credits and pending payments.

use jiff::Timestamp;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Listed, Other, Page, PageQuery, PublicClient};
use crate::model::ids::TopUpId;
use crate::model::json::Element;
use crate::model::lenient;
use crate::opentrain::OpenTrainError;
use crate::opentrain::call::Call;
use crate::opentrain::vocabulary::vocabulary;

/// The balance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Credits {
    #[serde(deserialize_with = "lenient::whole")]
    pub available_cents: i64,
    /// Held for confirmed hires and milestones.
    #[serde(default, deserialize_with = "lenient::whole_or_default")]
    pub reserved_cents: i64,
    /// The last ten entries.
    #[serde(default, deserialize_with = "lenient::list")]
    pub recent_entries: Vec<Entry>,
    #[serde(flatten)]
    pub other: Other,
}

/// An entry of the credit ledger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    #[serde(deserialize_with = "lenient::id")]
    pub id: String,
    /// `TOP_UP`, `HOLD`, `HOLD_RELEASE`, `CAPTURE`, `REFUND` or `ADJUSTMENT`.
    #[serde(default, rename = "type", deserialize_with = "lenient::text")]
    pub kind: Option<String>,
    /// A positive amount adds to the available credits.
    #[serde(default, deserialize_with = "lenient::whole_or_none")]
    pub amount_cents: Option<i64>,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub created_at: Option<Timestamp>,
    #[serde(flatten)]
    pub other: Other,
}

vocabulary! {
    /// State of a purchase of credits.
    TopUpStatus {
        /// A human has not paid yet.
        Pending = "PENDING",
        /// Paid.
        Completed = "COMPLETED",
        /// Not paid within about 24 hours.
        Expired = "EXPIRED",
    }
}

/// A purchase of credits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TopUp {
    pub id: TopUpId,
    pub status: TopUpStatus,
    #[serde(default, deserialize_with = "lenient::whole_or_none")]
    pub amount_cents: Option<i64>,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub expires_at: Option<Timestamp>,
    #[serde(flatten)]
    pub other: Other,
}

/// Answer to the request for a purchase: nothing is bought until a human pays at `checkout_url`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewTopUp {
    pub top_up_id: TopUpId,
    pub checkout_url: String,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub expires_at: Option<Timestamp>,
    #[serde(flatten)]
    pub other: Other,
}

/// An unpaid invoice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Payment {
    #[serde(deserialize_with = "lenient::id")]
    pub id: String,
    /// `PENDING_FUNDING` or `PENDING_PAYOUT`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub status: Option<String>,
    #[serde(default, deserialize_with = "lenient::number")]
    pub amount_usd: Option<f64>,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub milestone: Option<Other>,
    #[serde(flatten)]
    pub other: Other,
}

#[derive(Deserialize)]
struct Balance {
    credits: Credits,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct One {
    top_up: TopUp,
}

impl Element for Entry {
    const KIND: &'static str = "credit entry";
}

impl Listed for Entry {
    const KEY: &'static str = "entries";
}

impl Element for Payment {
    const KIND: &'static str = "payment";
}

impl Listed for Payment {
    const KEY: &'static str = "payments";
}

const MISSING: &str = "such top-up of this account";

static BALANCE: Call = Call::read(MISSING);
static LEDGER: Call = Call::read(MISSING);
static TOP_UP: Call = Call::write(Method::POST, MISSING);
static GET: Call = Call::read(MISSING);
static PENDING: Call = Call::read(MISSING);

impl PublicClient {
    pub async fn credits(&self) -> Result<Credits, OpenTrainError> {
        let request = self.ask(&BALANCE, &["credits"])?;
        Ok(request.read::<Balance>().await?.credits)
    }

    /// The entries, newest first. `status` of the query is not used.
    pub async fn credit_ledger(&self, query: &PageQuery) -> Result<Page<Entry>, OpenTrainError> {
        let request = self.ask(&LEDGER, &["credits", "ledger"])?;
        request.query_owned(&query.pairs()).read().await
    }

    /// Requests a purchase of 10 to 10 000 US dollars, which a human pays.
    pub async fn top_up(&self, amount_usd: f64) -> Result<NewTopUp, OpenTrainError> {
        let request = self.ask(&TOP_UP, &["credits", "top-ups"])?;
        let body = json!({ "amountUsd": amount_usd });
        request.body(body).read().await
    }

    /// The current state of a purchase. OpenTrain sets a purchase that is too old to `EXPIRED` at this call.
    pub async fn read_top_up(&self, id: &TopUpId) -> Result<TopUp, OpenTrainError> {
        let request = self.ask(&GET, &["credits", "top-ups", id.as_str()])?;
        Ok(request.read::<One>().await?.top_up)
    }

    /// The invoices that wait for funding or payout, newest first.
    pub async fn pending_payments(&self) -> Result<Page<Payment>, OpenTrainError> {
        let request = self.ask(&PENDING, &["payments", "pending"])?;
        request.read().await
    }
}
