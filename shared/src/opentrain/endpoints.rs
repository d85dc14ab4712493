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
use crate::http::{Element, Listing};
use crate::ids::{DeliveryId, EndpointId};
use crate::lenient;

vocabulary! {
    /// Whether deliveries are tried.
    EndpointStatus {
        /// They are.
        Active = "ACTIVE",
        /// They aren't: switched off by hand, or after ten failed deliveries in a row.
        Disabled = "DISABLED",
    }
}

/// Where OpenTrain sends deliveries to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookEndpoint {
    /// OpenTrain's id.
    pub id: EndpointId,
    /// The address; https, or http on localhost.
    pub url: String,
    /// The events that are sent.
    #[serde(default, deserialize_with = "lenient::list")]
    pub event_types: Vec<String>,
    /// Whether deliveries are tried.
    pub status: EndpointStatus,
    /// When it was made: no earlier event is sent.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub created_at: Option<Timestamp>,
    /// Ten of them disable it.
    #[serde(default, deserialize_with = "lenient::whole_or_default")]
    pub consecutive_failures: u32,
    /// When it was disabled.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub disabled_at: Option<Timestamp>,
    /// Why it was disabled.
    #[serde(default, deserialize_with = "lenient::text")]
    pub disabled_reason: Option<String>,
}

/// An endpoint to be made (endpoint 10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewWebhookEndpoint {
    /// The address; https, or http on localhost. Redirects are not followed.
    pub url: String,
    /// The events to send.
    pub event_types: Vec<String>,
}

/// A new endpoint with its secret, which is shown this once only.
#[derive(Debug)]
pub struct CreatedEndpoint {
    /// The endpoint.
    pub endpoint: WebhookEndpoint,
    /// `whsec_…`: the key that its deliveries are signed with.
    pub secret: SecretString,
}

/// What to change (endpoint 13); what is absent stays. The secret never changes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EndpointPatch {
    /// Another address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Other events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_types: Option<Vec<String>>,
    /// `ACTIVE` re-enables it and resets its failures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<EndpointStatus>,
}

/// Deliveries that will be tried again at OpenTrain's next run, about 5 minutes later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redelivery {
    /// The endpoint.
    pub endpoint: WebhookEndpoint,
    /// How many, as OpenTrain says.
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

/// The list's key is inferred: `webhookEndpoints`; else the only list in the answer, or the answer itself.
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
    /// Makes an endpoint (endpoint 10). Its secret is shown in this answer only: an answer that is lost
    /// leaves an endpoint behind that has to be deleted.
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

    /// All endpoints (endpoint 11).
    pub async fn endpoints(&self) -> Result<Listing<WebhookEndpoint>, OpenTrainError> {
        Ok(self
            .ask(&LIST, &["webhook-endpoints"])?
            .read::<Many>()
            .await?
            .0)
    }

    /// One endpoint (endpoint 12).
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

    /// Deletes an endpoint (endpoint 14). One that is gone on a repeat was deleted by the attempt before.
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

    /// Asks for one delivery again, whatever its status, or for every failed one (endpoint 15); only an
    /// active endpoint gets them.
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
