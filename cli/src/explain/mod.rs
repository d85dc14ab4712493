//! `bridge explain`: why a trainer has access, or not, and what happens next.
//!
//! - `find`: finds what the operator names
//! - `verdict`: the answer about one project, from the document, without I/O
//! - `over`: the part of `verdict` about access that is over
//! - `timeline`: all that is known, oldest first
//! - `answer`: the types of the answer, which are the JSON output

mod answer;
pub mod args;
mod find;
mod over;
mod timeline;
mod verdict;

use std::collections::BTreeSet;
use std::io::IsTerminal;

use anyhow::Context;
use shared::config::Vars;
use shared::ledger::{
    Environment, Ledger, LedgerError, Policy, Projects, Quarantined, entitlements,
};
use shared::model::ConnectionName;
use shared::model::ids::{ContractId, ProjectId, TrainerId};

pub(crate) use answer::{Answer, Explanation, Moment, Verdict};
use args::ExplainArgs;
use find::{Found, find};
use verdict::View;

use crate::audit::Filter;
use crate::audit::args::FilterArgs;
use crate::control::{is_running, note_stopped};
use crate::exit::CliError;
use crate::paint::{BAD, BOLD, DIM, GOOD, WAITS, paint};
use crate::screen::{json, plain};
use crate::targets::Target;

/// What an explanation is read from.
struct Sources<'a> {
    ledger: Ledger,
    policy: Policy,
    projects: Projects,
    bridge_runs: Option<bool>,
    target: &'a Target,
}

/// Prints the explanation, as text or JSON. Fails if the id is unknown, or if several trainers have the name.
pub async fn run(args: ExplainArgs, vars: &Vars) -> Result<(), CliError> {
    let target = Target::of(&args.target.over(vars)).await?;
    let explained = explain(&target, &args.what).await?;
    if args.json {
        json(&explained)?;
    } else {
        show(&explained);
    }
    crate::audit::whole(&explained.broken)
}

/// The explanation. Fails if the id is unknown, or if several trainers have the name.
pub(crate) async fn explain(target: &Target, what: &str) -> Result<Explanation, CliError> {
    let (policy, allowed) = crate::status::choices(target).await?;
    let sources = Sources {
        ledger: target.ledger()?,
        policy,
        bridge_runs: is_running(target).await,
        projects: allowed.noted(),
        target,
    };
    let unread = || format!("{} can't be read", target.what());
    let found = find(&sources.ledger, what).await;
    let explained = match found.with_context(unread)? {
        Found::Trainer(id) => sources.trainer(&id, None).await,
        Found::Contract(id, contract) => sources.trainer(&id, Some(&contract)).await,
        Found::Delivery(connection, aside) => Ok(sources.delivery(what, &connection, &aside)),
        Found::Several(ids) => return Err(several(what, &ids)),
        Found::Nothing => return Err(unknown(what, target)),
    };
    Ok(explained.with_context(unread)?)
}

fn several(what: &str, ids: &[TrainerId]) -> CliError {
    let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
    CliError::Usage(format!(
        "{} trainers are called `{what}`: use the id of one ({})",
        ids.len(),
        ids.join(", ")
    ))
}

fn unknown(what: &str, target: &Target) -> CliError {
    CliError::Usage(format!(
        "`{what}` is no trainer, contract, event or quarantined delivery that the bridge knows: `bridge status{flag}` shows all trainers. OpenTrain does not report a hire whose job has no link: `bridge links{flag}` shows the linked jobs. If a contract of a linked job was missed: `bridge reconcile{flag}`",
        flag = target.flag()
    ))
}

