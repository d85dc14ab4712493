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
use shared::tool::NoMemory;

use adapter::Adapter;
pub use args::CheckToolArgs;
use contract::Contract;
use report::{Report, Verdict};

use crate::confirm::confirm;
use crate::exit::Failed;

/// Checks all rules. Fails if one is broken.
pub async fn run(args: &CheckToolArgs, vars: &Vars) -> Result<(), Failed> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let mut reader = Reader::new(vars);
    let tool = tools::settings(&mut reader);
    let token = reader.parsed(&TOOL_API_TOKEN, token);
    let (tool, token) = reader.finish(tool.zip(token))?;
    let base = tool.base_url().clone();
    ask(args, &base.to_string())?;
    let is_rest = vars.get(TOOL_KIND.name).is_some_and(|kind| kind == "rest");
    let tool = tool.connect(Arc::clone(&clock), Arc::new(NoMemory));
    let tool = tool.context("the tool can't be called")?;
    let adapter = Adapter {
        tool: tool.as_ref(),
        project: ProjectId::from(args.project.as_str()),
        email: args.email.clone(),
    };
    let mut report = Report::default();
    let is_readable = adapter.check(&mut report).await?;
    let mut cleaned = Ok(());
    if is_readable {
        cleaned = adapter.clean_up().await;
    }
    if is_rest && is_readable {
        let credential = Credential::bearer(&token).context("TOOL_API_TOKEN can't be used")?;
        let http =
            Http::new(base, credential, TIMEOUT, clock).context("the tool can't be called")?;
        let contract = Contract {
            http: &http,
            project: &args.project,
            email: args.email.expose(),
        };
        contract.check(&mut report).await;
    }
    finish(args, &report, cleaned)
}

fn ask(args: &CheckToolArgs, base: &str) -> Result<(), Failed> {
    let question = format!(
        "This adds {} to project {} of the tool at {base}, replaces and clears its budget notice, and removes the person again. Continue?",
        args.email.expose(),
        args.project,
    );
    confirm(&question, args.yes)
}

fn finish(
    args: &CheckToolArgs,
    report: &Report,
    cleaned: Result<(), String>,
) -> Result<(), Failed> {
    match args.json {
        true => anstream::println!("{}", json!(report)),
        false => report.show(),
    }
    if let Err(why) = cleaned {
        return Err(Failed::Undone(anyhow!(
            "the test person could not be removed: {why}. Remove {} by hand",
            args.email.expose(),
        )));
    }
    match report.count(Verdict::Broken) {
        0 => Ok(()),
        broken => Err(Failed::Undone(anyhow!("rules that are broken: {broken}"))),
    }
}
