//! Employers, their people, and the registrations of agents.

use std::time::Duration;

use jiff::Timestamp;

use crate::kit::clock::later;

/// Life of an invitation to a team.
const INVITE_LIFE: Duration = Duration::from_secs(7 * 24 * 3600);
/// Life of a claim token.
pub(crate) const CLAIM_TOKEN_LIFE: Duration = Duration::from_secs(24 * 3600);
/// Life of one attempt to claim.
pub(crate) const ATTEMPT_LIFE: Duration = Duration::from_secs(1800);
/// Shortest time between two polls.
pub(crate) const POLL_INTERVAL: Duration = Duration::from_secs(5);

/// A person with an account.
pub(crate) struct User {
    pub(crate) id: String,
    /// `None` until the account is claimed.
    pub(crate) email: Option<String>,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
}

impl User {
    pub(crate) fn full_name(&self) -> Option<String> {
        let names = [self.first_name.as_deref(), self.last_name.as_deref()];
        let names: Vec<&str> = names.into_iter().flatten().collect();
        (!names.is_empty()).then(|| names.join(" "))
    }
}

/// An organisation that posts jobs.
pub(crate) struct Employer {
    pub(crate) organization: String,
    pub(crate) name: String,
    /// The owner's user id.
    pub(crate) owner: String,
    pub(crate) members: Vec<Membership>,
    pub(crate) invites: Vec<TeamInvite>,
    pub(crate) claimed: Option<Timestamp>,
    pub(crate) card_on_file: bool,
    pub(crate) teams_enabled: bool,
    /// Times of publishing, for the daily limit.
    pub(crate) published: Vec<Timestamp>,
}

pub(crate) struct Membership {
    pub(crate) user: String,
    pub(crate) role: &'static str,
    pub(crate) joined: Timestamp,
}

pub(crate) struct TeamInvite {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) created: Timestamp,
    pub(crate) expires: Timestamp,
}

impl Employer {
    pub(crate) fn new(organization: &str, name: &str, owner: &str, now: Timestamp) -> Self {
        Self {
            organization: organization.to_owned(),
            name: name.to_owned(),
            owner: owner.to_owned(),
            members: vec![Membership {
                user: owner.to_owned(),
                role: "OWNER",
                joined: now,
            }],
            invites: Vec::new(),
            claimed: None,
            card_on_file: false,
            teams_enabled: true,
            published: Vec::new(),
        }
    }

    /// Invites an address. A second invitation of an address extends the first.
    pub(crate) fn invite(&mut self, email: &str, now: Timestamp) {
        let expires = later(now, INVITE_LIFE);
        let mut invites = self.invites.iter_mut();
        match invites.find(|own| own.email.eq_ignore_ascii_case(email)) {
            Some(known) => known.expires = expires,
            None => self.invites.push(TeamInvite {
                id: format!("tin_{}", self.invites.len() + 1),
                email: email.to_owned(),
                created: now,
                expires,
            }),
        }
    }

    /// Publications within 24 hours.
    pub(crate) fn publish_limit(&self) -> usize {
        match self.claimed {
            Some(_) => 20,
            None => 3,
        }
    }
}

/// An agent's registration, until its claim is delivered.
pub(crate) struct Registration {
    pub(crate) organization: String,
    pub(crate) claim_token: String,
    pub(crate) expires: Timestamp,
    pub(crate) attempt: Option<Attempt>,
    pub(crate) progress: ClaimProgress,
    pub(crate) last_poll: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClaimProgress {
    Open,
    /// A human confirmed it.
    Confirmed,
    /// The agent has its new token.
    Delivered,
}

/// A running claim: the code that the human types.
pub(crate) struct Attempt {
    pub(crate) user_code: String,
    pub(crate) token: String,
    pub(crate) email: String,
    pub(crate) expires: Timestamp,
}

impl Registration {
    pub(crate) fn is_expired(&self, now: Timestamp) -> bool {
        now >= self.expires
    }

    /// Records a poll. Returns whether it came too soon.
    pub(crate) fn poll(&mut self, now: Timestamp) -> bool {
        let last = self.last_poll.replace(now);
        last.is_some_and(|last| now < later(last, POLL_INTERVAL))
    }
}

/// A name, an `@` and a host with a dot.
pub(crate) fn is_email(text: &str) -> bool {
    let parts = text.split_once('@');
    parts.is_some_and(|(name, host)| {
        let whole = !text.contains(char::is_whitespace) && !host.contains('@');
        whole && !name.is_empty() && host.contains('.') && !host.starts_with('.')
    })
}
