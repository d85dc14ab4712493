//! A server that gives one answer to every request, in the place of a webhook's receiver or of another service.

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use tokio::net::TcpListener;
use tokio::sync::Barrier;

/// Starts it on a free port. Returns its origin. It ends with the test.
pub(crate) async fn answering(
    status: u16,
    header: Option<(&'static str, &'static str)>,
    body: &'static str,
) -> String {
    let status = StatusCode::from_u16(status).unwrap();
    let mut headers = HeaderMap::new();
    if let Some((name, value)) = header {
        let (name, value) = (
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
        headers.insert(name, value);
    }
    serve(Router::new().fallback(async move || (status, headers.clone(), body))).await
}

/// Starts a server that refuses what is not signed, once this many requests wait for its answer.
pub(crate) async fn refusing_together(requests: usize) -> String {
    let all = Arc::new(Barrier::new(requests));
    let answer = async move || {
        all.wait().await;
        StatusCode::UNAUTHORIZED
    };
    serve(Router::new().fallback(answer)).await
}

async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    format!("http://{address}")
}

/// Starts the receiver of a bridge that refuses what is not signed. Returns the URL of a connection's deliveries.
pub(crate) async fn receiver(connection: &str) -> String {
    let origin = answering(401, None, "{}").await;
    format!("{origin}/hooks/{connection}")
}

/// The origin of a port on which nothing listens.
pub(crate) async fn closed() -> String {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", free.local_addr().unwrap())
}
