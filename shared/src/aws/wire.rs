//! Sends the SDK's requests with our own HTTP client.

use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use reqwest::Method;

use crate::http::{Roots, SetupError, builder};

/// Time limit of connecting, including TLS.
const CONNECT: Duration = Duration::from_secs(2);

/// Largest answer: BatchGetItem returns 16 MB, which JSON may double; ten messages of SQS are 10 MiB.
const LARGEST: usize = 32 * 1024 * 1024;

/// Time for which an unused connection is kept. A function may be frozen for longer; the SDK then retries.
const IDLE: Duration = Duration::from_secs(50);

/// Sends requests for all services. Clones share connections.
#[derive(Debug, Clone)]
pub(super) struct Wire(reqwest::Client);

impl Wire {
    pub(super) fn new(loopback: bool, roots: &Roots) -> Result<Self, SetupError> {
        let client = builder(loopback, roots, CONNECT)?
            .pool_idle_timeout(IDLE)
            .build()
            .map_err(SetupError::Client)?;
        Ok(Self(client))
    }

    async fn send(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let response = self.0.execute(ours(&request)?).await.map_err(unsent)?;
        theirs(response).await
    }
}

impl HttpClient for Wire {
    /// The time limits in the settings are ignored: the SDK enforces an attempt's limit, and connecting has our limit.
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.clone().send(request))
    }
}

fn ours(request: &HttpRequest) -> Result<reqwest::Request, ConnectorError> {
    let odd = |what: &str| ConnectorError::user(what.into());
    let method = Method::from_bytes(request.method().as_bytes()).map_err(|_| odd("no method"))?;
    let url = url::Url::parse(request.uri()).map_err(|_| odd("no address"))?;
    let body = request.body().bytes();
    let body = body.ok_or_else(|| odd("a body that streams can't be sent"))?;
    let mut ours = reqwest::Request::new(method, url);
    for (name, value) in request.headers() {
        let name = reqwest::header::HeaderName::from_bytes(name.as_bytes());
        let value = reqwest::header::HeaderValue::from_str(value);
        let header = name
            .ok()
            .zip(value.ok())
            .ok_or_else(|| odd("an odd header"))?;
        ours.headers_mut().append(header.0, header.1);
    }
    *ours.body_mut() = Some(body.to_vec().into());
    Ok(ours)
}

async fn theirs(mut response: reqwest::Response) -> Result<HttpResponse, ConnectorError> {
    let odd = |what: &str| ConnectorError::other(what.into(), None);
    let status = response.status().as_u16();
    let headers = std::mem::take(response.headers_mut());
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unsent)? {
        if body.len() + chunk.len() > LARGEST {
            return Err(odd("the answer is too large"));
        }
        body.extend_from_slice(&chunk);
    }
    let status = status.try_into().map_err(|_| odd("an odd status"))?;
    let mut theirs = HttpResponse::new(status, SdkBody::from(body));
    for (name, value) in &headers {
        // The SDK only uses text headers.
        if let Ok(value) = value.to_str() {
            theirs
                .headers_mut()
                .append(name.as_str().to_owned(), value.to_owned());
        }
    }
    Ok(theirs)
}

/// The SDK decides by this error whether to retry. The endpoint is reported elsewhere.
fn unsent(error: reqwest::Error) -> ConnectorError {
    let error = error.without_url();
    let (late, connecting) = (error.is_timeout(), error.is_connect());
    let error = match late {
        true => ConnectorError::timeout(error.into()),
        false => ConnectorError::io(error.into()),
    };
    if connecting {
        error.never_connected()
    } else {
        error
    }
}
