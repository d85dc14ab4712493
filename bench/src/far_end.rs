//! Result in the tool: the members, compared with the acknowledged deliveries.

use std::collections::{BTreeMap, BTreeSet};

use simulator::AnnotationPlatform;

use crate::figures::Applied;
use crate::requests::Requests;

/// Searches the trainers of the `acknowledged` deliveries in the members of `project`.
pub(crate) fn look(tool: &AnnotationPlatform, project: &str, acknowledged: &[u64]) -> Applied {
    let members = tool.members(project);
    // A list, because a map would hide a trainer with two memberships.
    let mut memberships: BTreeMap<&str, u64> = BTreeMap::new();
    for member in &members {
        *memberships.entry(&member.trainer_id).or_default() += 1;
    }
    let expected: BTreeSet<String> = acknowledged.iter().map(|n| Requests::trainer(*n)).collect();
    let applied = expected
        .iter()
        .filter(|trainer| memberships.contains_key(trainer.as_str()))
        .count() as u64;
    let puts: u64 = tool
        .writes()
        .iter()
        .filter(|((at, _), _)| at == project)
        .map(|(_, writes)| writes.puts)
        .sum();
    let total = memberships.len() as u64;
    Applied {
        acknowledged: expected.len() as u64,
        applied,
        missing: expected.len() as u64 - applied,
        doubled: memberships.values().filter(|count| **count > 1).count() as u64,
        unheard: total.saturating_sub(applied),
        repeated: puts.saturating_sub(total),
    }
}
