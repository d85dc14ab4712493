//! Reading and writing trainers' documents.
//!
//! | partition | sort | content |
//! |---|---|---|
//! | `TRAINER#id` | `DOCUMENT` | all that decides the trainer's access |
//! | `CLOSED#id` | `CLOSED` | contracts that ended and whose access is settled; same form |

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::document::{self, DocumentError};
use super::row::{id_of, join};
use super::{Environment, Expect, Item, Key, Ledger, LedgerError, Put, Stored, Trainer, legacy};
use crate::model::ids::{ContractId, TrainerId};

/// The sort key of a document.
pub(super) const DOCUMENT: &str = "DOCUMENT";

/// Contracts in the second item: at 350 bytes for each with its hire, some 350 KB of the 400 KB that DynamoDB takes.
const MOST_CLOSED: usize = 1_000;

/// A document and the condition of its next write.
#[derive(Debug, Clone)]
pub struct Versioned {
    /// The document; an unknown trainer's is empty.
    pub trainer: Trainer,
    /// Version that must be stored for a write to succeed.
    pub expect: Expect,
}

/// Result of writing a document.
#[derive(Debug)]
pub enum Written {
    /// It was written.
    Stored(Stored),
    /// Another writer was faster, and this is stored now.
    Conflict(Box<Versioned>),
}

/// All documents, and the trainers whose document cannot be read.
#[derive(Debug, Default)]
pub struct Documents {
    /// The readable ones.
    pub trainers: BTreeMap<TrainerId, Trainer>,
    /// The others, with the reason.
    pub unreadable: BTreeMap<TrainerId, String>,
}

impl Ledger {
    /// A trainer's document, for a caller that writes it. Rows of the earlier form are converted first.
    pub async fn document(&self, id: &TrainerId) -> Result<Versioned, LedgerError> {
        let items = self.table.query(&partition(id), "").await?;
        if legacy::is_left(&items) {
            return self.convert(id, items).await;
        }
        versioned(id, find(&items))
    }

    /// A trainer's document, for a caller that only reads it.
    pub async fn trainer(&self, id: &TrainerId) -> Result<Trainer, LedgerError> {
        let items = self.table.query(&partition(id), "").await?;
        look(id, &items)
    }

    /// Writes a document if the stored one has the version `expect`.
    pub async fn put_document(
        &self,
        id: &TrainerId,
        trainer: &Trainer,
        expect: Expect,
    ) -> Result<Written, LedgerError> {
        let put = self.table.put(to_item(id, trainer), expect).await?;
        Ok(match put {
            Put::Stored(version) => Written::Stored(Stored::of(version, trainer)),
            Put::Conflict(stored) => Written::Conflict(Box::new(versioned(id, stored.as_ref())?)),
        })
    }

    /// The documents of some trainers; unknown trainers are left out.
    pub async fn documents(&self, ids: &BTreeSet<TrainerId>) -> Result<Documents, LedgerError> {
        let keys: Vec<_> = ids.iter().map(key).collect();
        let items = self.table.get_many(&keys).await?;
        let mut documents = Documents::default();
        for (id, item) in ids.iter().zip(items) {
            let trainer = match &item {
                Some(item) => decode(id, item),
                None => self.trainer(id).await,
            };
            documents.add(id.clone(), trainer)?;
        }
        Ok(documents)
    }

    /// All documents. Reads the whole table: for `bridge status`, for alerts and for migrations.
    pub async fn trainers(&self) -> Result<Documents, LedgerError> {
        let mut partitions: BTreeMap<TrainerId, Vec<Item>> = BTreeMap::new();
        for item in self.table.scan("TRAINER#").await? {
            let id = trainer_of(&item.key.partition);
            partitions.entry(id).or_default().push(item);
        }
        let mut documents = Documents::default();
        for (id, items) in partitions {
            let trainer = look(&id, &items);
            documents.add(id, trainer)?;
        }
        Ok(documents)
    }

    /// The trainers whose document contains `text` in any case, and for whom `is` holds. Reads the whole table, and
    /// decodes only documents that contain the text.
    pub async fn trainers_where(
        &self,
        text: &str,
        is: impl Fn(&Trainer) -> bool,
    ) -> Result<Vec<TrainerId>, LedgerError> {
        let text = text.to_lowercase();
        let mut found = Vec::new();
        for item in self.table.scan("TRAINER#").await? {
            if item.key.sort != DOCUMENT || !item.doc.to_lowercase().contains(&text) {
                continue;
            }
            let id = trainer_of(&item.key.partition);
            if decode(&id, &item).is_ok_and(|trainer| is(&trainer)) {
                found.push(id);
            }
        }
        Ok(found)
    }

    /// A trainer's contracts that are closed, with their hires; empty where there are none.
    pub async fn closed(&self, id: &TrainerId) -> Result<Trainer, LedgerError> {
        let item = self.table.get(&closed_key(id)).await?;
        let now = self.clock.now();
        let item = item.filter(|item| item.expires_at.is_none_or(|at| now < at));
        Ok(versioned(id, item.as_ref())?.trainer)
    }

