//! Connections, with limits and time-outs.

use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::app::Console;
use super::routes::router;

/// Maximum number of open connections. A browser opens six.
const AT_ONCE: usize = 64;

/// Time limit for a request's head. Also ends idle connections.
const HEAD_WITHIN: Duration = Duration::from_secs(20);

/// Maximum bytes of a request's head.
const MAX_HEAD: usize = 16 * 1024;

/// Time limit for requests in flight when the console stops.
const PATIENCE: Duration = Duration::from_secs(3);

/// Serves until `stopped` is true.
pub(super) async fn serve(
    listener: TcpListener,
    console: Arc<Console>,
    mut stopped: watch::Receiver<bool>,
) {
    let router = router(console);
    let room = Arc::new(Semaphore::new(AT_ONCE));
    let mut open = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => break,
            Some(_) = open.join_next() => continue,
            accepted = async {
                let permit = Arc::clone(&room).acquire_owned().await;
                (permit, listener.accept().await)
            } => accepted,
        };
        match accepted {
            (Ok(permit), Ok((stream, _))) => {
                let (router, stopped) = (router.clone(), stopped.clone());
                open.spawn(async move {
                    connection(stream, router, stopped).await;
                    drop(permit);
                });
            }
            (_, Err(error)) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            (Err(_), _) => break,
        }
    }
    let ends = async { while open.join_next().await.is_some() {} };
    let _late = timeout(PATIENCE, ends).await;
}

async fn connection(stream: TcpStream, router: axum::Router, mut stopped: watch::Receiver<bool>) {
    // Answers are complete when they are written, so waiting for more data only delays them.
    let _unsupported = stream.set_nodelay(true);
    let service = TowerToHyperService::new(router);
    let http = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(stream), service);
    let mut http = std::pin::pin!(http);
    tokio::select! {
        // The client may have disconnected.
        _ = http.as_mut() => return,
        _ = stopped.wait_for(|stop| *stop) => {}
    }
    http.as_mut().graceful_shutdown();
    let _gone = http.await;
}
