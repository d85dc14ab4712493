//! An HTTP server on loopback whose connections can be cut.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Router,
    body::to_bytes,
    extract::connect_info::Connected,
    http::{StatusCode, header},
    middleware::map_response,
    response::Response,
    serve::{IncomingStream, Listener},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

use super::host;

/// Time limit of `shutdown` for requests in flight.
const PATIENCE: Duration = Duration::from_secs(5);

/// A running server. Dropping it stops it.
pub(crate) struct Server {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Server {
    /// Serves `router` on 127.0.0.1; port 0 is a free one. `hosts` are its names in addition to loopback.
    ///
    /// `stop` changes when the server stops, so that a waiting handler can end.
    pub(crate) async fn start(
        port: u16,
        router: Router,
        hosts: &[String],
        stop: watch::Sender<bool>,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let router = host::guard(router, hosts).layer(map_response(end_line));
        let service = router.into_make_service_with_connect_info::<Line>();
        let mut stopped = stop.subscribe();
        let serve = axum::serve(Lines(listener), service).with_graceful_shutdown(async move {
            let _ = stopped.wait_for(|stopped| *stopped).await;
        });
        let task = tokio::spawn(async move {
            let _ = serve.await;
        });
        Ok(Self {
            address,
            stop,
            task,
        })
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops accepting connections, and waits for requests in flight.
    pub(crate) async fn shutdown(&mut self) {
        self.stop.send_replace(true);
        let _ = tokio::time::timeout(PATIENCE, &mut self.task).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

/// Ends a JSON answer with a line break, for people who call with curl.
async fn end_line(answer: Response) -> Result<Response, StatusCode> {
    let kind = answer.headers().get(header::CONTENT_TYPE);
    if kind.is_none_or(|kind| kind != "application/json") {
        return Ok(answer);
    }
    let (head, body) = answer.into_parts();
    // Bodies are in memory: one that can't be read is a fault of the server.
    let body = to_bytes(body, usize::MAX).await;
    let mut body = body
        .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?
        .to_vec();
    if !body.is_empty() {
        body.push(b'\n');
    }
    Ok(Response::from_parts(head, body.into()))
}

/// The switch of one connection. After a cut, nothing more is written to it.
#[derive(Clone, Default)]
pub(crate) struct Line(Arc<AtomicBool>);

impl Line {
    /// Closes the connection instead of answering.
    pub(crate) fn cut(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    fn check(&self) -> io::Result<()> {
        match self.0.load(Ordering::SeqCst) {
            true => Err(io::ErrorKind::BrokenPipe.into()),
            false => Ok(()),
        }
    }
}

impl Connected<IncomingStream<'_, Lines>> for Line {
    fn connect_info(stream: IncomingStream<'_, Lines>) -> Self {
        stream.io().line.clone()
    }
}

struct Lines(TcpListener);

impl Listener for Lines {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        // Answers are small and are written in two parts: waiting for an ACK would cost 40 ms each.
        let _ = stream.set_nodelay(true);
        let line = Line::default();
        (Connection { stream, line }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

struct Connection {
    stream: TcpStream,
    line: Line,
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.line.check()?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.line.check()?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
