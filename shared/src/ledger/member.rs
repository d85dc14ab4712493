//! The person behind a trainer.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

use crate::model::ConnectionName;
use crate::model::ids::MemberId;
use crate::model::person::Email;

/// The trainer's personal data that granting access needs. `Debug` shows only the tool's ids.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Member {
    /// The tool's ids of all accounts that the person had through the bridge, newest last.
    pub accounts: Vec<MemberId>,
    /// The connections by whose addresses each account was found or made. An account is used only for their
    /// organisation. Accounts that an earlier version recorded have no entry.
    pub through: BTreeMap<MemberId, BTreeSet<ConnectionName>>,
    /// The work e-mail that each connection sent; erased when access is gone.
    pub emails: BTreeMap<ConnectionName, KnownEmail>,
    /// The masked name.
    pub display_name: Option<String>,
    /// ISO country code.
    pub country: Option<String>,
    /// The public profile at OpenTrain.
    pub profile_url: Option<String>,
    /// Time of the event that contained name, country and profile. Without these three: the time of their erasure.
    pub as_of: Option<Timestamp>,
}

/// A work e-mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownEmail {
    /// The address.
    #[serde(rename = "e")]
    pub email: Email,
    /// Time of the event, or of the API request, that the address came from.
    #[serde(rename = "t")]
    pub as_of: Timestamp,
    /// Other addresses by which access may have been granted, such as those in end events and in calls whose answer is
    /// not known. Only removals use them.
    #[serde(
        rename = "x",
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "one_or_many"
    )]
    pub others: Vec<Email>,
}

impl KnownEmail {
    /// A work e-mail that was stated as current.
    pub fn new(email: Email, as_of: Timestamp) -> Self {
        Self {
            email,
            as_of,
            others: Vec::new(),
        }
    }

    /// Replaces the address by one that was stated later. The old address is kept for removals if `may_be_used`.
    pub fn replace(&mut self, email: Email, as_of: Timestamp, may_be_used: bool) {
        self.as_of = as_of;
        let old = std::mem::replace(&mut self.email, email);
        if may_be_used {
            self.keep(old);
        }
    }

    /// Adds another address for removals.
    pub fn keep(&mut self, email: Email) {
        if self.addresses().all(|known| *known != email) {
            self.others.push(email);
        }
    }

    /// Every address that is known, the current one first.
    pub fn addresses(&self) -> impl Iterator<Item = &Email> {
        std::iter::once(&self.email).chain(&self.others)
    }
}

/// Earlier versions wrote one address.
fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Email>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Form {
        One(Email),
        Many(Vec<Email>),
    }
    Ok(match Form::deserialize(deserializer)? {
        Form::One(email) => vec![email],
        Form::Many(emails) => emails,
    })
}

impl Member {
    /// Time at which name, country and profile were erased; `None` if they are known again, or never were erased.
    pub fn erased_at(&self) -> Option<Timestamp> {
        let particulars = [&self.display_name, &self.country, &self.profile_url];
        let is_empty = particulars.into_iter().all(Option::is_none);
        self.as_of.filter(|_| is_empty)
    }

    /// Without personal data, erased at `at`. The tool's ids of accounts stay: a later removal needs them.
    pub(crate) fn erase(&mut self, at: Timestamp) {
        *self = Self {
            accounts: std::mem::take(&mut self.accounts),
            through: std::mem::take(&mut self.through),
            as_of: Some(at),
            ..Self::default()
        };
    }

    /// The tool's id of the account in use.
    pub fn account(&self) -> Option<&MemberId> {
        self.accounts.last()
    }

    /// The work e-mails of the connections for which `may_be_used` holds, newest first, followed by the addresses that
    /// only removals use. An address is used only for the organisation that sent it.
    pub fn addresses(&self, may_be_used: impl Fn(&ConnectionName) -> bool) -> Vec<Email> {
        let usable = self.emails.iter().filter(|(name, _)| may_be_used(name));
        let mut known: Vec<_> = usable.map(|(_, known)| known).collect();
        known.sort_by_key(|it| std::cmp::Reverse(it.as_of));
        let mut addresses: Vec<Email> = Vec::new();
        let current = known.iter().map(|it| &it.email);
        for email in current.chain(known.iter().flat_map(|it| &it.others)) {
            if !addresses.contains(email) {
                addresses.push(email.clone());
            }
        }
        addresses
    }

    /// Records the account in use and the connections that it is used for. Earlier accounts are kept.
    pub fn use_account(
        &mut self,
        account: &MemberId,
        through: impl IntoIterator<Item = ConnectionName>,
    ) {
        let mut through = through.into_iter().peekable();
        if through.peek().is_some() {
            let known = self.through.entry(account.clone()).or_default();
            known.extend(through);
        }
        if self.account() != Some(account) {
            self.accounts.retain(|known| known != account);
            self.accounts.push(account.clone());
        }
    }
}

impl fmt::Debug for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Member({:?}, …)", self.accounts)
    }
}
