//! Arguments of the commands about jobs.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
#[command(
    after_help = "On a terminal, the command asks for each missing field. Otherwise it lists what is missing, with the lines to copy. A list is written as a,b or as JSON.\n\nExamples:\n  bridge employer draft job.txt\n  bridge employer draft --text \"Label street scenes\" --set dataType=IMAGE --set paymentType=PAY_PER_HOUR --set pricePerHour=20\n  bridge employer draft posting.json --format json-ld --key posting-17"
)]
pub struct DraftArgs {
    /// File with the job's description; `-` reads standard input.
    #[arg(value_name = "FILE", required_unless_present_any = ["text", "set"], conflicts_with = "text")]
    pub file: Option<PathBuf>,
    /// Description of the job. Its first line becomes the title.
    #[arg(long, value_name = "TEXT")]
    pub text: Option<String>,
    /// Format of the file.
    #[arg(long, value_name = "FORMAT", default_value = "text", requires = "file")]
    pub format: DraftFormat,
    /// Field and value. Can be repeated.
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    pub set: Vec<(String, String)>,
    /// Idempotency key: a repeated key returns the existing draft instead of a second one.
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DraftFormat {
    /// Free text.
    Text,
    /// A JSON object of fields.
    Fields,
    /// A JobPosting of schema.org.
    JsonLd,
    /// A job of an Indeed feed.
    IndeedXml,
    /// HR-XML.
    HrXml,
}

#[derive(Debug, Args)]
#[command(
    after_help = "`bridge employer capabilities` lists the fields. A list is written as a,b or as JSON.\n\nExamples:\n  bridge employer update-draft job_17 --set experienceLevel=EXPERT\n  bridge employer update-job job_17 --set headcount=5 --set languages=English,German"
)]
pub struct UpdateArgs {
    /// Id of the job.
    pub job: String,
    /// Field and value. Can be repeated.
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair, required = true)]
    pub set: Vec<(String, String)>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "OpenTrain moderates the text first. Publishing again succeeds, too.\n\nExample:\n  bridge employer publish job_17"
)]
pub struct JobArgs {
    /// Id of the job.
    pub job: String,
}

#[derive(Debug, Args)]
#[command(
    after_help = "A closed job takes no proposals and can't be published again.\n\nExample:\n  bridge employer close job_17 --yes"
)]
pub struct CloseArgs {
    /// Id of the job.
    pub job: String,
    /// Do not ask for confirmation.
    #[arg(long)]
    pub yes: bool,
}

/// Position in a list.
#[derive(Debug, Args)]
pub struct PageArgs {
    /// Maximum number of rows, up to 100.
    #[arg(long, value_name = "N")]
    pub limit: Option<u32>,
    /// Cursor of the next page, which the page before has printed.
    #[arg(long, value_name = "CURSOR")]
    pub cursor: Option<String>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  bridge employer jobs\n  bridge employer jobs --status OPEN --json"
)]
pub struct JobsArgs {
    /// Only jobs with this status: DRAFT, OPEN, ARCHIVED and others.
    #[arg(long, value_name = "STATUS")]
    pub status: Option<String>,
    #[command(flatten)]
    pub page: PageArgs,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => {
            Ok((key.trim().to_owned(), value.to_owned()))
        }
        _ => Err("write it as KEY=VALUE, such as headcount=5".to_owned()),
    }
}
