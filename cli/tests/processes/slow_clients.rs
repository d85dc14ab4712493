//! Clients that open connections and send little: they block no delivery, and no stop waits for them.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use shared::model::signature::WebhookSecret;
use tokio::task::spawn_blocking;

use super::kit::{Ground, SECRET};
use crate::common::events::{Link, started};
use crate::common::post::{Answer, Letter};
use crate::common::wait;

const HALF_HEAD: &str = "POST /hooks/default HTTP/1.1\r\nhost: x\r\nx-a";

const GET: &str = "GET /livez HTTP/1.1\r\nhost: x\r\n\r\n";

/// A complete head with this signature, and the first byte of a body.
fn half_body(path: &str, signature: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nx-opentrain-signature: {signature}\r\ncontent-length: 1000\r\n\r\n{{"
    )
}

/// A readable signature without the secret.
fn forged() -> String {
    format!("t=1,v1={}", "0".repeat(64))
}

fn open(to: SocketAddr, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(to).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    stream
}

/// The answer's first line; empty when the connection is closed without one.
fn first_line(mut stream: &TcpStream) -> String {
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    let mut answer = [0; 256];
    let read = stream.read(&mut answer).unwrap_or_default();
    let text = String::from_utf8_lossy(&answer[..read]);
    text.lines().next().unwrap_or_default().to_owned()
}

/// Keeps `count` connections open that have sent `text`, and opens each again after it is closed.
struct SlowClients {
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl SlowClients {
    fn start(to: SocketAddr, text: String, count: usize) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let mut held: Vec<_> = (0..count).map(|_| open(to, &text)).collect();
        let watched = Arc::clone(&over);
        let thread = std::thread::spawn(move || {
            while !watched.load(Ordering::SeqCst) {
                let closed = held.iter_mut().filter(|it| is_closed(it));
                closed.for_each(|it| *it = open(to, &text));
                std::thread::sleep(Duration::from_millis(5));
            }
        });
        Self {
            over,
            thread: Some(thread),
        }
    }
}

impl Drop for SlowClients {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        // A failed client has printed the reason on standard error.
        let _ended = self.thread.take().map(JoinHandle::join);
    }
}

fn is_closed(mut stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    match stream.read(&mut [0]) {
        Ok(read) => read == 0,
        Err(error) => error.kind() != ErrorKind::WouldBlock,
    }
}

/// Delivers a hire with a separate connection.
async fn deliver(to: SocketAddr, n: u64) -> Answer {
    let link = Link::new("link_1", "streets");
    let body = started(n, &format!("ctr_{n}"), &format!("usr_{n}"), &link);
    let secret = WebhookSecret::new(SECRET).unwrap();
    let url = format!("http://{to}/hooks/default");
    let letter = Letter::signed(&url, &secret, body.to_string());
    letter.post(&wait::client()).await
}

/// A tenth of the load of `bench --only slow`, which also measures times of the release build.
#[tokio::test(flavor = "multi_thread")]
async fn more_slow_clients_than_connections_block_no_delivery() {
    let ground = Ground::new().await;
    let bridge = ground.serve_limited("ulimit -n 328");
    let to = bridge.address;
    let clients = spawn_blocking(move || {
        let heads = SlowClients::start(to, HALF_HEAD.into(), 300);
        let bodies = SlowClients::start(to, half_body("/hooks/default", &forged()), 60);
        (heads, bodies)
    });
    let clients = clients.await.unwrap();
    let mut slowest = Duration::ZERO;
    for n in 1..=50 {
        let sent = Instant::now();
        assert_eq!(deliver(to, n).await.status, 202, "{n}");
        slowest = slowest.max(sent.elapsed());
    }
    // OpenTrain waits for 10 s.
    assert!(slowest < Duration::from_secs(5), "{slowest:?}");
    spawn_blocking(|| drop(clients)).await.unwrap();
    let (status, log) = spawn_blocking(|| bridge.terminate()).await.unwrap();
    assert!(status.success());
    assert!(
        log.contains("the oldest incomplete requests were closed"),
        "{log}"
    );
}