impl Sources<'_> {
    async fn trainer(
        &self,
        id: &TrainerId,
        only: Option<&ContractId>,
    ) -> Result<Explanation, LedgerError> {
        let document = self.ledger.trainer(id).await?;
        let trainer = self.ledger.with_closed(id, document).await?;
        let environment = Environment {
            projects: self.projects.clone(),
            ..self.ledger.environment_of(&trainer).await?
        };
        let standings = entitlements(&trainer, &environment, &self.policy);
        let flags = FilterArgs {
            trainer: Some(id.to_string()),
            ..FilterArgs::default()
        };
        let filter = Filter::of(&flags, self.policy.audit_days);
        let crate::audit::Found { lines, broken } = filter.find(&self.ledger).await?;
        let view = View {
            id,
            lines: &lines,
            trainer: &trainer,
            environment: &environment,
            standings: &standings,
            flag: &self.target.flag(),
        };
        let of_contract = trainer.hires.iter();
        let of_contract = of_contract.filter(|hire| Some(&hire.contract) == only);
        let projects: BTreeSet<&ProjectId> = match only {
            Some(_) => of_contract.map(|hire| &hire.project).collect(),
            None => trainer.projects(),
        };
        let mut projects: Vec<_> = projects.into_iter().map(|it| view.of(it)).collect();
        projects.sort_by_key(|it| std::cmp::Reverse(it.verdict));
        let nothing = || Answer::new(Verdict::Unknown, "No contract of the trainer is known.");
        Ok(Explanation {
            about: only.map_or(id.as_str(), |it| it.as_str()).to_owned(),
            trainer: Some(id.clone()),
            name: trainer.member.display_name.clone(),
            answer: projects.first().cloned().unwrap_or_else(nothing),
            projects: if projects.len() > 1 {
                projects
            } else {
                Vec::new()
            },
            timeline: timeline::timeline(&trainer, &lines, only),
            bridge_runs: self.bridge_runs,
            broken,
        })
    }

    fn delivery(
        &self,
        about: &str,
        connection: &ConnectionName,
        aside: &Quarantined,
    ) -> Explanation {
        let reason = format!(
            "The delivery is signed, but this version does not understand it: {}.",
            aside.reason
        );
        let (own, flag) = (connection.flag(), self.target.flag());
        let answer = Answer::new(Verdict::Waits, reason);
        let answer = match &aside.delivery {
            Some(delivery) => answer.you_can(
                format!("bridge endpoints redeliver ENDPOINT --delivery {delivery}{own}{flag}"),
                "redelivers it, after you have upgraded the bridge",
            ),
            None => answer.you_can(
                format!("bridge reconcile{own}{flag}"),
                "brings access in line with OpenTrain without the delivery, whose id is not known",
            ),
        };
        let moment = Moment {
            at: aside.at,
            from: answer::From::Bridge,
            what: "the delivery was quarantined".to_owned(),
            project: None,
            contract: None,
            event: aside.event.as_ref().map(|it| it.as_str().to_owned()),
        };
        Explanation {
            about: about.to_owned(),
            trainer: None,
            name: None,
            answer,
            projects: Vec::new(),
            bridge_runs: self.bridge_runs,
            timeline: vec![moment],
            broken: Vec::new(),
        }
    }
}

fn show(explained: &Explanation) {
    if explained.bridge_runs == Some(false) {
        note_stopped();
    }
    if let Some(id) = &explained.trainer {
        let name = explained
            .name
            .as_ref()
            .filter(|_| std::io::stdout().is_terminal());
        let name = name.map_or(String::new(), |name| format!(" {name}"));
        anstream::println!("{} {}{}", paint(BOLD, "Trainer"), plain(id), plain(name));
    }
    match explained.projects.is_empty() {
        true => one(&explained.answer),
        false => explained.projects.iter().for_each(one),
    }
    if !explained.timeline.is_empty() {
        anstream::println!("\n{}", paint(BOLD, "Timeline (UTC)"));
    }
    for moment in &explained.timeline {
        let project = moment
            .project
            .as_ref()
            .map_or(String::new(), |it| format!("  project {it}"));
        let at = format!("{:.0}", moment.at);
        anstream::println!(
            "{}  {}{}",
            paint(DIM, &at),
            plain(&moment.what),
            plain(project)
        );
    }
}

fn one(answer: &Answer) {
    let style = match answer.verdict {
        Verdict::In | Verdict::NotIn => GOOD,
        Verdict::Waits | Verdict::Unknown => WAITS,
        Verdict::Failed => BAD,
    };
    let project = answer
        .project
        .as_ref()
        .map_or(String::new(), |it| format!(" (project {it})"));
    let verdict = paint(style, answer.verdict.text());
    anstream::println!("{verdict}{}: {}", plain(project), plain(&answer.reason));
    if let Some(next) = &answer.next {
        let at = next.at.map_or(String::new(), |at| format!(" at {at}"));
        anstream::println!("  Next{at}: {}, because {}", next.what, next.because);
    }
    for can in &answer.you_can {
        anstream::println!("  You can: {} ({})", plain(&can.command), can.effect);
    }
}
