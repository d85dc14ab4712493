//! Forged deliveries, closed loop: number of refusals and cost of each.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::line::Line;

/// Sends forged deliveries over `connections` for `length`. Returns the number of refusals with 401.
///
/// # Errors
/// If a delivery gets another answer.
pub(crate) async fn load(
    to: SocketAddr,
    now: jiff::Timestamp,
    connections: u64,
    length: Duration,
) -> anyhow::Result<u64> {
    let (body, t) = ("x".repeat(300), now.as_second());
    let v1 = "0".repeat(64);
    let request = format!(
        "POST /hooks/default HTTP/1.1\r\nhost: localhost\r\nx-opentrain-signature: t={t},v1={v1}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let until = Instant::now() + length;
    let mut lines = JoinSet::new();
    for _ in 0..connections {
        let (mut line, request) = (Line::open(to).await?, request.clone());
        lines.spawn(async move {
            let mut refused = 0;
            while Instant::now() < until {
                let status = line.send(request.as_bytes()).await?;
                anyhow::ensure!(status == 401, "a forged delivery got {status}");
                refused += 1;
            }
            Ok(refused)
        });
    }
    let mut all = 0;
    while let Some(one) = lines.join_next().await {
        all += one??;
    }
    Ok(all)
}
