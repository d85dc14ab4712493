//! All that is known about a trainer, oldest first.

use shared::ledger::Trainer;
use shared::ledger::{Source, Stamp};
use shared::model::ids::ContractId;

use super::answer::{From, Moment};
use crate::audit::Line;

/// Facts of OpenTrain, audit entries, and work that is due.
pub(super) fn timeline(
    trainer: &Trainer,
    audit: &[Line],
    only: Option<&ContractId>,
) -> Vec<Moment> {
    let mut all = facts(trainer);
    all.extend(audit.iter().map(entry));
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
            from: From::Opentrain,
            what: format!("contract {} started ({})", hire.contract, source(start)),
            project: Some(hire.project.clone()),
            contract: Some(hire.contract.clone()),
            event: start.event().map(|it| it.as_str().to_owned()),
        })
    });
    let ends = trainer.ends.iter().map(|(key, end)| Moment {
        at: end.stamp.happened_at(),
        from: From::Opentrain,
        what: format!("contract {} ended ({})", key.contract, source(&end.stamp)),
        project: None,
        contract: Some(key.contract.clone()),
        event: end.stamp.event().map(|it| it.as_str().to_owned()),
    });
    starts.chain(ends).collect()
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

fn entry(line: &Line) -> Moment {
    let because = line.contract.as_ref().map(|it| format!("contract {it}"));
    let proof = line.read_back.map(|it| format!("read back: {}", it.name()));
    let delay = line.delay_seconds.map(|it| format!("{it} s after the end"));
    let actor = line.actor.as_ref().map(|it| format!("by {it}"));
    let all = [because, proof, delay, line.trouble.clone(), actor];
    let notes: Vec<_> = all.into_iter().flatten().collect();
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
        contract: line.contract.clone(),
        event: Some(line.event.to_owned()),
    }
}
