//! The organisation and its members.

use jiff::Timestamp;
use reqwest::{Method, StatusCode};
use serde::Deserialize;

use super::LabelStudio;
use super::call::read;
use crate::outcome::{Failed, unreadable};
use shared::model::ids::{MemberId, TrainerId};
use shared::model::json::{Element, Listing, Sought, UnreadableElements};
use shared::model::lenient;
use shared::model::person::Email;
use shared::tool::{Member as Listed, Membership, ToolError};

/// Number of members per page.
const PAGE: usize = 200;

/// Maximum number of pages, in case the list never ends.
const MAX_PAGES: usize = 1_000;

/// Value in place of a soft-deleted member's e-mail. Their account still exists.
const MASK: &str = "Deleted";

/// The token's owner.
#[derive(Deserialize)]
pub(super) struct Whoami {
    #[serde(deserialize_with = "lenient::whole")]
    pub(super) id: u64,
    #[serde(default, deserialize_with = "lenient::optional_whole")]
    active_organization: Option<u64>,
}

#[derive(Deserialize)]
struct Organization {
    #[serde(default, deserialize_with = "lenient::optional_whole")]
    created_by: Option<u64>,
}

#[derive(Deserialize)]
struct Members {
    next: Option<String>,
    results: Listing<Member>,
}

impl Element for Member {
    const KIND: &'static str = "member";
    const ID: &'static [&'static str] = &["/user/id"];
}

/// One row of the organisation's members.
#[derive(Deserialize)]
pub(super) struct Member {
    /// The membership's own id.
    #[serde(deserialize_with = "lenient::whole")]
    pub(super) id: u64,
    pub(super) user: User,
}

/// An account, as members see it.
#[derive(Deserialize)]
pub(super) struct User {
    #[serde(deserialize_with = "lenient::whole")]
    pub(super) id: u64,
    #[serde(default, deserialize_with = "lenient::exact")]
    email: String,
    /// Time of creation. Accepting an invitation creates the account.
    #[serde(default, deserialize_with = "lenient::text")]
    date_joined: Option<String>,
}

/// State of an account in the organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seat {
    /// A member.
    Taken(MemberId),
    /// A member whose address has other upper and lower case than ours.
    OtherCase(MemberId),
    /// A soft-deleted member: the account exists, and is masked.
    Deleted(MemberId),
    /// There is no such account.
    Free,
}

impl Seat {
    /// The account, if it exists.
    pub(super) fn member(&self) -> Option<&MemberId> {
        match self {
            Self::Taken(id) | Self::OtherCase(id) | Self::Deleted(id) => Some(id),
            Self::Free => None,
        }
    }
}

/// States of a person's accounts.
#[derive(Debug, Default)]
pub(super) struct Seats {
    /// The accounts that are known to the bridge, newest first, then those with one of the addresses.
    pub(super) found: Vec<Seat>,
    /// The accounts in `found` that were not known to the bridge.
    pub(super) new: Vec<New>,
    /// Unreadable members. One of them may be an account of the person.
    pub(super) unreadable: UnreadableElements,
    /// Accounts or members that could not be looked up.
    pub(super) failed: Failed,
}

/// An account that was found by its address.
#[derive(Debug)]
pub(super) struct New {
    pub(super) id: MemberId,
    /// Time of creation.
    pub(super) joined: Option<Timestamp>,
    /// The address.
    pub(super) by: Email,
}

impl Seats {
    /// Whether the account was not known to the bridge.
    pub(super) fn is_new(&self, id: &MemberId) -> bool {
        self.new.iter().any(|new| new.id == *id)
    }
}

impl User {
    fn joined(&self) -> Option<Timestamp> {
        self.date_joined.as_ref()?.parse().ok()
    }

    fn seat(&self, email: Option<&Email>) -> Seat {
        let id = MemberId::new(self.id.to_string());
        match email {
            _ if self.email == MASK => Seat::Deleted(id),
            Some(email) if self.email != email.expose() && same(&self.email, email) => {
                Seat::OtherCase(id)
            }
            _ => Seat::Taken(id),
        }
    }
}

/// Compares addresses. Ours are in lower case.
fn same(theirs: &str, ours: &Email) -> bool {
    theirs.trim().to_lowercase() == ours.expose()
}

impl LabelStudio {
    pub(super) async fn whoami(&self) -> Result<Whoami, ToolError> {
        self.get(self.path(&["api", "current-user", "whoami"])?)
            .await
    }

    /// The organisation of the token.
    pub(super) async fn organization(&self) -> Result<u64, ToolError> {
        let whoami = self.whoami().await?;
        whoami.active_organization.ok_or_else(homeless)
    }

    /// Whether the token's owner created the organisation. No other account can remove members.
    pub(super) async fn is_creator(&self) -> Result<bool, ToolError> {
        let whoami = self.whoami().await?;
        let organization = whoami.active_organization.ok_or_else(homeless)?;
        let url = self.path(&["api", "organizations", &organization.to_string()])?;
        let organization: Organization = self.get(url).await?;
        Ok(organization.created_by == Some(whoami.id))
    }

