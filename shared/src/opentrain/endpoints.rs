//! Webhook endpoints: endpoints 10 to 15.

use std::collections::BTreeMap;

use jiff::Timestamp;
use reqwest::Method;
use secrecy::SecretString;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::json;
use serde_json::value::RawValue;

use super::call::Call;
use super::vocabulary::vocabulary;
use super::{OpenTrainError, PlatformClient, Scope};
use crate::model::ids::{DeliveryId, EndpointId};
use crate::model::json::{Element, Listing};
use crate::model::lenient;

vocabulary! {
    /// Whether deliveries are sent.
    EndpointStatus {
        /// Deliveries are sent.
        Active = "ACTIVE",
        /// Disabled by hand, or after ten consecutive failed deliveries.
        Disabled = "DISABLED",
    }
}

/// An endpoint that receives OpenTrain's deliveries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookEndpoint {
    /// OpenTrain's id.
    pub id: EndpointId,
    /// URL; https, or http on localhost.
    pub url: String,
    /// Subscribed event types.
    #[serde(default, deserialize_with = "lenient::list")]
    pub event_types: Vec<String>,
    /// Whether deliveries are sent.
    pub status: EndpointStatus,
    /// Time of creation. Earlier events are not sent.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub created_at: Option<Timestamp>,
    /// Consecutive failed deliveries. Ten disable the endpoint.
    #[serde(default, deserialize_with = "lenient::whole_or_default")]
    pub consecutive_failures: u32,
    /// Time of disabling.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub disabled_at: Option<Timestamp>,
    /// Reason for disabling.
    #[serde(default, deserialize_with = "lenient::text")]
    pub disabled_reason: Option<String>,
}

/// An endpoint to create (endpoint 10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewWebhookEndpoint {
    /// URL; https, or http on localhost. Redirects are not followed.
    pub url: String,
    /// Event types to subscribe to.
    pub event_types: Vec<String>,
}

/// A new endpoint with its secret, which is only shown once.
#[derive(Debug)]
pub struct CreatedEndpoint {
    /// The endpoint.
    pub endpoint: WebhookEndpoint,
    /// `whsec_…`: the signing key of its deliveries.
    pub secret: SecretString,
}

/// Changes to an endpoint (endpoint 13). Absent members are unchanged. The secret never changes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EndpointPatch {
    /// New URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// New event types.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_types: Option<Vec<String>>,
    /// `ACTIVE` re-enables it and resets its failures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<EndpointStatus>,
}

