//! Replacement for the network, in tests that simulate it.

use std::sync::Arc;

use async_trait::async_trait;
use reqwest::{RequestBuilder, Response};

use super::Fault;

/// Carries encoded requests to a service, and its answers back.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Carries one request. Without an answer, a fault is returned as for a request over the network.
    async fn carry(
        &self,
        request: ::http::Request<Vec<u8>>,
    ) -> Result<::http::Response<Vec<u8>>, Fault>;
}

tokio::task_local! {
    static OF_TASK: Arc<dyn Transport>;
}

/// Runs `work` with a transport in place of the network. It is used by all [`Http`](super::Http) clients in `work` that
/// have no transport of their own, such as those that a tool's adapter creates.
pub async fn carried_by<F: Future>(transport: Arc<dyn Transport>, work: F) -> F::Output {
    OF_TASK.scope(transport, work).await
}

/// The transport of [`carried_by`] around the current work.
pub(super) fn of_task() -> Option<Arc<dyn Transport>> {
    OF_TASK.try_with(Arc::clone).ok()
}

/// Sends a request over a transport.
pub(super) async fn send(
    transport: &Arc<dyn Transport>,
    request: RequestBuilder,
) -> Result<Response, Fault> {
    let request = request.build()?;
    let body = request.body().and_then(reqwest::Body::as_bytes);
    let mut carried = ::http::Request::new(body.unwrap_or_default().to_vec());
    carried.method_mut().clone_from(request.method());
    carried.headers_mut().clone_from(request.headers());
    // Every http URL is a URI.
    if let Ok(uri) = request.url().as_str().parse() {
        *carried.uri_mut() = uri;
    }
    Ok(transport.carry(carried).await?.into())
}
