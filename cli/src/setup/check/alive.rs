//! `bridge check --alive`: whether `bridge serve` answers on this machine. For health checks of containers, which have
//! no other program.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::anyhow;
use shared::config::{Reader, Vars, listen};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::exit::CliError;

/// Time limit. A container's health check has 5 s.
const WITHIN: Duration = Duration::from_secs(3);

/// Maximum bytes that are read: more than the answer of `/livez`.
const MOST_BYTES: u64 = 1024;

/// Fails unless a bridge answers at `BRIDGE_LISTEN`.
pub(in crate::setup) async fn run(vars: &Vars) -> Result<(), CliError> {
    let mut reader = Reader::new(vars);
    let address = listen(&mut reader);
    let address = local(reader.finish(address)?);
    let reason = match timeout(WITHIN, call(address)).await {
        Ok(Ok(answer)) if is_alive(&answer) => return Ok(()),
        Ok(Ok(_)) => "another program answers there".to_owned(),
        Ok(Err(error)) => error.to_string(),
        Err(_) => format!("no answer within {} s", WITHIN.as_secs()),
    };
    Err(anyhow!("no bridge is alive at {address}: {reason}. Start it with `bridge serve`, or set BRIDGE_LISTEN to the address of the running bridge").into())
}

/// `0.0.0.0` and `[::]` stand for all addresses of the machine.
fn local(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

async fn call(address: SocketAddr) -> io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(request).await?;
    let mut answer = String::new();
    stream.take(MOST_BYTES).read_to_string(&mut answer).await?;
    Ok(answer)
}

fn is_alive(answer: &str) -> bool {
    answer.starts_with("HTTP/1.1 200 ") && answer.contains(r#"{"status":"alive"}"#)
}
