//! Webhooks of the Public API.

use jiff::Timestamp;
use reqwest::Method;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::private::secret;
use super::{Listed, Other, Page, PublicClient};
use crate::model::ids::WebhookId;
use crate::model::json::Element;
use crate::model::lenient;
use crate::opentrain::call::Call;
use crate::opentrain::{EndpointStatus, OpenTrainError};

/// A receiver of updates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Webhook {
    pub id: WebhookId,
    #[serde(default, deserialize_with = "lenient::text_or_empty")]
    pub url: String,
    #[serde(default, deserialize_with = "lenient::list")]
    pub event_types: Vec<String>,
    pub status: EndpointStatus,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub disabled_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "lenient::text")]
    pub disabled_reason: Option<String>,
    #[serde(flatten)]
    pub other: Other,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewWebhook {
    /// https, or http on localhost.
    pub url: String,
    pub event_types: Vec<String>,
}

/// A new webhook with its secret, which is only shown once.
#[derive(Debug)]
pub struct WebhookMade {
    pub webhook: Webhook,
    pub secret: SecretString,
}

#[derive(Deserialize)]
struct Made {
    webhook: Webhook,
    #[serde(deserialize_with = "secret")]
    secret: SecretString,
}

#[derive(Deserialize)]
struct One {
    webhook: Webhook,
}

impl Element for Webhook {
    const KIND: &'static str = "webhook";
}

impl Listed for Webhook {
    const KEY: &'static str = "webhooks";
}

const MISSING: &str = "such webhook of this account";

static CREATE: Call = Call::write(Method::POST, MISSING);
static LIST: Call = Call::read(MISSING);
static GET: Call = Call::read(MISSING);
static DELETE: Call = Call::write(Method::DELETE, MISSING);

impl PublicClient {
    pub async fn create_webhook(&self, new: &NewWebhook) -> Result<WebhookMade, OpenTrainError> {
        let request = self.ask(&CREATE, &["webhooks"])?.body(json!(new));
        let made = request.read::<Made>().await?;
        Ok(WebhookMade {
            webhook: made.webhook,
            secret: made.secret,
        })
    }

    pub async fn webhooks(&self) -> Result<Page<Webhook>, OpenTrainError> {
        self.ask(&LIST, &["webhooks"])?.read().await
    }

    pub async fn webhook(&self, id: &WebhookId) -> Result<Webhook, OpenTrainError> {
        let request = self.ask(&GET, &["webhooks", id.as_str()])?;
        Ok(request.read::<One>().await?.webhook)
    }

    /// Deletes a webhook with its deliveries. A disabled webhook can't be enabled: delete it and create a new one.
    pub async fn delete_webhook(&self, id: &WebhookId) -> Result<Webhook, OpenTrainError> {
        let request = self.ask(&DELETE, &["webhooks", id.as_str()])?;
        Ok(request.read::<One>().await?.webhook)
    }
}
