//! `bridge init`: asks for the settings that are needed, tries them, and writes the file.

use std::fs::OpenOptions;
use std::io::{IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, anyhow};
use shared::config::setting::{TOOL_API_TOKEN, TOOL_BASE_URL, TOOL_KIND, TOOL_ORG};
use shared::config::{Reader, Setting, Vars};
use shared::model::ids::ProjectId;
use shared::tool::NoState;

use super::session::clock;
use super::{is_tool_good, token};
use crate::confirm::{can_ask, confirm};
use crate::exit::CliError;
use crate::settings::args::{InitArgs, SourceArgs};
use crate::settings::{sources, toml_file};

/// The commands after this one, in their order.
const NEXT: &str =
    "  bridge connect                         store the token of a customer's consent
  bridge link --job JOB --project P      who is hired on JOB gets access to project P
  bridge serve                           run the bridge; continue in a second terminal
  bridge subscribe --url https://YOUR-HOST/hooks/default
  bridge check                           verify token, scopes, tool and endpoint";

/// A question to the operator.
struct Question {
    setting: &'static Setting,
    flag: &'static str,
    text: &'static str,
    given: Option<String>,
}

/// Asks, tries the tool, and writes the file.
///
/// # Errors
/// The file exists, an answer is missing or wrong, the tool can't be used, or the file can't be written.
pub async fn run(args: InitArgs, source: &SourceArgs) -> Result<(), CliError> {
    let (vars, path) = sources::without_config(source)?;
    if path.exists() {
        return Err(CliError::Usage(format!(
            "{} exists, and nothing was written: edit it, or name another file with --config. `bridge settings` shows what is in force",
            path.display()
        )));
    }
    let mut answers = Vec::new();
    for question in questions(&args, &vars) {
        if let Some(answer) = question.answer(&vars)? {
            answers.push((question.setting, answer));
        }
    }
    if vars.origin(TOOL_API_TOKEN.name).is_none() {
        let given = token::enter("Token of the tool (the input is hidden): ")?;
        answers.push((&TOOL_API_TOKEN, given.trim().to_owned()));
    }
    let all = answers.iter().fold(vars, |vars, (setting, answer)| {
        vars.with(setting.name, Some(answer.clone()))
    });
    if !args.untested {
        try_tool(&all, args.project.as_deref()).await?;
    }
    write(&path, &answers)?;
    anstream::println!("Wrote {} (mode 0600). Next:\n{NEXT}", path.display());
    Ok(())
}

fn questions(args: &InitArgs, vars: &Vars) -> Vec<Question> {
    let question = |setting, flag, text, given: &Option<String>| Question {
        setting,
        flag,
        text,
        given: given.clone(),
    };
    let kind = args.tool_kind.as_deref().or(vars.get(TOOL_KIND.name));
    let mut all = vec![
        question(
            &TOOL_KIND,
            "--tool-kind",
            "Kind of the tool (rest, label-studio, doccano, cvat)",
            &args.tool_kind,
        ),
        question(
            &TOOL_BASE_URL,
            "--tool-base-url",
            "The tool's base URL",
            &args.tool_base_url,
        ),
    ];
    if args.tool_org.is_some() || kind == Some("cvat") {
        let text = "The organisation's short name in CVAT";
        all.push(question(&TOOL_ORG, "--tool-org", text, &args.tool_org));
    }
    all
}

impl Question {
    /// The answer. `None` if the environment has it.
    fn answer(&self, vars: &Vars) -> Result<Option<String>, CliError> {
        if let Some(given) = &self.given {
            return Ok(Some(given.clone()));
        }
        if vars.origin(self.setting.name).is_some() {
            return Ok(None);
        }
        if !can_ask() {
            return Err(CliError::Usage(format!(
                "{} is missing, and there is no terminal to ask: repeat the command with `{}`",
                self.setting.name, self.flag
            )));
        }
        anstream::eprint!("{}: ", self.text);
        let mut answer = String::new();
        std::io::stderr()
            .flush()
            .and_then(|()| std::io::stdin().read_line(&mut answer))
            .context("the terminal can't be read")?;
        Ok(Some(answer.trim().to_owned()))
    }
}

/// Calls the tool and shows what it answers.
async fn try_tool(vars: &Vars, project: Option<&str>) -> Result<(), CliError> {
    let mut reader = Reader::new(vars);
    let settings = tools::settings(&mut reader);
    let settings = reader.finish(settings)?;
    let tool = settings
        .connect(clock(), Arc::new(NoState))
        .context("the tool can't be called")?;
    if is_tool_good(tool.as_ref(), project.map(ProjectId::from)).await {
        return Ok(());
    }
    if std::io::stdin().is_terminal() {
        return confirm(
            "The tool can't be used like this. Write the file anyway?",
            "nothing was written",
            false,
        );
    }
    Err(anyhow!(
        "the tool can't be used like this, and nothing was written: correct it, or repeat the command with `--untested`"
    )
    .into())
}

fn write(path: &Path, answers: &[(&Setting, String)]) -> Result<(), CliError> {
    let mut text = String::from(
        "# Settings of the bridge, by docs/settings.md, in lower case. The environment takes precedence.\n",
    );
    for (setting, answer) in answers {
        text.push_str(&toml_file::line(setting.name, answer));
    }
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("{} can't be written", path.display()))?;
    Ok(())
}