    /// Adds closed contracts to the trainer's second item, which expires 400 days after its newest end, or after this
    /// write if one of them has none.
    ///
    /// It is written before the document that lacks them: after a crash in between they are in both, and the
    /// document counts.
    pub async fn add_closed(&self, id: &TrainerId, closed: &Trainer) -> Result<(), LedgerError> {
        let mut stored = versioned(id, self.table.get(&closed_key(id)).await?.as_ref())?;
        for _ in 0..super::row::MAX_CONFLICTS {
            stored.trainer.take_contracts_of(closed);
            // Ends of other connections and removed links do not count here. A contract that is over because of them is
            // deleted when the item expires.
            let alone = Environment::default();
            stored.trainer.prune(&alone, self.clock.now());
            drop_oldest(&mut stored.trainer);
            let item = Item {
                key: closed_key(id),
                expires_at: Some(stored.trainer.kept_until(self.clock.now())),
                ..to_item(id, &stored.trainer)
            };
            match self.table.put(item, stored.expect).await? {
                Put::Stored(_) => return Ok(()),
                Put::Conflict(now) => stored = versioned(id, now.as_ref())?,
            }
        }
        Err(LedgerError::Contended(closed_key(id).partition))
    }

    /// The document with some closed contracts in it again, because a late fact names them.
    pub(crate) async fn reopened(
        &self,
        id: &TrainerId,
        mut trainer: Trainer,
        contracts: &BTreeSet<ContractId>,
    ) -> Result<Trainer, LedgerError> {
        let mut closed = self.closed(id).await?;
        closed
            .hires
            .retain(|hire| contracts.contains(&hire.contract));
        closed
            .ends
            .retain(|key, _| contracts.contains(&key.contract));
        closed.take_contracts_of(&trainer);
        trainer.hires = closed.hires;
        trainer.ends = closed.ends;
        Ok(trainer)
    }

    /// The document with the trainer's closed contracts in it.
    pub async fn with_closed(
        &self,
        id: &TrainerId,
        trainer: Trainer,
    ) -> Result<Trainer, LedgerError> {
        if !trainer.has_closed {
            return Ok(trainer);
        }
        let mut all = self.closed(id).await?;
        all.take_contracts_of(&trainer);
        Ok(Trainer {
            hires: all.hires,
            ends: all.ends,
            ..trainer
        })
    }
}

impl Documents {
    fn add(
        &mut self,
        id: TrainerId,
        trainer: Result<Trainer, LedgerError>,
    ) -> Result<(), LedgerError> {
        match trainer {
            Ok(trainer) if trainer == Trainer::default() => {}
            Ok(trainer) => drop(self.trainers.insert(id, trainer)),
            Err(LedgerError::Unreadable { row, reason }) => {
                let error = LedgerError::Unreadable { row, reason };
                self.unreadable.insert(id, error.to_string());
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

fn partition(id: &TrainerId) -> String {
    join("TRAINER", &[id.as_str()])
}

/// The trainer of a partition.
fn trainer_of(partition: &str) -> TrainerId {
    TrainerId::new(id_of(partition.trim_start_matches("TRAINER#")))
}

fn key(id: &TrainerId) -> Key {
    Key::new(partition(id), DOCUMENT)
}

/// Deletes the oldest contracts, so that the item of a trainer with very many fits the table. A late fact about one of
/// them counts as new.
fn drop_oldest(closed: &mut Trainer) {
    // A contract without an end has lost its links: its start counts as its end.
    let starts = closed.hires.iter().map(|hire| {
        let start = hire.start.as_ref().map(|start| start.merged_at);
        (hire.contract.clone(), start.unwrap_or(Timestamp::MIN))
    });
    let mut since: BTreeMap<ContractId, Timestamp> = starts.collect();
    let ends = closed.ends.iter();
    since.extend(ends.map(|(key, end)| (key.contract.clone(), end.stamp.merged_at)));
    if let Some(too_many) = since.len().checked_sub(MOST_CLOSED) {
        let mut oldest: Vec<_> = since.into_iter().map(|(id, at)| (at, id)).collect();
        oldest.sort();
        let oldest = oldest.into_iter().take(too_many).map(|(_, id)| id);
        closed.split_off(&oldest.collect());
    }
}

fn closed_key(id: &TrainerId) -> Key {
    Key::new(join("CLOSED", &[id.as_str()]), "CLOSED")
}

/// The document's item.
pub(super) fn to_item(id: &TrainerId, trainer: &Trainer) -> Item {
    Item {
        key: key(id),
        doc: document::encode(trainer),
        version: 0,
        expires_at: None,
    }
}

pub(super) fn versioned(id: &TrainerId, item: Option<&Item>) -> Result<Versioned, LedgerError> {
    Ok(match item {
        Some(item) => Versioned {
            trainer: decode(id, item)?,
            expect: Expect::Version(item.version),
        },
        None => Versioned {
            trainer: Trainer::default(),
            expect: Expect::Absent,
        },
    })
}

pub(super) fn find(items: &[Item]) -> Option<&Item> {
    items.iter().find(|item| item.key.sort == DOCUMENT)
}

fn look(id: &TrainerId, items: &[Item]) -> Result<Trainer, LedgerError> {
    match find(items) {
        Some(item) => decode(id, item),
        None => legacy::read_rows(items),
    }
}

pub(super) fn decode(id: &TrainerId, item: &Item) -> Result<Trainer, LedgerError> {
    document::decode(id, &item.doc).map_err(|error: DocumentError| LedgerError::Unreadable {
        row: format!("{}/{}", item.key.partition, item.key.sort),
        reason: error.to_string(),
    })
}
