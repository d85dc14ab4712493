//! Arguments of `bridge check-tool`.

use clap::Args;
use shared::model::person::Email;

#[derive(Debug, Args)]
#[command(
    after_help = "For authors of a tool or an adapter. Reads TOOL_KIND, TOOL_BASE_URL and TOOL_API_TOKEN, and needs no OpenTrain. Grants a test person access to the project, changes it, revokes it, and reads each result back; reads the totals; sets a budget notice and clears it. At the end the test person is removed. With TOOL_KIND=rest it also makes the calls of the members contract itself (docs/bring-your-own-tool.md). Use a project without a budget notice, because a notice can't be read back.\n\nExit codes: 0 all rules hold, 1 a rule is broken, 2 usage or configuration error.\n\nExamples:\n  bridge check-tool --project streets\n  bridge check-tool --project 42 --email bridge-test@example.com --yes --json"
)]
pub struct CheckToolArgs {
    /// The project in which the test person gets access.
    #[arg(long, value_name = "PROJECT")]
    pub project: String,
    /// The test person's address. A tool that sends invitations sends one to it.
    #[arg(long, value_name = "ADDRESS", default_value = "opentrain-bridge-check@example.com", value_parser = email)]
    pub email: Email,
    /// Do not ask for confirmation.
    #[arg(long)]
    pub yes: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

fn email(text: &str) -> Result<Email, String> {
    Email::parse(text).ok_or_else(|| "must be an e-mail address".to_owned())
}
