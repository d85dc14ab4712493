//! `bridge rehearse`: one hire from draft to removal on the configured OpenTrain and tool, with evidence of each step.

mod args;
mod hiring;
mod people;
mod report;
mod state;
mod step;
mod tool;

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, anyhow};
use shared::config::Vars;
use shared::model::ConnectionName;
use shared::opentrain::public::PublicClient;
use shared::tool::AnnotationTool;

pub use args::RehearseArgs;
pub(crate) use hiring::job;
pub(crate) use people::Sandbox;
use report::Report;
use state::State;
use step::Step;

use crate::employer;
use crate::exit::Failed;
use crate::place::Place;
use crate::setup::session::Session;

/// What a step needs.
struct Rehearsal {
    args: RehearseArgs,
    place: Place,
    employer: PublicClient,
    session: Session,
    tool: Arc<dyn AnnotationTool>,
    /// The human's part; `None` without `--approve`.
    sandbox: Option<Sandbox>,
    state: State,
    report: Report,
}

/// Plays all steps that are not done. Fails at the first that is not proven.
pub async fn run(args: RehearseArgs, vars: &Vars) -> Result<(), Failed> {
    let vars = args.place.over(vars);
    let state = begin(&args)?;
    let place = Place::of(&vars).await?;
    let name = args
        .connection
        .clone()
        .unwrap_or_else(ConnectionName::single);
    let (session, tool) = Session::open_with_tool(&place, &name).await?;
    let employer = employer::session::Session::open(&vars, false)?.client;
    let base = session.settings.base_url().clone();
    let sandbox = match args.approve {
        true => Some(Sandbox::at(&base).await?),
        false => None,
    };
    let report = Report::new(args.json, &args.project, &base.to_string());
    let mut rehearsal = Rehearsal {
        args,
        place,
        employer,
        session,
        tool,
        sandbox,
        state,
        report,
    };
    let steps = match rehearsal.args.cleanup {
        true => &[Step::End, Step::Removal, Step::Unlink, Step::Close][..],
        false => &Step::ALL[..],
    };
    let played = rehearsal.play(steps).await;
    rehearsal.report.close();
    played
}

/// The state in the file, or a new one.
fn begin(args: &RehearseArgs) -> Result<State, Failed> {
    let path = args.state.display();
    match State::read(&args.state)? {
        Some(_) if !args.resume && !args.cleanup => Err(Failed::Misused(format!(
            "{path} has an unfinished rehearsal: go on with --resume, or end what is left with --cleanup"
        ))),
        None if args.resume || args.cleanup => {
            Err(Failed::Misused(format!("there is no rehearsal in {path}")))
        }
        Some(state) if state.project != args.project => Err(Failed::Misused(format!(
            "the rehearsal in {path} is of project {}, not {}",
            state.project, args.project
        ))),
        Some(state) => Ok(state),
        None => Ok(State {
            project: args.project.clone(),
            key: format!("rehearsal-{}-{}", args.project, jiff::Timestamp::now()),
            ..State::default()
        }),
    }
}

impl Rehearsal {
    async fn play(&mut self, steps: &[Step]) -> Result<(), Failed> {
        for step in steps {
            if self.state.done.contains(step) {
                continue;
            }
            let began = Instant::now();
            let seen = self.step(*step).await.map_err(|error| format!("{error:#}"));
            self.report.add(*step, began, &seen);
            if seen.is_ok() {
                self.state.done.push(*step);
            }
            self.state.write(&self.args.state)?;
            if seen.is_err() {
                return Err(Failed::Undone(anyhow!(
                    "not proven: {}. Mend it and repeat the command with --resume, or end what is left with --cleanup",
                    step.claim()
                )));
            }
        }
        Ok(State::delete(&self.args.state)?)
    }

    /// Plays a step. Returns what proves it.
    async fn step(&mut self, step: Step) -> anyhow::Result<String> {
        match step {
            Step::Account => self.account().await,
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
}

/// The id that an earlier step has stored.
fn known<T: Clone>(id: &Option<T>) -> anyhow::Result<T> {
    id.clone()
        .context("an earlier step is missing: start again with --cleanup")
}
