//! All that is known about a trainer, oldest first.

use shared::ledger::audit::AuditEvent;
use shared::ledger::{Source, Stamp, Trainer};
use shared::model::ids::ContractId;

use super::answer::{From, Moment};
use crate::audit::{Line, proof};

/// Facts of OpenTrain, audit entries, and work that is due.
pub(super) fn timeline(
    trainer: &Trainer,
    audit: &[Line],
    only: Option<&ContractId>,
) -> Vec<Moment> {
    let mut all = facts(trainer);
    all.extend(audit.iter().map(|line| entry(trainer, line)));
    all.retain(|it| only.is_none() || it.contract.is_none() || it.contract.as_ref() == only);
    all.sort_by_key(|it| (it.at, it.from));
    all
}

fn facts(trainer: &Trainer) -> Vec<Moment> {
    let starts = trainer.hires.iter().filter_map(|hire| {
        let start = hire.start.as_ref()?;
        let at = hire.started_at.unwrap_or_else(|| start.happened_at());
        Some(Moment {
            at,
            from: from(start),
            what: format!("contract {} started ({})", hire.contract, source(start)),
            project: Some(hire.project.clone()),
            contract: Some(hire.contract.clone()),
            event: start.event().map(|it| it.as_str().to_owned()),
        })
    });
    let ends = trainer.ends.iter().map(|(key, end)| Moment {
        at: end.stamp.happened_at(),
        from: from(&end.stamp),
        what: format!("contract {} ended ({})", key.contract, source(&end.stamp)),
        project: None,
        contract: Some(key.contract.clone()),
        event: end.stamp.event().map(|it| it.as_str().to_owned()),
    });
    starts.chain(ends).collect()
}

fn from(stamp: &Stamp) -> From {
    match stamp.source {
        Source::Event { .. } | Source::Api { .. } => From::Opentrain,
        Source::Operator { .. } => From::Operator,
    }
}

fn source(stamp: &Stamp) -> String {
    let merged = stamp.merged_at;
    match &stamp.source {
        Source::Event { id, .. } => {
            format!("event {}, recorded at {merged}", id.as_str())
        }
        Source::Api { .. } => format!("from OpenTrain's list, read at {merged}"),
        Source::Operator { .. } => format!("stated by an operator at {merged}"),
    }
}

fn entry(trainer: &Trainer, line: &Line) -> Moment {
    let because = line.contract.as_ref().map(|it| format!("contract {it}"));
    let actor = line.actor.as_ref().map(|it| format!("by {it}"));
    let of_operator = [line.target.clone(), actor].into_iter().flatten();
    let notes = because.into_iter().chain(proof(line)).chain(of_operator);
    let notes: Vec<_> = notes.collect();
    let (_, what) = line.event.split_once('.').unwrap_or(("", line.event));
    let what = what.replace('-', " ");
    Moment {
        at: line.at,
        from: From::Audit,
        what: match notes.is_empty() {
            true => what,
            false => format!("{what} ({})", notes.join("; ")),
        },
        project: line.project.clone(),
        contract: line.contract.clone().or_else(|| ended(trainer, line)),
        event: Some(line.event.to_owned()),
    }
}

/// The contract that a `bridge end` names.
fn ended(trainer: &Trainer, line: &Line) -> Option<ContractId> {
    let target = line
        .target
        .as_ref()
        .filter(|_| line.kind == AuditEvent::OperatorEnd)?;
    let mut contracts = trainer.hires.iter().map(|hire| &hire.contract);
    contracts.find(|it| it.as_str() == target).cloned()
}
