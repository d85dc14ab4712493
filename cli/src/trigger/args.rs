//! The command lines of `bridge trigger` and `bridge sign`.

use clap::{Args, ValueEnum};

use super::apigw::Encoding;
use crate::confirm::Caution;

#[derive(Debug, Args)]
#[command(
    after_help = "The bridge processes a sample like a real event: use a separate database for samples (BRIDGE_DB). All ids of a sample begin with `sample-`, so that they name nothing real, and mails to its address bounce: --set replaces them. `bridge end sample-ctr_81` ends the samples' contract.\n\nIf OPENTRAIN_BASE_URL is not on this machine, the command asks first, because the bridge has real data. A URL that is not on this machine requires --yes.\n\nSigns with the secret of the connection in the URL: OPENTRAIN_WEBHOOK_SECRET, or the secret that `bridge subscribe` stored. An unknown EVENT lists all samples.\n\nExamples:\n  bridge trigger contract.started\n  bridge trigger contract.started --dry-run --set data.projectLink.externalProjectId=streets\n  bridge trigger contract.ended --to http://127.0.0.1:9000/hooks/default\n  bridge trigger contract.started --as apigw > delivery.json\n  cargo lambda invoke webhook --data-file delivery.json"
)]
pub struct TriggerArgs {
    /// Name of the sample, e.g. contract.started.
    pub event: String,
    /// URL to send the sample to.
    #[arg(
        long,
        value_name = "URL",
        default_value = "http://127.0.0.1:8787/hooks/default"
    )]
    pub to: String,
    /// Print the webhook function's invocation for the sample, and send nothing. The last part of --to names the
    /// connection.
    #[arg(long = "as", value_name = "FORM", value_enum)]
    pub form: Option<Form>,
    /// Maximum waiting time for the answer, in seconds. The first request to `cargo lambda watch` compiles the
    /// function.
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub timeout: u64,
    /// Send the sample unchanged, so that the second one is a duplicate [default: with a new event id, the current
    /// time, and ids that begin with `sample-`].
    #[arg(long)]
    pub as_is: bool,
    /// Replace a value of the event: a dotted path and JSON or text. Can be repeated.
    #[arg(long = "set", value_name = "PATH=VALUE", conflicts_with = "as_is")]
    pub set: Vec<String>,
    #[command(flatten)]
    pub caution: Caution,
}

/// Output format of `bridge trigger`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// An invocation of API Gateway's HTTP API (payload format 2.0).
    Apigw,
    /// The same, with the body in base64.
    ApigwBase64,
}

impl Form {
    pub fn encoding(self) -> Encoding {
        match self {
            Self::Apigw => Encoding::Text,
            Self::ApigwBase64 => Encoding::Base64,
        }
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Signs with the secret of the connection `default`: OPENTRAIN_WEBHOOK_SECRET, or the secret that `bridge subscribe` stored. A signature is valid for five minutes.\n\nExample:\n  eval curl http://127.0.0.1:8787/hooks/default --data-binary @event.json $(bridge sign event.json | tr '\\n' ' ')"
)]
pub struct SignArgs {
    /// The file with the body, or - for standard input.
    pub file: String,
}
