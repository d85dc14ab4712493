//! Faults of the emulator.

use std::time::Duration;

use serde::Serialize;

/// A fault, for all requests or for a number of them.
#[derive(Debug, Clone, Serialize)]
pub struct Fault {
    target: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Told>,
    delay_ms: u64,
    lose: bool,
    part: usize,
    times: Option<u32>,
}

#[derive(Debug, Clone, Serialize)]
struct Told {
    status: u16,
    code: &'static str,
}

impl Fault {
    /// Requests whose target starts with `target` (`AmazonSQS.SendMessage`, `DynamoDB_20120810.`, `secretsmanager.`)
    /// are answered with an error and not executed.
    pub fn refusal(target: &'static str, status: u16, code: &'static str) -> Self {
        let error = Some(Told { status, code });
        Self {
            error,
            ..Self::none(target)
        }
    }

    /// Requests are executed with this delay.
    pub fn slowness(target: &'static str, by: Duration) -> Self {
        let delay_ms = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        Self {
            delay_ms,
            ..Self::none(target)
        }
    }

    /// Requests are executed, and the answer is lost.
    pub fn lost_answer(target: &'static str) -> Self {
        Self {
            lose: true,
            ..Self::none(target)
        }
    }

    /// The first `part` items of each batch are not executed, and the answer names them. A list of parameters omits them.
    pub fn partial(target: &'static str, part: usize) -> Self {
        Self {
            part,
            ..Self::none(target)
        }
    }

    /// SQS refuses messages.
    pub fn no_sends() -> Self {
        Self::refusal("AmazonSQS.SendMessage", 503, "ServiceUnavailable")
    }

    /// DynamoDB throttles requests.
    pub fn throttling() -> Self {
        Self::refusal("DynamoDB_", 400, "ProvisionedThroughputExceededException")
    }

    /// Secrets Manager fails.
    pub fn no_secrets() -> Self {
        Self::refusal("secretsmanager.", 500, "InternalServiceError")
    }

    /// The Parameter Store fails.
    pub fn no_parameters() -> Self {
        Self::refusal("AmazonSSM.", 500, "InternalServerError")
    }

    /// The role lacks a permission.
    pub fn denial(target: &'static str) -> Self {
        Self::refusal(target, 400, "AccessDeniedException")
    }

    /// Limits the fault to the next `times` requests.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        let times = Some(times);
        Self { times, ..self }
    }

    fn none(target: &'static str) -> Self {
        Self {
            target,
            error: None,
            delay_ms: 0,
            lose: false,
            part: 0,
            times: None,
        }
    }
}
