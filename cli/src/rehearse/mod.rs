//! `bridge rehearse`: one hire from draft to removal on the configured OpenTrain and tool, with evidence of each step.

mod args;
mod cleanup;
mod hiring;
mod people;
mod report;
mod state;
mod step;
mod tool;
mod wait;

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, anyhow};
use shared::config::Vars;
use shared::model::clock::{Clock, SystemClock};
use shared::model::text::Escaped;
use shared::opentrain::public::PublicClient;
use shared::tool::AnnotationTool;

pub use args::RehearseArgs;
#[cfg(feature = "sandbox")]
pub(crate) use hiring::job;
pub(crate) use people::Sandbox;
use report::{Report, Seen};
use state::{State, StateFile};
use step::Step;

use crate::employer;
use crate::exit::CliError;
use crate::setup::session::Session;
use crate::targets::Target;

/// The steps of `--cleanup`. They are always played, because each checks what exists.
const CLEANUP: [Step; 4] = [Step::End, Step::Removal, Step::Unlink, Step::Close];

/// What a step needs.
struct Rehearsal {
    args: RehearseArgs,
    target: Target,
    employer: PublicClient,
    session: Session,
    tool: Arc<dyn AnnotationTool>,
    /// The human's part; `None` without `--approve`.
    sandbox: Option<Sandbox>,
    file: StateFile,
    state: State,
    report: Report,
}

/// Plays all steps that are not done. Fails at the first that is not proven.
pub async fn run(args: RehearseArgs, vars: &Vars) -> Result<(), CliError> {
    let vars = args.target.over(vars);
    let file = StateFile::lock(&args.state)?;
    let kept = file.read()?;
    check(&args, kept.as_ref())?;
    let target = Target::of(&vars).await?;
    let name = args.connection.clone();
    let name = name.unwrap_or_default();
    let (session, tool) = Session::open_with_tool(&target, &name).await?;
    let employer = employer::session::Session::open(&vars, false)?.client;
    let base = session.settings.base_url().clone();
    let sandbox = match args.approve {
        true => Some(Sandbox::at(&base, args.remote_sandbox).await?),
        false => None,
    };
    let me = employer.me().await?;
    let organization = me.account.organization_id.unwrap_or_default();
    let state = match kept {
        Some(state) => known_here(state, &base.to_string(), &organization)?,
        None => State {
            opentrain: base.to_string(),
            organization,
            project: args.project.clone().unwrap_or_default(),
            amount: args.amount,
            key: format!("rehearsal-{}", SystemClock.now()),
            ..State::default()
        },
    };
    let report = Report::new(args.json, &state.project, &state.opentrain);
    let mut rehearsal = Rehearsal {
        args,
        target,
        employer,
        session,
        tool,
        sandbox,
        file,
        state,
        report,
    };
    let played = tokio::select! {
        played = rehearsal.play() => played,
        _ = tokio::signal::ctrl_c() => Err(CliError::Failed(anyhow!("interrupted"))),
    };
    rehearsal.report.close();
    played.map_err(|error| rehearsal.advice(error))
}

/// Refuses flags that do not fit the file.
fn check(args: &RehearseArgs, kept: Option<&State>) -> Result<(), CliError> {
    let path = args.state.display();
    let text = match kept {
        Some(_) if !args.resume && !args.cleanup => format!(
            "{path} has an unfinished rehearsal: continue with --resume, or end what is left with --cleanup"
        ),
        None if args.resume || args.cleanup => format!("there is no rehearsal in {path}"),
        Some(state) if state.is_cleaned && args.resume => {
            format!("the rehearsal in {path} is being cleaned up: repeat --cleanup")
        }
        Some(state)
            if args
                .project
                .as_ref()
                .is_some_and(|own| *own != state.project) =>
        {
            format!(
                "the rehearsal in {path} is of project {}",
                Escaped(&state.project)
            )
        }
        _ => return Ok(()),
    };
    Err(CliError::Usage(text))
}

/// Refuses ids of another OpenTrain or another employer.
fn known_here(state: State, opentrain: &str, organization: &str) -> Result<State, CliError> {
    match state.opentrain == opentrain && state.organization == organization {
        true => Ok(state),
        false => Err(CliError::Usage(format!(
            "the rehearsal is of organisation {} at {}, and the employer's token is of {organization} at {opentrain}",
            Escaped(&state.organization),
            Escaped(&state.opentrain)
        ))),
    }
}

impl Rehearsal {
    async fn play(&mut self) -> Result<(), CliError> {
        let steps = match self.args.cleanup {
            true => {
                self.state.is_cleaned = true;
                self.save()?;
                &CLEANUP[..]
            }
            false => &Step::ALL[..],
        };
        for step in steps {
            if !self.args.cleanup && self.state.done.contains(step) {
                continue;
            }
            let began = Instant::now();
            let seen = self.step(*step).await;
            let seen = seen.unwrap_or_else(|error| Seen::Missing(format!("{error:#}")));
            self.report.add(*step, began, &seen);
            if matches!(seen, Seen::Missing(_)) {
                return Err(CliError::Failed(anyhow!("not proven: {}", step.claim())));
            }
            self.state.done.push(*step);
            if *step != Step::Ready {
                self.save()?;
            }
        }
        Ok(self.file.delete()?)
    }

    /// Keeps what was done, before and after each request that makes something.
    fn save(&self) -> anyhow::Result<()> {
        self.file.write(&self.state)
    }

    /// Plays a step.
    async fn step(&mut self, step: Step) -> anyhow::Result<Seen> {
        match step {
            Step::Ready => self.ready().await,
            Step::Draft => self.draft().await,
            Step::Publish => self.publish().await,
            Step::Link => self.link().await,
            Step::Proposal => self.proposal().await,
            Step::Hire => self.hire().await,
            Step::Access => self.access().await,
            Step::Work => self.work().await,
            Step::Budget => self.budget().await,
            Step::Fund => self.fund().await,
            Step::End => self.end().await,
            Step::Removal => self.removal().await,
            Step::Unlink => self.unlink().await,
            Step::Close => self.close().await,
        }
    }

    /// Adds to an error what is left, and the commands for it.
    fn advice(&self, error: CliError) -> CliError {
        let CliError::Failed(error) = error else {
            return error;
        };
        if !self.state.is_drafted {
            return CliError::Failed(error);
        }
        let left = [
            self.state.job.as_ref().map(|id| format!("job {id}")),
            self.state.link.as_ref().map(|id| format!("link {id}")),
            self.state
                .contract
                .as_ref()
                .map(|id| format!("contract {id}")),
        ];
        let left: Vec<String> = left.into_iter().flatten().collect();
        let next = match self.state.is_cleaned {
            true => "repeat --cleanup",
            false => "continue with --resume, or end what is left with --cleanup",
        };
        CliError::Failed(error.context(format!(
            "the rehearsal is not complete (left: {}): {next}",
            left.join(", ")
        )))
    }
}

/// The id that an earlier step has stored.
fn known<T: Clone>(id: &Option<T>) -> anyhow::Result<T> {
    id.clone()
        .context("an earlier step is missing: end what is left with --cleanup")
}