/// Each has its time limit. An idle connection that was used before has a longer one, because a proxy may keep it.
#[tokio::test(flavor = "multi_thread")]
async fn a_half_request_is_closed_in_time() {
    let ground = Ground::new().await;
    let bridge = ground.serve();
    let to = bridge.address;
    let timed = move |text: String| {
        spawn_blocking(move || {
            let start = Instant::now();
            (first_line(&open(to, &text)), start.elapsed().as_secs())
        })
    };
    let kept = spawn_blocking(move || {
        let kept = open(to, GET);
        (first_line(&kept), kept)
    });
    let (line, mut kept) = kept.await.unwrap();
    assert_eq!(line, "HTTP/1.1 200 OK");
    let (nothing, head, body) = tokio::join!(
        timed(String::new()),
        timed(HALF_HEAD.into()),
        timed(half_body("/hooks/default", &forged()))
    );
    for (what, (line, took)) in [("nothing", nothing.unwrap()), ("a head", head.unwrap())] {
        assert_eq!(line, "", "{what}");
        assert!((9..20).contains(&took), "{what}: {took} s");
    }
    let (line, took) = body.unwrap();
    assert_eq!(line, "HTTP/1.1 408 Request Timeout");
    assert!((7..20).contains(&took), "{took} s");
    let line = spawn_blocking(move || {
        kept.write_all(GET.as_bytes()).unwrap();
        first_line(&kept)
    });
    assert_eq!(line.await.unwrap(), "HTTP/1.1 200 OK", "it was kept open");
    let (_, log) = spawn_blocking(|| bridge.terminate()).await.unwrap();
    for connections in ["default", "unknown"] {
        let counted = format!("reason=too-slow count=1 connections=\"{connections}\"");
        assert!(log.contains(&counted), "{log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_does_not_wait_for_half_requests() {
    let ground = Ground::new().await;
    let bridge = ground.serve();
    let to = bridge.address;
    let held = spawn_blocking(move || {
        let texts = [
            String::new(),
            HALF_HEAD.into(),
            half_body("/hooks/default", &forged()),
        ];
        texts.map(|text| open(to, &text))
    });
    let held = held.await.unwrap();
    assert_eq!(deliver(to, 1).await.status, 202);
    let stopped = spawn_blocking(|| {
        let start = Instant::now();
        (bridge.terminate(), start.elapsed())
    });
    let ((status, log), took) = stopped.await.unwrap();
    assert!(status.success());
    // A half body would be cut after eight seconds in any case.
    assert!(took < Duration::from_secs(3), "{took:?}");
    assert!(!log.contains("work in progress took"), "{log}");
    assert_eq!(held.len(), 3, "they were open until then");
}

/// A request with an invalid name or header is refused before its body is received.
#[tokio::test(flavor = "multi_thread")]
async fn name_and_signature_header_are_checked_before_the_body() {
    let ground = Ground::new().await;
    let bridge = ground.serve();
    let to = bridge.address;
    let answers = spawn_blocking(move || {
        let texts = [
            half_body("/hooks/acme", &forged()),
            half_body("/hooks/default", "t=1,v1=short"),
            half_body("/elsewhere", &forged()),
        ];
        let start = Instant::now();
        (
            texts.map(|text| first_line(&open(to, &text))),
            start.elapsed(),
        )
    });
    let (lines, took) = answers.await.unwrap();
    assert_eq!(
        lines,
        [
            "HTTP/1.1 404 Not Found",
            "HTTP/1.1 401 Unauthorized",
            "HTTP/1.1 404 Not Found"
        ]
    );
    // A half body would be cut after eight seconds in any case.
    assert!(took < Duration::from_secs(3), "{took:?}");
    assert!(bridge.terminate().0.success());
}
