//! The parts of a stored document with their short field names, and their conversion.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::ledger::audit::Head;
use crate::ledger::member::{KnownEmail, Member};
use crate::ledger::trainer::{Due, Lease};
use crate::ledger::{Access, AccessState, Earlier, Source, Stamp};
use crate::model::ConnectionName;
use crate::model::failure::Trouble;
use crate::model::ids::{ContractId, InstallId, LinkId, MemberId, ProjectId};
use crate::model::invitation::Invitation;
use crate::model::person::Email;
use crate::tool::Proof;

#[derive(Serialize, Deserialize)]
pub(super) struct Stored {
    pub(super) v: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) c: Vec<StoredContract>,
    #[serde(default)]
    pub(super) m: StoredMember,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) a: Vec<StoredAccess>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) d: Option<Due>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) l: Option<Lease>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) q: Option<Head>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) z: bool,
    #[serde(flatten)]
    pub(super) unknown: Map<String, Value>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct StoredContract {
    pub(super) n: ConnectionName,
    pub(super) i: ContractId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) e: Option<StoredEnd>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) h: Vec<StoredHire>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct StoredEnd {
    #[serde(flatten)]
    pub(super) s: StoredStamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) d: Option<Date>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct StoredHire {
    pub(super) l: LinkId,
    pub(super) p: ProjectId,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) m: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) s: Option<StoredStamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) f: Option<Date>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) u: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) b: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) t: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct StoredStamp {
    pub(super) o: Source,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) k: Option<InstallId>,
    pub(super) m: Timestamp,
}

#[derive(Default, Serialize, Deserialize)]
pub(super) struct StoredMember {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) a: Vec<MemberId>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) o: BTreeMap<MemberId, BTreeSet<ConnectionName>>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) e: BTreeMap<ConnectionName, KnownEmail>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) n: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) c: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) u: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) t: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct StoredAccess {
    pub(super) p: ProjectId,
    pub(super) s: AccessState,
    pub(super) t: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) x: Option<Trouble>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) i: Option<Invitation>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) n: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) g: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) e: Option<Email>,
    #[serde(default, skip_serializing_if = "crate::model::is_default")]
    pub(super) k: u8,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) b: bool,
    #[serde(default, skip_serializing_if = "Earlier::is_no")]
    pub(super) w: Earlier,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) o: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) r: Option<Proof>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) y: bool,
}

impl StoredStamp {
    pub(super) fn of(self, connection: &ConnectionName) -> Stamp {
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

pub(super) fn access(stored: StoredAccess) -> (ProjectId, Access) {
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

pub(super) fn stored_access(access: &Access) -> StoredAccess {
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
