//! Milestones: the funding of a contract.

use jiff::Timestamp;
use serde::Serialize;

use super::{Misuse, OpenTrain, budget::Unit, event::EventType, world::World};

/// A funded milestone.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Milestone {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
    /// Its amount.
    #[serde(serialize_with = "super::budget::number")]
    pub amount_usd: f64,
    /// Its volume; `None` if the job does not count work.
    pub volume: Option<f64>,
    /// Always `FUNDED` here.
    pub status: String,
}

impl OpenTrain {
    /// Funds a milestone of this many hours or labels, and dollars. Returns its id.
    pub fn fund(&self, contract: &str, volume: f64, amount_usd: f64) -> Result<String, Misuse> {
        let now = self.now();
        self.change(|world| world.fund(contract, volume, amount_usd, now))
    }
}

impl World {
    pub(crate) fn fund(
        &mut self,
        id: &str,
        volume: f64,
        amount_usd: f64,
        now: Timestamp,
    ) -> Result<String, Misuse> {
        let job = &self.contract(id)?.job_id;
        let counts = Unit::of(self.job(job)?.payment_type).is_some();
        let number = self.milestones;
        self.milestones += 1;
        let milestone = Milestone {
            id: format!("mst_{number}"),
            name: format!("Milestone {number}"),
            amount_usd,
            volume: counts.then_some(volume),
            status: "FUNDED".to_owned(),
        };
        let milestone_id = milestone.id.clone();
        let contract = self.contracts.get_mut(id);
        contract
            .ok_or(Misuse::Unknown("contract"))?
            .milestones
            .push(milestone);
        self.tell_of_budget(EventType::MilestoneFunded, id, now)?;
        Ok(milestone_id)
    }
}
