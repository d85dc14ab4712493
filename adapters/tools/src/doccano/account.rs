//! Accounts. The user name is the work e-mail in lower case, because doccano's API shows no e-mails.

use rand::RngExt;
use rand::distr::Alphanumeric;
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Doccano;
use super::call::body;
use super::project::DoccanoProject;
use crate::outcome::{operator, unproven, wrong};
use shared::model::ids::{MemberId, TrainerId};
use shared::model::json::{Element, Listing, Sought};
use shared::model::lenient;
use shared::model::person::Email;
use shared::tool::{Account, MembershipStatus, Person, ToolError};

/// Length of a random password, which is not stored.
const PASSWORD: usize = 48;

/// Name of the list of accounts, for messages.
const USERS: &str = "users";

/// A user. Not `Debug`: the user name is an address.
#[derive(Clone, Deserialize)]
pub(super) struct User {
    #[serde(deserialize_with = "lenient::whole")]
    pub(super) id: i64,
    #[serde(deserialize_with = "lenient::exact")]
    pub(super) username: String,
    /// Superusers have access to every project without a membership.
    #[serde(default, deserialize_with = "lenient::default_if_null")]
    pub(super) is_superuser: bool,
}

impl Element for User {
    const KIND: &'static str = "user";
}

impl User {
    pub(super) fn is(&self, email: &Email) -> bool {
        self.username.to_lowercase() == email.expose()
    }

    /// The account's id in the ledger.
    pub(super) fn account(&self) -> MemberId {
        MemberId::new(self.id.to_string())
    }
}

impl Doccano {
    /// The person's account: one that the person had through the bridge, otherwise the one with the person's e-mail,
    /// otherwise a new one. An account that is another trainer's in the ledger is refused.
    pub(super) async fn user_of(&self, person: &Person) -> Result<User, ToolError> {
        if let Some(known) = self.known_user(&person.accounts).await? {
            return Ok(known);
        }
        let user = match self.find_user(&person.email).await? {
            Some(user) => user,
            None => self.new_user(person).await?,
        };
        let account = user.account();
        let owner = self.memory.own(&account, &person.trainer).await;
        match owner? == person.trainer {
            true => Ok(user),
            false => Err(another_trainers(&account)),
        }
    }

    /// The newest of these accounts that still exists.
    async fn known_user(&self, accounts: &[MemberId]) -> Result<Option<User>, ToolError> {
        if accounts.is_empty() {
            return Ok(None);
        }
        let (users, unreadable) = self.users().await?.into_parts();
        let with_id = |id: &MemberId| users.iter().find(|user| user.account() == *id);
        let known = accounts.iter().find_map(with_id).cloned();
        let sought = Sought::of(known, unreadable).proven();
        sought.map_err(|odd| unproven(USERS, &odd))
    }

    /// `GET /v1/users`, all users.
    pub(super) async fn users(&self) -> Result<Listing<User>, ToolError> {
        self.get(&["users"], &[]).await
    }

    /// Whether the account is another trainer's in the ledger.
    pub(super) async fn is_anothers(
        &self,
        account: &MemberId,
        trainer: &TrainerId,
    ) -> Result<bool, ToolError> {
        let owner = self.memory.owner(account).await?;
        Ok(owner.is_some_and(|owner| owner != *trainer))
    }

    async fn new_user(&self, person: &Person) -> Result<User, ToolError> {
        let made_at = self.clock.now();
        let new = |account: Option<MemberId>| Account {
            made_at,
            account,
            claimed: false,
            by: Some(person.email.digest()),
        };
        let memory = &self.memory;
        let noted = memory.note_account(&person.trainer, &new(None)).await;
        noted?;
        let user = self.make_user(&person.email).await?;
        let made = new(Some(user.account()));
        let noted = memory.note_account(&person.trainer, &made).await;
        noted?;
        Ok(user)
    }

    /// `GET /v1/users?q=…`. The search matches parts of names and ignores unknown parameters, so only an exact match
    /// counts.
    async fn find_user(&self, email: &Email) -> Result<Option<User>, ToolError> {
        let listed: Listing<User> = self.get(&["users"], &[("q", email.expose())]).await?;
        let (mut found, unreadable) = listed.into_parts();
        found.retain(|user| user.is(email));
        // The spelling that the bridge uses comes first.
        found.sort_by_key(|user| user.username != email.expose());
        let sought = Sought::of(found.into_iter().next(), unreadable).proven();
        sought.map_err(|odd| unproven(USERS, &odd))
    }

