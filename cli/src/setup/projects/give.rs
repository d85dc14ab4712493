//! `bridge projects allow` and `move`: assign a project to an organisation.

use std::collections::BTreeSet;
use std::io::IsTerminal;

use anyhow::{Context, anyhow};
use shared::config::{OpenTrainSettings, Reader};
use shared::connection::{
    Kept, Readable, StoreError, allow, are_recorded, is_record_due, organization, owner,
};
use shared::ledger::{Access, Ledger};
use shared::model::ConnectionName;
use shared::model::ids::{ContractId, LinkId, ProjectId, TrainerId};
use shared::tool::{NoState, ToolError};
use shared::usage::Options;

use super::super::args::ProjectsArgs;
use super::super::output::{Keeps, ProjectGiven};
use super::super::print;
use super::super::session::{clock, served};
use super::{owner_but, record, record_given};
use crate::confirm::confirm;
use crate::exit::CliError;
use crate::paint::{GOOD, paint};
use crate::targets::Target;
use crate::usage::report_first;

/// Options of moving a project from another organisation.
#[derive(Clone, Copy)]
pub(super) struct Moves {
    /// Move it without confirmation.
    pub(super) yes: bool,
    /// Move it even if its work can't be reported.
    pub(super) force: bool,
}

/// Text for a cancelled move.
const NOT_MOVED: &str = "the project was not moved";

/// Trainers of other organisations who keep access, with their contracts.
type Keeping = BTreeSet<(TrainerId, ContractId)>;

pub(super) struct Give<'a> {
    pub(super) settings: &'a OpenTrainSettings,
    pub(super) ledger: Option<&'a Ledger>,
    pub(super) target: &'a Target,
    pub(super) args: &'a ProjectsArgs,
}

impl Give<'_> {
    /// Assigns a project to the organisation of the connection. Without `moves`, refuses a project of another
    /// organisation.
    pub(super) async fn to_connection(
        &self,
        project: &str,
        moves: Option<Moves>,
    ) -> Result<(), CliError> {
        let name = &self.connection().await?;
        let project = &ProjectId::from(project);
        self.is_in_tool(project).await?;
        let keeper = &self.settings.kept().keeper;
        let Readable { mut kept, faults } = keeper.read_each().await?;
        // A project without a readable owner may belong to an unreadable connection.
        let is_certain = kept.contains_key(name) && owner(&kept, project).is_some();
        if let Some(fault) = faults.into_iter().next().filter(|_| !is_certain) {
            return Err(fault.into());
        }
        if !are_recorded(&kept) {
            if !is_record_due(&kept) {
                return Err(CliError::Usage(
                    "only one organisation is served: it may use every project, so none needs to be allowed"
                        .into(),
                ));
            }
            record::all(self.settings, self.ledger).await?;
            kept = keeper.read().await?;
        }
        let from = owner_but(&kept, name, project);
        let keeping = self.keeping(&kept, name, project).await?;
        if let Some(other) = &from {
            let moves = self.may_move(name, project, other, &keeping, moves)?;
            self.report_first(&kept, name, project, moves).await?;
        }
        record_given(self.target, name, project).await?;
        let change = |kept: &mut Kept| {
            allow(kept, name, project);
            Ok::<_, StoreError>(())
        };
        keeper.update(change).await?;
        self.show(
            project,
            &organization(&kept, name),
            from.as_deref(),
            &keeping,
        )
    }

    /// The named connection, otherwise the only one.
    async fn connection(&self) -> Result<ConnectionName, CliError> {
        let served = served(self.settings).await?;
        match (&self.args.common.connection, served.as_slice()) {
            (Some(name), served) if served.contains(name) => Ok(name.clone()),
            (Some(name), served) => Err(CliError::Usage(name.unknown(served))),
            (None, [only]) => Ok(only.clone()),
            (None, served) => {
                let names: Vec<_> = served.iter().map(ConnectionName::as_str).collect();
                Err(CliError::Usage(format!(
                    "name the connection whose organisation gets the project with --connection NAME. Known: {}.",
                    names.join(", ")
                )))
            }
        }
    }

    async fn is_in_tool(&self, project: &ProjectId) -> Result<(), CliError> {
        let mut reader = Reader::new(self.target.vars());
        let tool = tools::settings(&mut reader);
        let tool = reader.finish(tool)?;
        let tool = tool
            .connect(clock(), std::sync::Arc::new(NoState))
            .context("the tool can't be called")?;
        match tool.project(project).await {
            Ok(_) => Ok(()),
            Err(ToolError::Wrong { reason } | ToolError::NoProject { reason }) => {
                Err(CliError::Usage(reason))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn may_move(
        &self,
        name: &ConnectionName,
        project: &ProjectId,
        other: &str,
        keeping: &Keeping,
        moves: Option<Moves>,
    ) -> Result<Moves, CliError> {
        let Some(moves) = moves else {
            return Err(CliError::Usage(format!(
                "project {project} belongs to {other}: move it with `bridge projects move {project} --connection {name}{}`",
                self.target.flag()
            )));
        };
        let kept = keeping_line(other, keeping).map_or(String::new(), |line| format!(" {line}"));
        let question = format!(
            "Project {project} belongs to {other}, whose links grant no access to it afterwards.{kept} Move it?"
        );
        confirm(&question, NOT_MOVED, moves.yes)?;
        Ok(moves)
    }

    /// Reports the work of the other organisations' links to the project, because it can't be reported afterwards.
    async fn report_first(
        &self,
        kept: &Kept,
        name: &ConnectionName,
        project: &ProjectId,
        moves: Moves,
    ) -> Result<(), CliError> {
        let Some(ledger) = self.ledger else {
            return Ok(());
        };
        let mut problems = Vec::new();
        for other in others(kept, name) {
            for link in links_to(ledger, other, project).await? {
                let options = Options {
                    connection: Some(other.clone()),
                    link: Some(link.clone()),
                    ..Options::default()
                };
                let reported = report_first(self.target, options).await;
                problems.extend(reported.err().map(|it| format!("link {link}: {it}")));
            }
        }
        if problems.is_empty() || moves.force {
            return Ok(());
        }
        let lost = format!(
            "not all work on project {project} is reported ({}), and it can't be reported after the move",
            problems.join("; ")
        );
        if !std::io::stdin().is_terminal() {
            return Err(anyhow!("{lost}. The project was not moved. Run `bridge usage` to see what is missing, or move it with --force").into());
        }
        confirm(&format!("Careful: {lost}. Move it?"), NOT_MOVED, false)
    }

    /// Trainers of other organisations who keep access to the project until their contracts end.
    async fn keeping(
        &self,
        kept: &Kept,
        name: &ConnectionName,
        project: &ProjectId,
    ) -> Result<Keeping, CliError> {
        let Some(ledger) = self.ledger else {
            return Ok(Keeping::new());
        };
        let mut keeping = Keeping::new();
        for other in others(kept, name) {
            keeping.extend(keeping_through(ledger, other, project).await?);
        }
        Ok(keeping)
    }

    fn show(
        &self,
        project: &ProjectId,
        to: &str,
        from: Option<&str>,
        keeping: &Keeping,
    ) -> Result<(), CliError> {
        if self.args.common.json {
            let keeping = keeping.iter();
            let keeping = keeping.map(|(trainer, contract)| Keeps {
                trainer: trainer.clone(),
                contract: contract.clone(),
            });
            return print::json(&ProjectGiven {
                project: project.clone(),
                organization: to.to_owned(),
                moved_from: from.map(str::to_owned),
                keep_access: keeping.collect(),
            });
        }
        match from {
            Some(from) => {
                anstream::println!(
                    "{} project {project} from {from} to {to}.",
                    paint(GOOD, "Moved")
                );
                if let Some(line) = keeping_line(from, keeping) {
                    anstream::println!("{line}");
                }
            }
            None => anstream::println!("{} project {project} to {to}.", paint(GOOD, "Allowed")),
        }
        anstream::println!("The next reconcile grants the access that waits for it.");
        Ok(())
    }
}

/// The connections of other organisations.
fn others<'a>(kept: &'a Kept, name: &ConnectionName) -> impl Iterator<Item = &'a ConnectionName> {
    let own = organization(kept, name);
    kept.keys().filter(move |it| organization(kept, it) != own)
}

