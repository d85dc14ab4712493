//! Accepts connections and serves each of them until it ends, must be closed, or the server stops.

use std::convert::Infallible;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use shared::webhook::{LOGGED_EVERY, Refused};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::connections::{Connection, Connections};
use super::site::Site;

/// Maximum bytes of a request head; more is answered with 431.
const MAX_HEAD: usize = 16 * 1024;

/// Interval of checks of an open connection: time limits have this precision.
const CHECKED_EVERY: Duration = Duration::from_secs(1);

/// Waiting time of a new connection before more of the old ones are closed.
const ROOM_WITHIN: Duration = Duration::from_millis(50);

/// Serves until `stopped` is true. Then answers complete requests, and closes all others at once.
pub(in crate::server) async fn serve(
    listener: TcpListener,
    site: Site,
    limit: usize,
    mut stopped: watch::Receiver<bool>,
) {
    let (site, connections) = (Arc::new(site), Connections::new(limit));
    let accepting = {
        let (site, connections, stopped) = (&site, &connections, stopped.clone());
        async move {
            loop {
                let (stream, connection) = accept(&listener, connections).await;
                let (site, stopped) = (Arc::clone(site), stopped.clone());
                tokio::spawn(run(stream, connection, site, stopped));
            }
        }
    };
    tokio::select! {
        biased;
        // An error means that the sender was dropped, so the bridge has ended.
        _ = stopped.wait_for(|stop| *stop) => {}
        () = accepting => {}
        () = log_once_a_second(&site, &connections) => {}
    }
    while connections.count() > 0 {
        connections.any_closed().await;
    }
    log(&site, &connections);
}

async fn log_once_a_second(site: &Site, connections: &Connections) {
    loop {
        tokio::time::sleep(LOGGED_EVERY).await;
        log(site, connections);
    }
}

/// Logs counts of events that unknown clients can cause at any rate.
fn log(site: &Site, connections: &Connections) {
    if let Some(intake) = &site.intake {
        intake.refusals().log();
    }
    let closed = connections.closed_for_room.swap(0, Ordering::Relaxed);
    if closed > 0 {
        let open = connections.count();
        tracing::warn!(
            closed,
            open,
            "connections or memory ran out: the oldest incomplete requests were closed"
        );
    }
}

/// Returns the next connection when there is capacity for it.
async fn accept(
    listener: &TcpListener,
    connections: &Arc<Connections>,
) -> (TcpStream, Arc<Connection>) {
    let mut logged_at: Option<Instant> = None;
    let stream = loop {
        match listener.accept().await {
            Ok((stream, _)) => break stream,
            Err(error) if ended_by_client(&error) => {}
            Err(error) => {
                if logged_at.is_none_or(|at| at.elapsed() >= LOGGED_EVERY) {
                    logged_at = Some(Instant::now());
                    let open = connections.count();
                    tracing::error!(%error, open, "connections can't be accepted: raise the limit of open files (ulimit -n)");
                }
                connections.close_oldest();
                tokio::time::sleep(ROOM_WITHIN).await;
            }
        }
    };
    loop {
        if connections.is_nearly_full() {
            connections.close_oldest();
        }
        if let Some(connection) = connections.open() {
            return (stream, connection);
        }
        // After a longer wait, more of them are closed.
        let _elapsed = tokio::time::timeout(ROOM_WITHIN, connections.any_closed()).await;
    }
}

fn ended_by_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}

async fn run(
    stream: TcpStream,
    connection: Arc<Connection>,
    site: Arc<Site>,
    stopped: watch::Receiver<bool>,
) {
    requests(stream, &connection, &site, stopped).await;
    connection.close();
}

/// Answers requests until the connection ends or must be closed. The socket is closed when this returns.
async fn requests(
    stream: TcpStream,
    connection: &Arc<Connection>,
    site: &Site,
    mut stopped: watch::Receiver<bool>,
) {
    // Answers are complete when they are written, so waiting for more data only delays them.
    let _unsupported = stream.set_nodelay(true);
    let stream = Watched {
        stream,
        connection: Arc::clone(connection),
    };
    let answer =
        service_fn(async |request| Ok::<_, Infallible>(site.answer(connection, request).await));
    let mut http = pin!(
        http1::Builder::new()
            // hyper's own limit also ends idle connections.
            .header_read_timeout(None)
            .max_buf_size(MAX_HEAD)
            .serve_connection(TokioIo::new(stream), answer)
    );
    let mut check = tokio::time::interval(CHECKED_EVERY);
    let mut stopping = false;
    loop {
        tokio::select! {
            biased;
            ended = http.as_mut() => {
                let refused = ended.err().and_then(|error| answered_by_hyper(&error));
                return count(site, refused);
            }
            _ = stopped.wait_for(|stop| *stop), if !stopping => {
                stopping = true;
                http.as_mut().graceful_shutdown();
            }
            () = connection.chosen() => {}
            _ = check.tick() => {}
        }
        if connection.must_close(stopping) {
            return count(site, connection.has_slow_head().then_some(Refused::TooSlow));
        }
    }
}

/// Reason for refusing a request before [`Site::answer`]. All other errors mean that the client disconnected.
fn answered_by_hyper(error: &hyper::Error) -> Option<Refused> {
    let reason = match error.is_parse_too_large() {
        true => Refused::HeadTooLarge,
        false => Refused::MalformedRequest,
    };
    error.is_parse().then_some(reason)
}

fn count(site: &Site, refused: Option<Refused>) {
    if let Some(reason) = refused {
        site.refuse(reason);
    }
}

/// A socket that records when bytes arrive.
struct Watched {
    stream: TcpStream,
    connection: Arc<Connection>,
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        if buffer.filled().len() > before {
            self.connection.arrived();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, buffers)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