    /// The seats of all of the person's accounts, and of the accounts with one of the person's addresses, unless they
    /// are another trainer's in the ledger. Accounts that do not exist are omitted.
    pub(super) async fn seats(&self, person: &Membership) -> Result<Seats, ToolError> {
        let mut seats = self.some_seats(person).await?;
        std::mem::take(&mut seats.failed).result()?;
        Ok(seats)
    }

    /// The seats that can be looked up.
    pub(super) async fn some_seats(&self, person: &Membership) -> Result<Seats, ToolError> {
        let mut seats = Seats::default();
        for id in &person.accounts {
            match seats.failed.note(self.seat_of(id).await) {
                Some(Seat::Free) | None => {}
                Some(seat) => seats.found.push(seat),
            }
        }
        if person.emails.is_empty() {
            return Ok(seats);
        }
        let mut named = Vec::new();
        let look = |member: &Member| {
            let mut emails = person.emails.iter();
            if let Some(email) = emails.find(|email| same(&member.user.email, email)) {
                let (seat, joined) = (member.user.seat(Some(email)), member.user.joined());
                named.push((seat, joined, email.clone()));
            }
            false
        };
        let listed = seats.failed.note(self.each_member(look).await);
        seats.unreadable = listed.unwrap_or_default();
        // The exact spelling first.
        named.sort_by_key(|(seat, ..)| !matches!(seat, Seat::Taken(_)));
        for (seat, joined, by) in named {
            let Some(id) = seat.member().cloned() else {
                continue;
            };
            let is_known = seats.found.iter().any(|it| it.member() == Some(&id));
            if !is_known && !self.is_anothers(&id, &person.trainer).await? {
                seats.new.push(New { id, joined, by });
                seats.found.push(seat);
            }
        }
        Ok(seats)
    }

    async fn is_anothers(&self, id: &MemberId, trainer: &TrainerId) -> Result<bool, ToolError> {
        let owner = self.memory.owner(id).await?;
        Ok(owner.is_some_and(|owner| owner != *trainer))
    }

    /// All members of the organisation except removed ones.
    pub(super) async fn listed(&self) -> Result<Listing<Listed>, ToolError> {
        let mut listed = Vec::new();
        let look = |member: &Member| {
            if member.user.email != MASK {
                listed.push(Listed {
                    account: Some(MemberId::new(member.user.id.to_string())),
                    email: Email::parse(&member.user.email),
                    invited: false,
                });
            }
            false
        };
        let unreadable = self.each_member(look).await?;
        Ok(Listing::new(listed, unreadable))
    }

    /// State of an account, by its id. A soft-deleted member can't be found in another way.
    pub(super) async fn seat_of(&self, member: &MemberId) -> Result<Seat, ToolError> {
        let url = self.folder(&["api", "users", member.as_str()])?;
        let answer = self.call(Method::GET, url, None).await?;
        match answer.status {
            StatusCode::NOT_FOUND if answer.is_json() => Ok(Seat::Free),
            status if status.is_success() => Ok(read::<User>(&answer)?.seat(None)),
            _ => Err(self.refused(&answer, &[])),
        }
    }

    /// The membership's own id, by the account's.
    pub(super) async fn membership(&self, member: &MemberId) -> Result<Sought<u64>, ToolError> {
        let mut found = None;
        let look = |it: &Member| {
            if it.user.id.to_string() == member.as_str() {
                found = Some(it.id);
            }
            found.is_some()
        };
        let unreadable = self.each_member(look).await?;
        Ok(Sought::of(found, unreadable))
    }

    /// Passes each member to `look`, until it returns true. Returns the unreadable members of the pages read.
    async fn each_member(
        &self,
        mut look: impl FnMut(&Member) -> bool,
    ) -> Result<UnreadableElements, ToolError> {
        let mut left_out = UnreadableElements::default();
        let organization = self.organization().await?.to_string();
        for page in 1..=MAX_PAGES {
            let mut url = self.path(&["api", "organizations", &organization, "memberships"])?;
            url.query_pairs_mut()
                .append_pair("page", &page.to_string())
                .append_pair("page_size", &PAGE.to_string());
            let members: Members = self.get(url).await?;
            let (results, odd) = members.results.into_parts();
            left_out.extend(odd);
            if results.iter().any(&mut look) || members.next.is_none() {
                return Ok(left_out);
            }
        }
        Err(unreadable(format!(
            "there are more than {MAX_PAGES} pages of members"
        )))
    }
}

fn homeless() -> ToolError {
    super::super::outcome::operator(
        "the owner of TOOL_API_TOKEN is in no organisation of Label Studio: set it to a token of the organisation's \
         creator",
    )
}
