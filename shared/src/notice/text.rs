//! Text of a notice. Pure. Contains contracts and amounts, never people.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::model::ConnectionName;
use crate::model::ids::ContractId;
use crate::opentrain::{Budget, PaymentType};
use crate::tool::{Notice, NoticeLevel};

/// Maximum number of contracts in a sentence. The notice's data contains all of them.
const NAMED: usize = 5;

/// The notice for all contracts of a project that are not fine; `None` if there are none.
pub fn notice(
    contracts: impl IntoIterator<Item = (ContractId, NoticeLevel)>,
    top_up_url: &str,
) -> Option<Notice> {
    let mut levels: BTreeMap<ContractId, NoticeLevel> = BTreeMap::new();
    for (contract, level) in contracts {
        let worst = levels.entry(contract).or_insert(level);
        *worst = level.max(*worst);
    }
    let level = levels.values().copied().max()?;
    let at = |wanted| -> Vec<ContractId> {
        let those = levels.iter().filter(|(_, level)| **level == wanted);
        those.map(|(contract, _)| contract.clone()).collect()
    };
    let (exhausted, low) = (at(NoticeLevel::Exhausted), at(NoticeLevel::Warning));
    let mut text = String::new();
    if !exhausted.is_empty() {
        let names = names(&exhausted);
        text += &format!("All funded work on {names} is used up: please ask before you continue. ");
    }
    if !low.is_empty() {
        let names = names(&low);
        text += &format!("At least 80 % of the funded work on {names} is used up. ");
    }
    text += &format!("Managers can top up at {top_up_url}");
    let contract_ids = [exhausted, low].concat();
    Some(Notice {
        level,
        text,
        url: top_up_url.to_owned(),
        contract_ids,
    })
}

fn names(contracts: &[ContractId]) -> String {
    let mut names = String::from(if contracts.len() == 1 {
        "contract "
    } else {
        "contracts "
    });
    let shown: Vec<_> = contracts
        .iter()
        .take(NAMED)
        .map(ContractId::as_str)
        .collect();
    names += &shown.join(", ");
    match contracts.len().saturating_sub(NAMED) {
        0 => names,
        more => format!("{names} and {more} more"),
    }
}

/// Text of the post when one contract crosses a threshold.
pub(super) fn post(
    connection: &ConnectionName,
    budget: &Budget,
    level: NoticeLevel,
    top_up_url: &str,
) -> String {
    let what = match level {
        NoticeLevel::Warning => "at least 80 % of the funded work is used up",
        NoticeLevel::Exhausted => "all funded work is used up",
    };
    let contract = &budget.contract_id;
    let mut text = format!("Contract {contract} ({connection}): {what}");
    if let Some(volume) = volume(budget) {
        // Writing to a `String` can't fail.
        let _ok = write!(text, ", {volume}");
    }
    format!("{text}. Top up at {top_up_url}")
}

/// `32 of 40 h`, `800 of 1000 labels`; `None` if the work is not counted or nothing is funded.
pub fn volume(budget: &Budget) -> Option<String> {
    let unit = match budget.payment_type {
        Some(PaymentType::PerHour) => "h",
        Some(PaymentType::PerLabel) => "labels",
        _ => return None,
    };
    let funded = budget.funded_volume.filter(|funded| *funded > 0.0)?;
    let consumed = budget.consumed_volume?;
    Some(format!("{} of {} {unit}", plain(consumed), plain(funded)))
}

/// At most two decimals, without trailing zeros.
fn plain(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
