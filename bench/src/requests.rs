//! Signed deliveries from the sample: delivery `n` is the hire `n` of the trainer `n`.

use std::io::Write;

use anyhow::Context;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::Sha256;
use simulator::Clock;

const SAMPLE: &str = include_str!("../../events/webhook/contract.started.json");

/// Placeholder of the number in the template.
const NUMBER: &str = "@N@";

/// First number, so that all bodies have the same length.
pub(crate) const FIRST: u64 = 1_000_001;

/// Creates deliveries for one project.
#[derive(Clone)]
pub(crate) struct Requests {
    /// The body, split at the numbers.
    body: Vec<String>,
    length: usize,
    path: &'static str,
    mac: Hmac<Sha256>,
    clock: Clock,
}

impl Requests {
    /// Deliveries to `path` about `project`, signed with `secret`.
    pub(crate) fn new(
        path: &'static str,
        project: &str,
        secret: &str,
        clock: Clock,
    ) -> anyhow::Result<Self> {
        let body = template(project, clock())?;
        let cuts = body.matches(NUMBER).count();
        let length = body.len() - cuts * NUMBER.len() + cuts * FIRST.to_string().len();
        let body = body.split(NUMBER).map(str::to_owned).collect();
        let mac = Hmac::new_from_slice(secret.as_bytes()).context("the secret can't be used")?;
        Ok(Self {
            body,
            length,
            path,
            mac,
            clock,
        })
    }

    /// The trainer of delivery `n`.
    pub(crate) fn trainer(n: u64) -> String {
        format!("usr_{n}")
    }

    /// Length of a body in bytes.
    pub(crate) fn length(&self) -> usize {
        self.length
    }

    /// Writes delivery `n` into `buffer`, signed now.
    pub(crate) fn write(&self, n: u64, buffer: &mut Vec<u8>) -> std::io::Result<()> {
        let t = (self.clock)().as_second().to_string();
        let body = self.body.join(&n.to_string());
        let mut mac = self.mac.clone();
        mac.update(t.as_bytes());
        mac.update(b".");
        mac.update(body.as_bytes());
        let v1 = hex::encode(mac.finalize().into_bytes());
        buffer.clear();
        write!(
            buffer,
            "POST {} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
             user-agent: OpenTrain-Partner-Webhooks/1.0\r\nx-opentrain-event: contract.started\r\n\
             x-opentrain-delivery: dlv_{n}\r\nx-opentrain-signature: t={t},v1={v1}\r\ncontent-length: {}\r\n\r\n{body}",
            self.path,
            body.len()
        )
    }
}

fn template(project: &str, now: Timestamp) -> anyhow::Result<String> {
    let mut event: Value = serde_json::from_str(SAMPLE).context("the sample is no JSON")?;
    let mut set = |pointer: &str, value: Value| {
        let place = event
            .pointer_mut(pointer)
            .with_context(|| format!("the sample has no {pointer}"))?;
        *place = value;
        anyhow::Ok(())
    };
    set("/id", json!(NUMBER))?;
    set("/createdAt", json!(format!("{now:.3}")))?;
    for contract in ["/resourceId", "/data/contract/id"] {
        set(contract, json!(format!("ctr_{NUMBER}")))?;
    }
    set(
        "/data/freelancer/opentrainUserId",
        json!(format!("usr_{NUMBER}")),
    )?;
    set(
        "/data/freelancer/workEmail",
        json!(format!("t{NUMBER}@opentrain.work")),
    )?;
    set("/data/projectLink/id", json!(format!("plink_{project}")))?;
    set("/data/projectLink/externalProjectId", json!(project))?;
    Ok(event.to_string())
}

#[cfg(test)]
mod tests {
    use simulator::system_clock;

    use super::{FIRST, Requests};

    #[test]
    fn each_delivery_is_another_hire_of_the_stated_length() {
        let requests =
            Requests::new("/hooks/default", "street", "whsec_1", system_clock()).unwrap();
        let mut bodies = Vec::new();
        for n in [FIRST, FIRST + 1] {
            let mut buffer = Vec::new();
            requests.write(n, &mut buffer).unwrap();
            let text = String::from_utf8(buffer).unwrap();
            let (head, body) = text.split_once("\r\n\r\n").unwrap();
            assert!(head.contains(&format!("content-length: {}", requests.length())));
            assert_eq!(body.len(), requests.length());
            bodies.push(serde_json::from_str::<serde_json::Value>(body).unwrap());
        }
        for pointer in ["/id", "/resourceId", "/data/freelancer/opentrainUserId"] {
            assert_ne!(
                bodies[0].pointer(pointer),
                bodies[1].pointer(pointer),
                "{pointer}"
            );
        }
    }
}
