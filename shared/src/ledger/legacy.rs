//! Rows of the earlier form, in which a trainer was a partition of many rows; and their conversion.
//!
//! | sort | row |
//! |---|---|
//! | `HIRE#connection#contract#link` | one hire with its own status |
//! | `MEMBER` | the person |
//! | `ACCESS#project` | access to one project |
//!
//! A partition is converted when its document is first read to be written. The document is written if there is
//! none; then the `MEMBER` row is replaced by one that the earlier version cannot read, so that an earlier function
//! stops at this trainer instead of working on outdated rows. Rows that changed in between are merged again.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;

use super::documents::{Versioned, find, to_item, versioned};
use super::row::{MAX_CONFLICTS, read};
use super::{
    Access, ContractEnd, Expect, Hire, Item, KnownEmail, Ledger, LedgerError, Member, Put, Source,
    Stamp, Trainer,
};
use crate::model::ConnectionName;
use crate::model::clock::after;
use crate::model::event::EventId;
use crate::model::ids::{ContractId, LinkId, MemberId, ProjectId, TrainerId};
use crate::model::person::Email;

/// Content of a `MEMBER` row whose trainer has a document: text, where the earlier version expects an object.
const CONVERTED: &str = "\"converted: this trainer has a DOCUMENT row; update the bridge\"";

/// Converted rows are kept this long, for an operator who has to inspect them.
const KEPT: Duration = Duration::from_secs(35 * 24 * 3600);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OldHire {
    connection: ConnectionName,
    contract: ContractId,
    link: LinkId,
    trainer: TrainerId,
    project: ProjectId,
    managed: bool,
    status: OldStatus,
    as_of: Option<EventId>,
    seen_at: Option<Timestamp>,
    merged_at: Timestamp,
    first_day: Option<Date>,
    started_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
}

#[derive(PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum OldStatus {
    Active,
    Ended,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OldMember {
    member: Option<MemberId>,
    email: Option<Email>,
    display_name: Option<String>,
    country: Option<String>,
    profile_url: Option<String>,
}

/// Whether a partition holds rows that an earlier version may still read and write.
pub(super) fn is_left(items: &[Item]) -> bool {
    let member = items.iter().find(|item| item.key.sort == "MEMBER");
    match member {
        Some(item) => item.doc != CONVERTED,
        None => items.iter().any(is_old) && find(items).is_none(),
    }
}

/// The trainer that the rows of the earlier form describe.
pub(super) fn read_rows(items: &[Item]) -> Result<Trainer, LedgerError> {
    let mut trainer = Trainer::default();
    let mut member: Option<OldMember> = None;
    let rows = items.iter().filter(|item| item.doc != CONVERTED);
    for item in rows {
        match item.key.sort.split('#').next() {
            Some("HIRE") => add_hire(&mut trainer, read(item)?),
            Some("MEMBER") => member = Some(read(item)?),
            Some("ACCESS") => {
                let access: Access = read(item)?;
                trainer.access.insert(access.project.clone(), access);
            }
            _ => {}
        }
    }
    if let Some(old) = member {
        trainer.member = person(old, &trainer.hires);
    }
    Ok(trainer)
}

impl Ledger {
    /// Converts a partition of the earlier form.
    pub(super) async fn convert(
        &self,
        id: &TrainerId,
        mut items: Vec<Item>,
    ) -> Result<Versioned, LedgerError> {
        for _ in 0..MAX_CONFLICTS {
            let document = self.merge_old_rows(id, &items).await?;
            if self.retire(&items).await? {
                return Ok(document);
            }
            items = self
                .table
                .query(&to_item(id, &document.trainer).key.partition, "")
                .await?;
        }
        Err(LedgerError::Contended(format!("TRAINER#{id}")))
    }