    /// `POST /v1/users/create`. doccano requires a password: a random one is sent and not stored.
    async fn make_user(&self, email: &Email) -> Result<User, ToolError> {
        let password: String = rand::rng()
            .sample_iter(Alphanumeric)
            .take(PASSWORD)
            .map(char::from)
            .collect();
        let wish = json!({
            "username": email.expose(),
            "email": email.expose(),
            "password1": password,
            "password2": password,
        });
        let answer = self
            .call(Method::POST, &["users", "create"], &[], Some(&wish))
            .await?;
        match answer.status {
            status if status.is_success() => body(&answer),
            StatusCode::BAD_REQUEST => {
                let told: Value = body(&answer)?;
                match self.find_user(email).await? {
                    // Another process was faster, or an answer was lost.
                    Some(user) => Ok(user),
                    None => Err(not_made(&told)),
                }
            }
            _ => Err(self.refused(&answer, &[email.expose(), &password])),
        }
    }

    /// Whether a member can log in. doccano does not show whether the owner knows the account's password, but finished
    /// work proves it.
    pub(super) async fn status(
        &self,
        project: &DoccanoProject,
        trainer: &TrainerId,
        user: i64,
    ) -> Result<MembershipStatus, ToolError> {
        let mut known = self.memory.accounts(trainer).await?;
        let id = MemberId::new(user.to_string());
        // A record without an account's id may belong to this account, unless another record has its id.
        known.sort_by_key(|it| it.account.is_none());
        let is_it = |it: &Account| it.account.as_ref().is_none_or(|own| *own == id);
        let known = known.into_iter().find(is_it);
        let waits = |it: &Account| it.is_unclaimed(&id) && !self.options.sign_on;
        let Some(account) = known.filter(waits) else {
            return Ok(MembershipStatus::Active);
        };
        let claimed = self.has_worked(project, user).await;
        let seen = Account {
            account: Some(id),
            claimed,
            ..account
        };
        let noted = self.memory.note_account(trainer, &seen).await;
        noted?;
        if claimed {
            return Ok(MembershipStatus::Active);
        }
        Ok(MembershipStatus::Unclaimed(format!(
            "the account was made with a password that is not known to anyone: set one at \
             {}/admin/auth/user/{user}/password/ and hand it over, or put single sign-on in front and set \
             TOOL_ACCOUNT_MODE=create; it counts as access with the first work done",
            self.http.base()
        )))
    }

    /// A remark for the operator about a grant to this account.
    pub(super) fn note(&self, user: &User, returns: bool) -> Option<String> {
        let page = format!("{}/admin/auth/user/{}/change/", self.http.base(), user.id);
        if user.is_superuser {
            return Some(format!(
                "{} at {page} before the contract ends",
                superuser(user)
            ));
        }
        returns.then(|| {
            format!(
                "account {} was removed before, and doccano's API does not show whether it is deactivated: if it is, \
                 activate it at {page}",
                user.id
            )
        })
    }
}

/// Start of the text about a superuser, whose access a removal can't end. The caller adds the place where the right is
/// removed.
pub(super) fn superuser(user: &User) -> String {
    format!(
        "account {} is a superuser of doccano and has access to every project without being a member: remove that right",
        user.id
    )
}

fn another_trainers(account: &MemberId) -> ToolError {
    operator(format!(
        "account {account} has this work e-mail as its user name, and it is another trainer's account: rename it at \
         /admin/auth/user/{account}/change/, then `bridge reconcile`"
    ))
}

/// Reason why an account was not created. It contains only names of fields, because doccano's texts may quote the
/// person.
fn not_made(told: &Value) -> ToolError {
    if told.get("email").is_some() && told.get("username").is_none() {
        return wrong(
            "an account in doccano has this e-mail under another user name, which its API can't show: rename them to \
             their e-mail in lower case at /admin/auth/user/, then `bridge reconcile`",
        );
    }
    let fields: Vec<_> = told
        .as_object()
        .into_iter()
        .flat_map(|it| it.keys())
        .filter(|key| {
            ["username", "email", "password1", "non_field_errors"].contains(&key.as_str())
        })
        .map(String::as_str)
        .collect();
    wrong(format!(
        "doccano refuses an account with this e-mail as its user name (it objects to: {}): make one by hand at \
         /admin/auth/user/add/, then `bridge reconcile`",
        fields.join(", ")
    ))
}
