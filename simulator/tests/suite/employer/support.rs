//! A client of the employer's side.

use std::{sync::Arc, time::Duration};

use reqwest::Method;
use serde_json::{Value, json};
use simulator::{OpenTrain, Options};

use crate::support::{Ask, Client, client, text};

pub(crate) const GRANT_TYPE: &str = "urn:opentrain:agent-auth:grant-type:claim";

/// A running OpenTrain, whose human employer is `org_1`. Its time only moves by `advance`.
pub(crate) struct Market {
    pub(crate) opentrain: OpenTrain,
    client: Client,
}

impl Market {
    pub(crate) async fn new() -> Self {
        Self::with(Duration::from_secs(10)).await
    }

    /// With this time limit for the answers of receivers.
    pub(crate) async fn with(attempt_timeout: Duration) -> Self {
        Self::with_options(Options {
            attempt_timeout,
            ..Options::default()
        })
        .await
    }

    pub(crate) async fn with_options(options: Options) -> Self {
        let start: jiff::Timestamp = "2026-06-12T10:00:00Z".parse().unwrap();
        let options = Options {
            clock: Arc::new(move || start),
            ..options
        };
        let opentrain = OpenTrain::start_with(options).await.unwrap();
        let client = client();
        Self { opentrain, client }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> Ask {
        let url = format!("{}{path}", self.opentrain.base_url());
        self.client.request(method, url)
    }

    /// A call of the Public API.
    pub(crate) async fn call(
        &self,
        method: Method,
        token: &str,
        path: &str,
        body: Option<Value>,
    ) -> (u16, Value) {
        let mut request = self.request(method, &format!("/api/public/v1{path}"));
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        answer(request).await
    }

    pub(crate) async fn get(&self, token: &str, path: &str) -> (u16, Value) {
        self.call(Method::GET, token, path, None).await
    }

    /// A call without a body.
    pub(crate) async fn act(&self, token: &str, path: &str) -> (u16, Value) {
        self.call(Method::POST, token, path, None).await
    }

    pub(crate) async fn post(&self, token: &str, path: &str, body: Value) -> (u16, Value) {
        self.call(Method::POST, token, path, Some(body)).await
    }

    pub(crate) async fn patch(&self, token: &str, path: &str, body: Value) -> (u16, Value) {
        self.call(Method::PATCH, token, path, Some(body)).await
    }

    pub(crate) async fn delete(&self, token: &str, path: &str) -> (u16, Value) {
        self.call(Method::DELETE, token, path, None).await
    }

    /// Consents to a platform's app. Returns the install's token.
    pub(crate) async fn install(&self, scopes: &[&str]) -> String {
        let body = json!({"appSlug": "my-tool", "scopes": scopes, "piiConsent": true});
        text(&self.done("/installs", body).await["token"])
    }

    /// A call of the Platform API.
    pub(crate) async fn platform(
        &self,
        method: Method,
        token: &str,
        path: &str,
        body: Option<Value>,
    ) -> (u16, Value) {
        let request = self.request(method, &format!("/api/partner/v1{path}"));
        let mut request = request.bearer_auth(token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        answer(request).await
    }

    /// A call below `/sandbox`.
    pub(crate) async fn human(&self, path: &str, body: Value) -> (u16, Value) {
        let request = self.request(Method::POST, &format!("/sandbox{path}"));
        answer(request.json(&body)).await
    }

    /// A call below `/sandbox` that succeeds.
    pub(crate) async fn done(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.human(path, body).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    /// A reading call below `/sandbox`.
    pub(crate) async fn read(&self, path: &str) -> Value {
        let (status, body) = answer(self.request(Method::GET, &format!("/sandbox{path}"))).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    pub(crate) async fn agent(&self, path: &str, body: Value) -> (u16, Value) {
        let request = self.request(Method::POST, &format!("/api/agent{path}"));
        answer(request.json(&body)).await
    }

    pub(crate) async fn form(&self, path: &str, fields: &[(&str, &str)]) -> (u16, Value) {
        let request = self.request(Method::POST, &format!("/api/agent{path}"));
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        let kind = "application/x-www-form-urlencoded";
        answer(request.header("content-type", kind).body(form.finish())).await
    }

    /// Registers an agent. Returns its token and its claim token.
    pub(crate) async fn register(&self) -> (String, String) {
        let (status, answer) = self.agent("/identity", json!({})).await;
        assert_eq!(status, 200, "{answer}");
        (text(&answer["access_token"]), text(&answer["claim_token"]))
    }

    pub(crate) async fn poll(&self, claim_token: &str) -> (u16, Value) {
        let form = [("grant_type", GRANT_TYPE), ("claim_token", claim_token)];
        self.form("/oauth/token", &form).await
    }

    /// Registers an agent and claims it. Returns its organisation and its token.
    pub(crate) async fn claimed(&self, email: &str) -> (String, String) {
        let (_, claim_token) = self.register().await;
        let claim = json!({"claim_token": claim_token, "email": email});
        let (_, answer) = self.agent("/identity/claim", claim).await;
        let path = format!("/claims/{}/confirm", text(&answer["user_code"]));
        let organization = self.done(&path, json!({})).await;
        let (status, answer) = self.poll(&claim_token).await;
        assert_eq!(status, 200, "{answer}");
        (
            text(&organization["organizationId"]),
            text(&answer["access_token"]),
        )
    }

    /// A token of `org_1` with these scopes, made by its human.
    pub(crate) async fn token(&self, scopes: &[&str]) -> String {
        self.token_of("org_1", scopes).await
    }

    pub(crate) async fn token_of(&self, organization: &str, scopes: &[&str]) -> String {
        let body = json!({"scopes": scopes, "organizationId": organization});
        text(&self.done("/tokens", body).await["token"])
    }

    /// A token of `org_1` that may do everything.
    pub(crate) async fn full(&self) -> String {
        self.token(&FULL).await
    }

    pub(crate) async fn draft(&self, token: &str) -> String {
        let body = json!({"format": "opentrain_canonical", "job": complete_job()});
        let (status, answer) = self.post(token, "/job-drafts", body).await;
        assert_eq!(status, 201, "{answer}");
        text(&answer["jobId"])
    }

    /// A published job, 20 dollars an hour.
    pub(crate) async fn job(&self, token: &str) -> String {
        let job = self.draft(token).await;
        let (status, answer) = self.act(token, &format!("/jobs/{job}/publish")).await;
        assert_eq!(status, 200, "{answer}");
        job
    }

    /// A trainer applies. Returns the proposal.
    pub(crate) async fn proposal(&self, job: &str) -> String {
        let answer = self.done("/proposals", json!({"jobId": job})).await;
        text(&answer["proposalId"])
    }

    pub(crate) async fn ask_to_hire(&self, token: &str, proposal: &str) -> String {
        let body = json!({"milestone": {"name": "First", "amount": 200}});
        let (status, answer) = self
            .post(token, &format!("/proposals/{proposal}/hire"), body)
            .await;
        assert_eq!(status, 202, "{answer}");
        text(&answer["approval"]["id"])
    }

    /// The human confirms. Returns the result.
    pub(crate) async fn confirm(&self, approval: &str) -> Value {
        let path = format!("/approvals/{approval}/confirm");
        let answer = self.done(&path, json!({})).await;
        answer["approval"]["result"].clone()
    }

    /// A job with one contract and a funded milestone of 10 hours. Returns the contract.
    pub(crate) async fn contract(&self, token: &str) -> String {
        let job = self.job(token).await;
        let proposal = self.proposal(&job).await;
        let approval = self.ask_to_hire(token, &proposal).await;
        text(&self.confirm(&approval).await["contractId"])
    }

    pub(crate) async fn advance(&self, by: &str) -> Value {
        let answer = self.done("/clock", json!({"advance": by})).await;
        assert_eq!(answer["settled"], true);
        answer
    }

    /// `type` and, if there is one, `data.status` of every update.
    pub(crate) async fn updates(&self, token: &str) -> Vec<String> {
        let (status, answer) = self.get(token, "/updates?limit=200").await;
        assert_eq!(status, 200, "{answer}");
        let events = answer["events"].as_array().unwrap();
        let name = |own: &Value| match own["data"]["status"].as_str() {
            Some(status) => format!("{} {status}", text(&own["type"])),
            None => text(&own["type"]),
        };
        events.iter().map(name).collect()
    }

    pub(crate) fn assert_no_violations(&self) {
        assert_eq!(self.opentrain.violations(), []);
    }
}

pub(crate) const FULL: [&str; 6] = [
    "jobs:write",
    "proposals:write",
    "messages:write",
    "payments:write",
    "team:write",
    "webhooks:manage",
];

async fn answer(request: Ask) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or_default())
}

/// Everything that a job needs to be published.
pub(crate) fn complete_job() -> Value {
    json!({
        "jobTitle": "Label street scenes",
        "jobDescription": "Boxes around cars.",
        "dataType": "IMAGE",
        "experienceLevel": "INTERMEDIATE",
        "paymentType": "PAY_PER_HOUR",
        "pricePerHour": 20,
        "countries": ["ES", "PT"],
        "languages": ["English"],
    })
}

/// Reason in the details of an error.
pub(crate) fn reason(answer: &Value) -> &str {
    answer["details"]["reason"].as_str().unwrap_or_default()
}

/// Ids of the objects in a list.
pub(crate) fn ids(list: &Value) -> Vec<String> {
    let list = list.as_array().unwrap();
    list.iter().map(|own| text(&own["id"])).collect()
}
