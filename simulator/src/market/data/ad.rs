//! The advertisement of a job: its state and its fields.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::model::payment::PaymentType;

/// State of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum JobStatus {
    Draft,
    Open,
    Archived,
}

/// Every state by which a list can be filtered. How a job reaches some of them is not documented.
pub(crate) const STATUSES: [&str; 6] = [
    "DRAFT",
    "PENDING_APPROVAL",
    "OPEN",
    "ONGOING",
    "COMPLETED",
    "ARCHIVED",
];

impl JobStatus {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Open => "OPEN",
            Self::Archived => "ARCHIVED",
        }
    }
}

pub(crate) struct Ad {
    pub(crate) status: JobStatus,
    /// By update key.
    pub(crate) fields: Map<String, Value>,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    pub(crate) published: Option<Timestamp>,
    pub(crate) idempotency_key: Option<String>,
}

impl Ad {
    pub(crate) fn draft(fields: Map<String, Value>, key: Option<String>, now: Timestamp) -> Self {
        Self {
            status: JobStatus::Draft,
            fields,
            created: now,
            updated: now,
            published: None,
            idempotency_key: key,
        }
    }

    /// An open job that was not posted by the Public API.
    pub(crate) fn open(title: &str, payment: Option<PaymentType>, now: Timestamp) -> Self {
        let mut fields = Map::new();
        fields.insert("jobTitle".to_owned(), title.into());
        if let Some(payment) = payment {
            fields.insert("paymentType".to_owned(), json!(payment));
        }
        Self {
            status: JobStatus::Open,
            published: Some(now),
            ..Self::draft(fields, None, now)
        }
    }

    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.fields.get(key)?.as_str()
    }

    pub(crate) fn number(&self, key: &str) -> Option<f64> {
        self.fields.get(key)?.as_f64()
    }

    /// The strings of a list; empty without one.
    pub(crate) fn texts(&self, key: &str) -> Vec<&str> {
        let list = self.fields.get(key).and_then(Value::as_array);
        let list = list.into_iter().flatten();
        list.filter_map(Value::as_str).collect()
    }

    pub(crate) fn title(&self) -> &str {
        self.text("jobTitle").unwrap_or("Untitled job")
    }

    pub(crate) fn payment_type(&self) -> Option<PaymentType> {
        match self.text("paymentType")? {
            "PAY_PER_HOUR" => Some(PaymentType::PayPerHour),
            "PAY_PER_LABEL" => Some(PaymentType::PayPerLabel),
            "FIXED_PRICE" => Some(PaymentType::FixedPrice),
            _ => None,
        }
    }

    /// The price per unit of payment, or of the whole job.
    pub(crate) fn price(&self) -> Option<f64> {
        self.number(price_key(self.payment_type()?))
    }
}

/// The key that holds the price of a unit of payment.
pub(crate) fn price_key(payment: PaymentType) -> &'static str {
    match payment {
        PaymentType::PayPerHour => "pricePerHour",
        PaymentType::PayPerLabel => "pricePerLabel",
        PaymentType::FixedPrice => "fixedPrice",
    }
}

/// Change of a published job, for the public feed of jobs.
pub(crate) struct Change {
    pub(crate) job: String,
    pub(crate) kind: ChangeKind,
    pub(crate) at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum ChangeKind {
    Published,
    Updated,
    Closed,
}
