//! Arguments of `bridge onboard`.

use clap::Args;
use shared::model::ConnectionName;

use crate::targets::TargetArgs;

#[derive(Debug, Args)]
#[command(
    after_help = "Send the link to the customer. Its pages explain the steps, lead to OpenTrain's consent, take the token, and set up the webhook. `bridge serve` serves them at --url. The link works for one customer and 7 days; a new link for the same NAME revokes the earlier one.\n\nRegister URL/onboard/back as a redirect address of your app at OpenTrain first.\n\nExamples:\n  bridge onboard acme --url https://bridge.example.com --app acme-labels\n  bridge onboard acme --project streets --from \"Acme Labels\"\n  bridge onboard --list\n  bridge onboard --revoke acme"
)]
pub struct OnboardArgs {
    /// The connection that the customer's install becomes.
    #[arg(value_name = "NAME", value_parser = ConnectionName::parse, required_unless_present_any = ["list", "revoke"])]
    pub connection: Option<ConnectionName>,
    /// The project in the tool to which the customer may link a job.
    #[arg(long, value_name = "PROJECT")]
    pub project: Option<String>,
    /// The public URL of `bridge serve` (ONBOARD_URL).
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// Your platform's app at OpenTrain (ONBOARD_APP).
    #[arg(long, value_name = "SLUG")]
    pub app: Option<String>,
    /// Your name, which the pages show to the customer [default: the host of the URL].
    #[arg(long, value_name = "TEXT")]
    pub from: Option<String>,
    /// Show the links: their connection, expiry and state.
    #[arg(long, conflicts_with_all = ["connection", "project", "url", "app", "from", "revoke"])]
    pub list: bool,
    /// Revoke the open link of a connection.
    #[arg(long, value_name = "NAME", value_parser = ConnectionName::parse, conflicts_with_all = ["connection", "project", "url", "app", "from"])]
    pub revoke: Option<ConnectionName>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub target: TargetArgs,
}
