//! `bridge check-tool`: whether a tool, or its adapter, does what the bridge relies on. For its authors and their CI.

mod adapter;
mod args;
mod contract;
mod report;

use std::sync::Arc;

use anyhow::{Context, anyhow};
use serde_json::json;
use shared::config::setting::{TOOL_API_TOKEN, TOOL_KIND};
use shared::config::{Reader, Vars, token};
use shared::http::{Credential, Http, TIMEOUT};
use shared::model::clock::{Clock, SystemClock};
use shared::model::ids::ProjectId;
use shared::tool::{NoState, ToolError};

use adapter::Adapter;
pub use args::CheckToolArgs;
use contract::Contract;
use report::{Report, Verdict};

use crate::confirm::confirm;
use crate::exit::CliError;

/// Checks all rules. Fails if one is broken.
pub async fn run(args: &CheckToolArgs, vars: &Vars) -> Result<(), CliError> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let mut reader = Reader::new(vars);
    let tool = tools::settings(&mut reader);
    let token = reader.parsed(&TOOL_API_TOKEN, token);
    let (tool, token) = reader.finish(tool.zip(token))?;
    let base = tool.base_url().clone();
    ask(args, &base.to_string())?;
    let is_rest = vars.get(TOOL_KIND.name).is_some_and(|kind| kind == "rest");
    let tool = tool.connect(Arc::clone(&clock), Arc::new(NoState));
    let tool = tool.context("the tool can't be called")?;
    let adapter = Adapter {
        tool: tool.as_ref(),
        project: ProjectId::from(args.project.as_str()),
        email: args.email.clone(),
    };
    let credential = Credential::bearer(&token).context("TOOL_API_TOKEN can't be used")?;
    let http = Http::new(base, credential, TIMEOUT, clock).context("the tool can't be called")?;
    let contract = is_rest.then(|| Contract {
        http: &http,
        project: &args.project,
        email: args.email.expose(),
    });
    let mut report = Report::default();
    let checked = tokio::select! {
        checked = check(&adapter, contract.as_ref(), &mut report) => checked.map_err(CliError::from),
        _ = tokio::signal::ctrl_c() => Err(CliError::Failed(anyhow!("interrupted"))),
    };
    let remain = match adapter.is_readable().await {
        true => clean_up(&adapter, contract.as_ref()).await,
        false => Vec::new(),
    };
    finish(args, &report, &remain)?;
    checked
}

/// Checks the rules of the adapter, then those of the members contract.
async fn check(
    adapter: &Adapter<'_>,
    contract: Option<&Contract<'_>>,
    report: &mut Report,
) -> Result<(), ToolError> {
    let is_readable = adapter.check(report).await?;
    if let Some(contract) = contract.filter(|_| is_readable) {
        contract.check(report).await;
    }
    Ok(())
}

/// Removes all test members. Returns those that may remain.
async fn clean_up(adapter: &Adapter<'_>, contract: Option<&Contract<'_>>) -> Vec<String> {
    let mut remain = match contract {
        Some(contract) => contract.clean_up().await,
        None => Vec::new(),
    };
    if let Err(why) = adapter.clean_up().await {
        remain.push(format!("{} ({why})", adapter.email.expose()));
    }
    remain
}

fn ask(args: &CheckToolArgs, base: &str) -> Result<(), CliError> {
    let question = format!(
        "This adds {} to project {} of the tool at {base}, replaces and clears its budget notice, and removes the person again. Continue?",
        args.email.expose(),
        args.project,
    );
    confirm(&question, "nothing was changed", args.yes)
}

fn finish(args: &CheckToolArgs, report: &Report, remain: &[String]) -> Result<(), CliError> {
    match args.json {
        true => anstream::println!("{}", json!(report)),
        false => report.show(),
    }
    if !remain.is_empty() {
        return Err(CliError::Failed(anyhow!(
            "these test members may still be in the tool: {}. Remove them by hand",
            remain.join(", ")
        )));
    }
    match report.count(Verdict::Broken) {
        0 => Ok(()),
        broken => Err(CliError::Failed(anyhow!("rules that are broken: {broken}"))),
    }
}
