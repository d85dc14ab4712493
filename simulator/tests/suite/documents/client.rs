//! A client that compares every exchange with the documents.

use std::{fmt::Display, time::Duration};

use reqwest::{IntoUrl, Method, ResponseBuilderExt};
use serde_json::Value;

use super::Exchange;

/// An HTTP client that does not read the machine's root certificates.
pub(crate) fn plain_client() -> reqwest::Client {
    // Another test may have installed the same one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder();
    client.tls_certs_only([]).build().unwrap()
}

/// A client that compares every exchange with the OpenAPI documents.
pub(crate) fn client() -> Client {
    Client(plain_client())
}

#[derive(Clone)]
pub(crate) struct Client(reqwest::Client);

impl Client {
    pub(crate) fn request(&self, method: Method, url: impl IntoUrl) -> Ask {
        Ask(self.0.request(method, url))
    }

    pub(crate) fn get(&self, url: impl IntoUrl) -> Ask {
        self.request(Method::GET, url)
    }

    pub(crate) fn post(&self, url: impl IntoUrl) -> Ask {
        self.request(Method::POST, url)
    }
}

/// A request whose exchange is compared with the OpenAPI documents.
pub(crate) struct Ask(reqwest::RequestBuilder);

impl Ask {
    pub(crate) fn bearer_auth(self, token: impl Display) -> Self {
        Self(self.0.bearer_auth(token))
    }

    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        Self(self.0.header(name, value))
    }

    pub(crate) fn body(self, body: impl Into<reqwest::Body>) -> Self {
        Self(self.0.body(body))
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        Self(self.0.json(body))
    }

    pub(crate) fn query(self, query: &[(&str, &str)]) -> Self {
        Self(self.0.query(query))
    }

    pub(crate) fn timeout(self, limit: Duration) -> Self {
        Self(self.0.timeout(limit))
    }

    pub(crate) async fn send(self) -> reqwest::Result<reqwest::Response> {
        let (client, request) = self.0.build_split();
        let request = request?;
        let (method, url) = (request.method().clone(), request.url().clone());
        let sent_headers = request.headers().clone();
        let sent = request.body().and_then(|own| own.as_bytes());
        let sent = sent.map(<[u8]>::to_vec).unwrap_or_default();
        let response = client.execute(request).await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let last = response.url().clone();
        let received = response.bytes().await?;
        let exchange = Exchange {
            method,
            url,
            sent_headers: &sent_headers,
            sent: &sent,
            status,
            headers: &headers,
            received: &received,
        };
        let difference = exchange.check(super::all().await).err();
        let difference = difference.unwrap_or_default();
        assert!(
            difference.is_empty(),
            "differs from the document: {difference}"
        );
        let whole = axum::http::Response::builder().url(last).status(status);
        let mut whole = whole.body(received).unwrap();
        *whole.headers_mut() = headers;
        Ok(whole.into())
    }
}
