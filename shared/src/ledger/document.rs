//! The stored form of a trainer's document: one item of at most 1 KB for one hire, so field names are short.
//!
//! | field | content |
//! |---|---|
//! | `v` | version of the form |
//! | `c` | contracts: connection `n`, id `i`, end `e` with last day `d`, hires `h` |
//! | `c.h` | link `l`, project `p`, managed `m`, start `s` at `t`, first day `f`, unconfirmed `u`, barred `b` |
//! | `m` | the person: accounts `a`, their connections `o`, e-mails `e`, name `n`, country `c`, profile `u`, as of `t` |
//! | `a` | access: project `p`, state `s`, since `t`, trouble `x`, invitation `i`, not found since `n`, digest of the e-mail `g`, invited e-mail `e`, looks `k`, by absence `b`, member before `w`, settled because `o`, read back `r`, without an audit row `y` |
//! | `d`, `l` | [`Due`], [`Lease`] |
//! | `q` | the newest audit row: its number `n`, hash `h`, day `d`, and the days `k` that it is kept |
//! | `z` | closed contracts are in the second item |
//!
//! A reader keeps fields of the document that it does not know, but not those of its parts. So a change that adds a field
//! to a part, and must survive an older reader, raises the version: a document of a higher version is not read.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::audit::Head;
use super::trainer::{Due, KnownEmail, Lease, Member, Trainer};
use super::{Access, AccessState, ContractEnd, ContractKey, Earlier, Hire, Source, Stamp};
use crate::model::ConnectionName;
use crate::model::failure::Trouble;
use crate::model::ids::{ContractId, InstallId, LinkId, MemberId, ProjectId, TrainerId};
use crate::model::invitation::Invitation;
use crate::model::person::Email;
use crate::tool::Proof;

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

#[derive(Serialize, Deserialize)]
struct Stored {
    v: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    c: Vec<StoredContract>,
    #[serde(default)]
    m: StoredMember,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    a: Vec<StoredAccess>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    d: Option<Due>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    l: Option<Lease>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    q: Option<Head>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    z: bool,
    #[serde(flatten)]
    unknown: Map<String, Value>,
}

#[derive(Serialize, Deserialize)]
struct StoredContract {
    n: ConnectionName,
    i: ContractId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    e: Option<StoredEnd>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    h: Vec<StoredHire>,
}

#[derive(Serialize, Deserialize)]
struct StoredEnd {
    #[serde(flatten)]
    s: StoredStamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    d: Option<Date>,
}

#[derive(Serialize, Deserialize)]
struct StoredHire {
    l: LinkId,
    p: ProjectId,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    m: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    s: Option<StoredStamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    f: Option<Date>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    u: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    b: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    t: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
struct StoredStamp {
    o: Source,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    k: Option<InstallId>,
    m: Timestamp,
}

#[derive(Default, Serialize, Deserialize)]
struct StoredMember {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    a: Vec<MemberId>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    o: BTreeMap<MemberId, BTreeSet<ConnectionName>>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    e: BTreeMap<ConnectionName, KnownEmail>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    n: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    c: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    u: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    t: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
struct StoredAccess {
    p: ProjectId,
    s: AccessState,
    t: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    x: Option<Trouble>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    i: Option<Invitation>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    n: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    g: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    e: Option<Email>,
    #[serde(default, skip_serializing_if = "crate::model::is_default")]
    k: u8,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    b: bool,
    #[serde(default, skip_serializing_if = "Earlier::is_no")]
    w: Earlier,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    o: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    r: Option<Proof>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    y: bool,
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

impl StoredStamp {
    fn of(self, connection: &ConnectionName) -> Stamp {
        Stamp {
            source: self.o,
            connection: connection.clone(),
            install: self.k,
            merged_at: self.m,
        }
    }
}

impl From<&Stamp> for StoredStamp {
    fn from(stamp: &Stamp) -> Self {
        Self {
            o: stamp.source.clone(),
            k: stamp.install.clone(),
            m: stamp.merged_at,
        }
    }
}

impl From<StoredMember> for Member {
    fn from(stored: StoredMember) -> Self {
        Self {
            accounts: stored.a,
            through: stored.o,
            emails: stored.e,
            display_name: stored.n,
            country: stored.c,
            profile_url: stored.u,
            as_of: stored.t,
        }
    }
}

impl From<Member> for StoredMember {
    fn from(member: Member) -> Self {
        Self {
            a: member.accounts,
            o: member.through,
            e: member.emails,
            n: member.display_name,
            c: member.country,
            u: member.profile_url,
            t: member.as_of,
        }
    }
}

fn access(stored: StoredAccess) -> (ProjectId, Access) {
    let access = Access {
        project: stored.p,
        state: stored.s,
        at: stored.t,
        trouble: stored.x,
        invitation: stored.i,
        not_found_since: stored.n,
        granted_by: stored.g,
        invited: stored.e,
        looks: stored.k,
        by_absence: stored.b,
        earlier: stored.w,
        settled: stored.o,
        proof: stored.r,
        unrecorded: stored.y,
    };
    (access.project.clone(), access)
}

fn stored_access(access: &Access) -> StoredAccess {
    StoredAccess {
        p: access.project.clone(),
        s: access.state,
        t: access.at,
        x: access.trouble.clone(),
        i: access.invitation.clone(),
        n: access.not_found_since,
        g: access.granted_by.clone(),
        e: access.invited.clone(),
        k: access.looks,
        b: access.by_absence,
        w: access.earlier,
        o: access.settled.clone(),
        r: access.proof,
        y: access.unrecorded,
    }
}