async fn links_to(
    ledger: &Ledger,
    connection: &ConnectionName,
    project: &ProjectId,
) -> anyhow::Result<BTreeSet<LinkId>> {
    let links = ledger.links(connection).await?.into_iter();
    let links = links.filter(|link| link.project.as_ref() == Some(project));
    Ok(links.map(|link| link.id).collect())
}

/// Trainers with access to the project and an active contract at one of the connection's links to it.
async fn keeping_through(
    ledger: &Ledger,
    connection: &ConnectionName,
    project: &ProjectId,
) -> anyhow::Result<Keeping> {
    let links = links_to(ledger, connection, project).await?;
    let trainers = ledger.trainers_of_links(connection, &links).await?;
    let documents = ledger.documents(&trainers).await?;
    let mut keeping = Keeping::new();
    for (id, trainer) in documents.trainers {
        if !trainer.access.get(project).is_some_and(Access::may_be_in) {
            continue;
        }
        let environment = ledger.environment_of(&trainer).await?;
        let own = trainer.hires.iter().filter(|hire| {
            let runs = hire.start.is_some() && environment.end_of(&trainer, hire).is_none();
            (&hire.connection, &hire.project) == (connection, project) && runs
        });
        keeping.extend(own.map(|hire| (id.clone(), hire.contract.clone())));
    }
    Ok(keeping)
}

fn keeping_line(from: &str, keeping: &Keeping) -> Option<String> {
    let named: Vec<_> = keeping
        .iter()
        .map(|(id, contract)| format!("{id} ({contract})"))
        .collect();
    let (who, verb, whose) = match named.len() {
        0 => return None,
        1 => ("1 trainer".to_owned(), "keeps", "the contract ends"),
        n => (format!("{n} trainers"), "keep", "their contracts end"),
    };
    Some(format!(
        "{who} of {from} {verb} access until {whose}: {}.",
        named.join(", ")
    ))
}
