//! Certificates of an operator's own authority, and messages about unusable certificates.

mod authority;
mod mail;

use std::sync::Arc;

use shared::config::{Reader, Vars};
use shared::model::clock::SystemClock;
use shared::model::ids::ProjectId;
use shared::tool::NoState;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::LocalSet;

use authority::{Authority, Server, Valid};

const ANSWER: &str = r#"{"id":"streets","name":"Street scenes"}"#;

/// Reads the project from a tool at `base`. Returns the error's text on failure.
async fn read(base: &str, ca: Option<&str>) -> Result<String, String> {
    let vars = Vars::default()
        .with("TOOL_KIND", Some("rest"))
        .with("TOOL_BASE_URL", Some(base))
        .with("TOOL_API_TOKEN", Some("token"))
        .with("TLS_CA", ca);
    let mut reader = Reader::new(&vars);
    let settings = tools::settings(&mut reader);
    let settings = reader.finish(settings).unwrap();
    let tool = settings
        .connect(Arc::new(SystemClock), Arc::new(NoState))
        .unwrap();
    let project = tool.project(&ProjectId::from("streets")).await;
    project.map(|it| it.name).map_err(|error| error.to_string())
}

/// A tool that answers each request with the project.
async fn tool(server: Server) -> String {
    let port = server
        .answering(async |stream| {
            let mut request = [0; 4096];
            let _length = stream.read(&mut request).await;
            let length = ANSWER.len();
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{ANSWER}"
            );
            let _sent = stream.write_all(answer.as_bytes()).await;
        })
        .await;
    format!("https://localhost:{port}")
}

#[tokio::test]
async fn a_tool_with_the_operators_authority_is_reached() {
    let authority = Authority::new();
    let pem = authority.pem();
    let one_line = pem.replace('\n', " ");
    let both = format!("{}\n{pem}", Authority::new().pem());
    let all = async {
        let base = tool(authority.server("localhost", Valid::Now)).await;
        for ca in [&pem, &one_line, &both] {
            assert_eq!(read(&base, Some(ca)).await.as_deref(), Ok("Street scenes"));
        }
    };
    LocalSet::new().run_until(all).await;
}

#[tokio::test]
async fn each_certificate_error_comes_with_its_fix() {
    let authority = Authority::new();
    let (ca, other) = (authority.pem(), Authority::new().pem());
    let named = |name: &str, valid| authority.server(name, valid);
    let cases = [
        (named("localhost", Valid::Now), None, "set TLS_CA_FILE"),
        (named("localhost", Valid::Now), None, "UnknownIssuer"),
        (
            named("localhost", Valid::Now),
            Some(&other),
            "set TLS_CA_FILE",
        ),
        (
            named("other.example", Valid::Now),
            Some(&ca),
            "subjectAltName",
        ),
        (named("localhost", Valid::Past), Some(&ca), "renew it"),
        (
            named("localhost", Valid::Future),
            Some(&ca),
            "not valid yet",
        ),
        (authority.itself(), Some(&ca), "issue a server certificate"),
    ];
    let all = async {
        for (server, ca, fix) in cases {
            let base = tool(server).await;
            let told = read(&base, ca.map(String::as_str)).await.unwrap_err();
            assert!(told.contains(fix), "{fix}: {told}");
        }
    };
    LocalSet::new().run_until(all).await;
}

#[tokio::test]
async fn a_port_without_tls_is_reported() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (mut stream, _): (TcpStream, _) = listener.accept().await.unwrap();
            let _sent = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let told = read(&format!("https://localhost:{port}"), None)
        .await
        .unwrap_err();
    assert!(told.contains("does not answer in TLS"), "{told}");
}

#[test]
fn a_text_without_a_certificate_is_refused() {
    for (text, fix) in [
        ("hello", "contains no certificate"),
        (
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
            "certificate 1",
        ),
        ("-----BEGIN CERTIFICATE-----\nAAAA", "certificate"),
    ] {
        let vars = Vars::default()
            .with("OPENTRAIN_BASE_URL", Some("https://h.example"))
            .with("TLS_CA", Some(text));
        let mut reader = Reader::new(&vars);
        let base = shared::config::opentrain_base_url(&mut reader);
        let told = reader.finish(base).unwrap_err().to_string();
        assert!(told.contains("TLS_CA: ") && told.contains(fix), "{told}");
    }
}
