//! All that decides one trainer's access.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::row::{join, read};
use super::{Access, Hire, Item, Key, Ledger, LedgerError};
use crate::delivery::EventId;
use crate::ids::{MemberId, ProjectId, TrainerId};
use crate::person::Email;

/// One trainer's partition, read at one moment.
#[derive(Debug, Clone, Default)]
pub struct Trainer {
    /// Every contract, at every link.
    pub hires: Vec<Hire>,
    /// The person.
    pub member: Member,
    /// What was done, by project.
    pub access: BTreeMap<ProjectId, Access>,
}

/// The person behind a trainer, as far as giving access needs it. `Debug` shows the tool's id alone.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// The tool's own id for them.
    pub member: Option<MemberId>,
    /// The work e-mail; forgotten when access is gone.
    pub email: Option<Email>,
    /// The masked name.
    pub display_name: Option<String>,
    /// ISO country.
    pub country: Option<String>,
    /// The public profile at OpenTrain.
    pub profile_url: Option<String>,
    /// The event that the particulars are from.
    pub as_of: Option<EventId>,
}

impl fmt::Debug for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Member({:?}, …)", self.member)
    }
}

impl Ledger {
    /// All that decides a trainer's access, in one strongly consistent query.
    pub async fn trainer(&self, trainer: &TrainerId) -> Result<Trainer, LedgerError> {
        let partition = join("TRAINER", &[trainer.as_str()]);
        let items = self.table.query(&partition, "").await?;
        items.iter().try_fold(Trainer::default(), Trainer::with)
    }

    /// Every trainer that the ledger knows. Reads the whole table: for people, not for the way of a
    /// delivery.
    pub async fn trainers(&self) -> Result<BTreeMap<TrainerId, Trainer>, LedgerError> {
        let mut trainers: BTreeMap<TrainerId, Trainer> = BTreeMap::new();
        for item in self.table.scan("TRAINER#").await? {
            let id = item.key.partition.trim_start_matches("TRAINER#");
            let id = TrainerId::new(id.replace("%23", "#").replace("%25", "%"));
            let known = trainers.remove(&id).unwrap_or_default();
            trainers.insert(id, known.with(&item)?);
        }
        Ok(trainers)
    }

    /// Brings what is known of the person to what `change` makes of it; `None` leaves it alone.
    pub async fn update_member(
        &self,
        trainer: &TrainerId,
        change: impl Fn(Member) -> Option<Member> + Send + Sync,
    ) -> Result<bool, LedgerError> {
        let key = Key::new(join("TRAINER", &[trainer.as_str()]), "MEMBER");
        self.update(&key, |old: Option<Member>| change(old.unwrap_or_default()))
            .await
    }
}

impl Trainer {
    /// The projects that a hire or an access speaks of.
    pub fn projects(&self) -> BTreeSet<&ProjectId> {
        self.hires
            .iter()
            .map(|hire| &hire.project)
            .chain(self.access.keys())
            .collect()
    }

    fn with(mut self, item: &Item) -> Result<Self, LedgerError> {
        match item.key.sort.split('#').next() {
            Some("HIRE") => self.hires.push(read(item)?),
            Some("MEMBER") => self.member = read(item)?,
            Some("ACCESS") => {
                let access: Access = read(item)?;
                self.access.insert(access.project.clone(), access);
            }
            // A newer version's row: nothing of ours depends on it.
            _ => {}
        }
        Ok(self)
    }
}
