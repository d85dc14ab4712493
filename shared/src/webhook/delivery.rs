//! A delivery at intake, from its head to its acknowledgement.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::connection::Connection;
use crate::model::ids::DeliveryId;
use crate::model::signature::SignatureHeader;
use crate::queue::Receipt;

/// The head of a `POST /hooks/{connection}`, free of any HTTP server's types.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// The connection in the path.
    pub connection: &'a str,
    /// `X-OpenTrain-Signature`; several lines [joined](crate::model::signature::joined).
    pub signature: Option<&'a str>,
    /// `X-OpenTrain-Delivery`.
    pub delivery: Option<&'a str>,
}

/// A whole `POST /hooks/{connection}`.
pub struct Delivery<'a> {
    /// The connection in the path.
    pub connection: &'a str,
    /// `X-OpenTrain-Signature`; several lines [joined](crate::model::signature::joined).
    pub signature: Option<&'a str>,
    /// `X-OpenTrain-Delivery`.
    pub delivery: Option<&'a str>,
    /// The raw bytes of the body.
    pub body: &'a [u8],
}

/// A head whose connection is known and whose signature header is readable. Nothing is verified yet.
#[derive(Debug)]
pub struct Admitted {
    pub(super) connection: Arc<Connection>,
    pub(super) signature: SignatureHeader,
    pub(super) delivery: Option<DeliveryId>,
    pub(super) begun: Instant,
    pub(super) deadline: Instant,
}

impl Admitted {
    /// Time by which the delivery must be stored. It includes reading the body.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }
}

/// A delivery that is stored in the queue. Only this value can produce a 2xx.
#[derive(Debug)]
pub struct Accepted {
    pub(super) delivery: Option<DeliveryId>,
    pub(super) receipt: Receipt,
}

impl Accepted {
    /// 202: the delivery is stored but not processed yet.
    pub const STATUS: u16 = 202;

    /// The answer's JSON.
    pub fn body(&self) -> Value {
        json!({ "delivery": self.delivery, "message": self.receipt.message_id() })
    }
}
