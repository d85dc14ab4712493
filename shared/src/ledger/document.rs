//! The stored form of a trainer's document: one item of at most 1 KB for one hire, so field names are short.
//!
//! | field | content |
//! |---|---|
//! | `v` | version of the form |
//! | `c` | contracts: connection `n`, id `i`, end `e` with last day `d`, hires `h` |
//! | `c.h` | link `l`, project `p`, managed `m`, start `s` at `t`, first day `f`, unconfirmed `u`, barred `b` |
//! | `m` | the person: accounts `a`, their connections `o`, e-mails `e`, name `n`, country `c`, profile `u`, as of `t` |
//! | `a` | access: project `p`, state `s`, since `t`, trouble `x`, invitation `i`, not found since `n`, digest of the e-mail `g`, invited e-mail `e`, looks `k`, by absence `b`, member before `w`, settled because `o`, read back `r`, without an audit row `y` |
//! | `d`, `l` | [`Due`](super::Due), [`Lease`](super::Lease) |
//! | `q` | the newest audit row: its number `n`, hash `h`, day `d`, and the days `k` that it is kept |
//! | `z` | closed contracts are in the second item |
//!
//! A reader keeps fields of the document that it does not know, but not those of its parts. So a change that adds a field
//! to a part, and must survive an older reader, raises the version: a document of a higher version is not read.

mod form;

use std::collections::BTreeMap;

use serde::Deserialize;

use self::form::{
    Stored, StoredContract, StoredEnd, StoredHire, StoredStamp, access, stored_access,
};
use super::trainer::Trainer;
use super::{ContractEnd, ContractKey, Hire};
use crate::model::ids::TrainerId;

/// The version that this bridge writes.
const VERSION: u32 = 1;

/// Why a document cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum DocumentError {
    /// It is not JSON of the expected shape.
    #[error("{0}")]
    Malformed(#[from] serde_json::Error),
    /// A later version of the bridge wrote it.
    #[error("it has version {0}, and this bridge reads up to {VERSION}: update the bridge")]
    Newer(u32),
}

/// Reads a document.
pub(super) fn decode(trainer: &TrainerId, text: &str) -> Result<Trainer, DocumentError> {
    #[derive(Deserialize)]
    struct Version {
        v: u32,
    }
    let Version { v } = serde_json::from_str(text)?;
    if v > VERSION {
        return Err(DocumentError::Newer(v));
    }
    let stored: Stored = serde_json::from_str(text)?;
    let mut document = Trainer {
        member: stored.m.into(),
        access: stored.a.into_iter().map(access).collect(),
        due: stored.d,
        lease: stored.l,
        audit: stored.q,
        has_closed: stored.z,
        unknown: stored.unknown,
        ..Trainer::default()
    };
    for contract in stored.c {
        add_contract(&mut document, trainer, contract);
    }
    Ok(document)
}

/// Writes a document.
pub(super) fn encode(document: &Trainer) -> String {
    let stored = Stored {
        v: VERSION,
        c: contracts(document),
        m: document.member.clone().into(),
        a: document.access.values().map(stored_access).collect(),
        d: document.due,
        l: document.lease.clone(),
        q: document.audit.clone(),
        z: document.has_closed,
        unknown: document.unknown.clone(),
    };
    #[allow(
        clippy::expect_used,
        reason = "derived types with string keys always serialise"
    )]
    serde_json::to_string(&stored).expect("a document serialises")
}

fn add_contract(document: &mut Trainer, trainer: &TrainerId, contract: StoredContract) {
    let key = ContractKey {
        connection: contract.n,
        contract: contract.i,
    };
    for hire in contract.h {
        document.hires.push(Hire {
            connection: key.connection.clone(),
            contract: key.contract.clone(),
            link: hire.l,
            trainer: trainer.clone(),
            project: hire.p,
            managed: hire.m,
            start: hire.s.map(|it| it.of(&key.connection)),
            started_at: hire.t,
            unconfirmed: hire.u,
            barred: hire.b,
            first_day: hire.f,
        });
    }
    if let Some(end) = contract.e {
        let end = ContractEnd {
            stamp: end.s.of(&key.connection),
            last_day: end.d,
        };
        document.ends.insert(key, end);
    }
}

fn contracts(document: &Trainer) -> Vec<StoredContract> {
    let mut contracts: BTreeMap<ContractKey, StoredContract> = BTreeMap::new();
    let blank = |key: &ContractKey| StoredContract {
        n: key.connection.clone(),
        i: key.contract.clone(),
        e: None,
        h: Vec::new(),
    };
    for hire in &document.hires {
        let key = hire.key();
        let contract = contracts.entry(key.clone()).or_insert_with(|| blank(&key));
        contract.h.push(StoredHire {
            l: hire.link.clone(),
            p: hire.project.clone(),
            m: hire.managed,
            s: hire.start.as_ref().map(StoredStamp::from),
            f: hire.first_day,
            u: hire.unconfirmed,
            b: hire.barred,
            t: hire.started_at,
        });
    }
    for (key, end) in &document.ends {
        let contract = contracts.entry(key.clone()).or_insert_with(|| blank(key));
        contract.e = Some(StoredEnd {
            s: StoredStamp::from(&end.stamp),
            d: end.last_day,
        });
    }
    contracts.into_values().collect()
}
