//! Fakes of SQS, Secrets Manager and the Parameter Store that answer at once, so that only the function is measured.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use anyhow::Context;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::SECRET;

/// Services on loopback that answer at once.
pub(super) struct Services {
    address: String,
    spent: Arc<AtomicU64>,
}

impl Services {
    pub(super) async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let spent = Arc::new(AtomicU64::new(0));
        let routes = Router::new()
            .route("/", post(answer))
            .with_state(Arc::clone(&spent));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Ok(Self { address, spent })
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Nanoseconds that these services have used themselves.
    pub(super) fn spent(&self) -> u64 {
        self.spent.load(Ordering::SeqCst)
    }
}

async fn answer(
    State(spent): State<Arc<AtomicU64>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, StatusCode> {
    let began = Instant::now();
    let target = headers
        .get("x-amz-target")
        .and_then(|target| target.to_str().ok());
    let asked: Value = serde_json::from_slice(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    let said = match target {
        Some("AmazonSQS.SendMessage") => json!({
            "MessageId": "00000000-0000-0000-0000-000000000000",
            "MD5OfMessageBody": "d41d8cd98f00b204e9800998ecf8427e",
            "SequenceNumber": "18850000000000000000",
        }),
        Some("AmazonSQS.GetQueueAttributes") => json!({
            "Attributes": { "QueueArn": "arn:aws:sqs:us-east-1:123456789012:bench.fifo" },
        }),
        Some("secretsmanager.GetSecretValue") => {
            secret(&asked).map_err(|_| StatusCode::BAD_REQUEST)?
        }
        Some("AmazonSSM.GetParameter") => parameter(),
        _ => return Err(StatusCode::BAD_REQUEST),
    };
    let took = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
    spent.fetch_add(took, Ordering::SeqCst);
    Ok(Json(said))
}

fn secret(asked: &Value) -> anyhow::Result<Value> {
    let name = asked["SecretId"].as_str().context("no name")?;
    let mut secret = json!({
        "ARN": "arn:aws:secretsmanager:us-east-1:1:secret:bench",
        "Name": name,
        "VersionId": "00000000-0000-0000-0000-000000000001",
        "VersionStages": ["AWSCURRENT"],
    });
    match name {
        "bench/connections" => {
            secret["SecretBinary"] = aws_smithy_types::base64::encode(INDEX).into()
        }
        _ => {
            let settings = json!({ "TOOL_KIND": "rest", "TOOL_BASE_URL": "http://127.0.0.1:9", "TOOL_API_TOKEN": "bench" });
            secret["SecretString"] = settings.to_string().into();
        }
    }
    Ok(secret)
}

/// An index with the connection `default` in version 1: the first bytes of the SHA-256 of its name.
const INDEX: &[u8] = b"BRI1\x37\xa8\xee\xc1\xce\x19\x68\x7d\0\0\0\x01";

fn parameter() -> Value {
    let text = json!({
        "version": 1,
        "connections": { "default": { "token": "ot_ptk_bench", "webhooks": [{ "secret": SECRET }] } },
    });
    json!({ "Parameter": { "Name": "/bridge/bench/connections/default", "Value": text.to_string(), "Version": 1 } })
}