    /// Merges the old rows with the document, if there is one, and writes the result.
    async fn merge_old_rows(
        &self,
        id: &TrainerId,
        items: &[Item],
    ) -> Result<Versioned, LedgerError> {
        let old = read_rows(items)?;
        let mut stored = versioned(id, find(items))?;
        for _ in 0..MAX_CONFLICTS {
            let mut merged = stored.trainer.clone();
            if stored.expect == Expect::Absent {
                merged = old.clone();
            } else {
                merged.take_contracts_of(&old);
                merged.take_access_of(&old);
            }
            if merged == stored.trainer && stored.expect != Expect::Absent {
                return Ok(stored);
            }
            let put = self.table.put(to_item(id, &merged), stored.expect).await?;
            match put {
                Put::Stored(version) => {
                    return Ok(Versioned {
                        trainer: merged,
                        expect: Expect::Version(version),
                    });
                }
                Put::Conflict(now) => stored = versioned(id, now.as_ref())?,
            }
        }
        Err(LedgerError::Contended(format!("TRAINER#{id}")))
    }

    /// Replaces the `MEMBER` row and lets the other rows expire; false when one of them has changed meanwhile.
    async fn retire(&self, items: &[Item]) -> Result<bool, LedgerError> {
        let expires_at = Some(after(self.clock.now(), KEPT));
        let member = items.iter().find(|item| item.key.sort == "MEMBER");
        let partition = items.first().map(|item| item.key.partition.clone());
        let Some(partition) = partition else {
            return Ok(true);
        };
        let tombstone = Item {
            key: super::Key::new(partition, "MEMBER"),
            doc: CONVERTED.to_owned(),
            version: 0,
            expires_at: None,
        };
        let expect = member.map_or(Expect::Absent, |item| Expect::Version(item.version));
        if let Put::Conflict(_) = self.table.put(tombstone, expect).await? {
            return Ok(false);
        }
        for item in items
            .iter()
            .filter(|item| is_old(item) && item.expires_at.is_none())
        {
            let expiring = Item {
                expires_at,
                ..item.clone()
            };
            let put = self
                .table
                .put(expiring, Expect::Version(item.version))
                .await?;
            if let Put::Conflict(_) = put {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn is_old(item: &Item) -> bool {
    matches!(item.key.sort.split('#').next(), Some("HIRE" | "ACCESS"))
}

fn add_hire(trainer: &mut Trainer, old: OldHire) {
    let stamp = |at| Stamp {
        source: source(&old, at),
        connection: old.connection.clone(),
        install: None,
        merged_at: old.merged_at,
    };
    let is_active = old.status == OldStatus::Active;
    let hire = Hire {
        connection: old.connection.clone(),
        contract: old.contract.clone(),
        link: old.link.clone(),
        trainer: old.trainer.clone(),
        project: old.project.clone(),
        managed: old.managed,
        start: is_active.then(|| stamp(old.started_at)),
        started_at: old.started_at,
        unconfirmed: false,
        barred: false,
        first_day: old.first_day,
    };
    if !is_active {
        let end = ContractEnd {
            stamp: stamp(old.ended_at),
            last_day: None,
        };
        let known = trainer.ends.get(&hire.key());
        if known.is_none_or(|known| end.stamp.replaces_end(&known.stamp)) {
            trainer.ends.insert(hire.key(), end);
        }
    }
    trainer.hires.push(hire);
}

/// The newest fact behind an old row: its event, or the answer of the API where no event is noted.
fn source(old: &OldHire, happened_at: Option<Timestamp>) -> Source {
    match (&old.as_of, old.seen_at) {
        (Some(id), _) => Source::Event {
            id: id.clone(),
            created_at: happened_at,
        },
        (None, seen_at) => Source::Api {
            asked_at: seen_at.unwrap_or(old.merged_at),
        },
    }
}

/// The old form had one e-mail for all connections: it counts for each connection that the person has a hire at.
fn person(old: OldMember, hires: &[Hire]) -> Member {
    let known = |email: Email| {
        let entry = |hire: &Hire| {
            let email = KnownEmail::new(email.clone(), Timestamp::UNIX_EPOCH);
            (hire.connection.clone(), email)
        };
        hires.iter().map(entry).collect()
    };
    Member {
        accounts: old.member.into_iter().collect(),
        through: std::collections::BTreeMap::new(),
        emails: old.email.map(known).unwrap_or_default(),
        display_name: old.display_name,
        country: old.country,
        profile_url: old.profile_url,
        as_of: None,
    }
}