/// Deliveries that OpenTrain retries at its next run, about 5 minutes later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redelivery {
    /// The endpoint.
    pub endpoint: WebhookEndpoint,
    /// Number of deliveries, as reported by OpenTrain.
    pub requeued: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct One {
    webhook_endpoint: WebhookEndpoint,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Made {
    webhook_endpoint: WebhookEndpoint,
    secret: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Requeued {
    webhook_endpoint: WebhookEndpoint,
    #[serde(default, deserialize_with = "lenient::whole_or_none")]
    requeued: Option<u64>,
}

impl Element for WebhookEndpoint {
    const KIND: &'static str = "webhook endpoint";
}

/// The list under the assumed key `webhookEndpoints`; otherwise the only list in the answer, or the answer itself.
struct Many(Listing<WebhookEndpoint>);

impl<'de> Deserialize<'de> for Many {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let answer = <&RawValue>::deserialize(d)?.get();
        let list = match serde_json::from_str::<BTreeMap<String, &RawValue>>(answer) {
            Ok(mut members) => members
                .remove("webhookEndpoints")
                .or_else(|| only_list(members))
                .ok_or_else(|| D::Error::missing_field("webhookEndpoints"))?
                .get(),
            Err(_) => answer,
        };
        let list = serde_json::from_str(list);
        list.map(Self)
            .map_err(|_| D::Error::custom("should be a list of webhook endpoints"))
    }
}

fn only_list(members: BTreeMap<String, &RawValue>) -> Option<&RawValue> {
    let mut lists = members.into_values().filter(|it| it.get().starts_with('['));
    let first = lists.next();
    if lists.next().is_some() { None } else { first }
}

const MISSING: &str = "such webhook endpoint: it was deleted, or it belongs to another install";

static CREATE: Call = Call::once(Method::POST, Scope::WebhooksManage, MISSING);
static LIST: Call = Call::safe(Method::GET, Scope::WebhooksManage, MISSING);
static GET: Call = Call::safe(Method::GET, Scope::WebhooksManage, MISSING);
static UPDATE: Call = Call::safe(Method::PATCH, Scope::WebhooksManage, MISSING);
static DELETE: Call = Call::safe(Method::DELETE, Scope::WebhooksManage, MISSING);
static REDELIVER: Call = Call::once(
    Method::POST,
    Scope::WebhooksManage,
    "such webhook endpoint or delivery: check both ids",
);

impl PlatformClient {
    /// Creates an endpoint (endpoint 10). Only this answer contains its secret: if the answer is lost, the endpoint
    /// must be deleted.
    pub async fn create_endpoint(
        &self,
        new: &NewWebhookEndpoint,
    ) -> Result<CreatedEndpoint, OpenTrainError> {
        let request = self.ask(&CREATE, &["webhook-endpoints"])?.body(json!(new));
        let made = request.read::<Made>().await?;
        Ok(CreatedEndpoint {
            endpoint: made.webhook_endpoint,
            secret: made.secret.into(),
        })
    }

    /// Lists all endpoints (endpoint 11).
    pub async fn endpoints(&self) -> Result<Listing<WebhookEndpoint>, OpenTrainError> {
        Ok(self
            .ask(&LIST, &["webhook-endpoints"])?
            .read::<Many>()
            .await?
            .0)
    }

    /// Reads one endpoint (endpoint 12).
    pub async fn endpoint(&self, id: &EndpointId) -> Result<WebhookEndpoint, OpenTrainError> {
        Ok(self
            .ask(&GET, &["webhook-endpoints", id.as_str()])?
            .read::<One>()
            .await?
            .webhook_endpoint)
    }

    /// Changes an endpoint (endpoint 13).
    pub async fn update_endpoint(
        &self,
        id: &EndpointId,
        patch: &EndpointPatch,
    ) -> Result<WebhookEndpoint, OpenTrainError> {
        let request = self
            .ask(&UPDATE, &["webhook-endpoints", id.as_str()])?
            .body(json!(patch));
        Ok(request.read::<One>().await?.webhook_endpoint)
    }

    /// Deletes an endpoint (endpoint 14). If a repeated attempt finds no endpoint, the attempt before deleted it.
    pub async fn delete_endpoint(&self, id: &EndpointId) -> Result<(), OpenTrainError> {
        let outcome = self
            .ask(&DELETE, &["webhook-endpoints", id.as_str()])?
            .send()
            .await;
        match outcome.result {
            Err(error) if outcome.repeated && error.is_not_found() => Ok(()),
            result => result.map(drop),
        }
    }

    /// Requests a redelivery of one delivery with any status, or of all failed ones (endpoint 15). Only an active
    /// endpoint receives them.
    pub async fn redeliver(
        &self,
        id: &EndpointId,
        delivery: Option<&DeliveryId>,
    ) -> Result<Redelivery, OpenTrainError> {
        let body = match delivery {
            Some(delivery) => json!({ "deliveryId": delivery }),
            None => json!({}),
        };
        let request = self
            .ask(&REDELIVER, &["webhook-endpoints", id.as_str(), "redeliver"])?
            .body(body);
        let done = request.read::<Requeued>().await?;
        Ok(Redelivery {
            endpoint: done.webhook_endpoint,
            requeued: done.requeued,
        })
    }
}
