//! People's accounts. The user name is the work e-mail in lower case: doccano's API shows no e-mails.

use rand::RngExt;
use rand::distr::Alphanumeric;
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Doccano;
use super::call::{body, no_memory};
use super::project::DoccanoProject;
use crate::http::{Element, Listing, Sought};
use crate::ids::TrainerId;
use crate::ledger::Account;
use crate::lenient;
use crate::person::Email;
use crate::tool::outcome::{unproven, wrong};
use crate::tool::{Person, Standing, ToolError};

/// How long a password is that nobody is told.
const PASSWORD: usize = 48;

/// A user.
#[derive(Deserialize)]
pub(super) struct User {
    #[serde(deserialize_with = "lenient::whole")]
    pub(super) id: i64,
    #[serde(deserialize_with = "lenient::exact")]
    pub(super) username: String,
}

impl Element for User {
    const KIND: &'static str = "user";
}

impl User {
    fn is(&self, email: &Email) -> bool {
        self.username.to_lowercase() == email.expose()
    }
}

impl Doccano {
    /// The person's user id; an account is made where there is none.
    pub(super) async fn user_id(&self, person: &Person) -> Result<i64, ToolError> {
        if let Some(known) = self.find_user(&person.email).await? {
            return Ok(known.id);
        }
        let account = Account {
            made_at: self.clock.now(),
            claimed: false,
        };
        self.memory
            .note_account(&person.trainer, &account)
            .await
            .map_err(no_memory)?;
        self.make_user(&person.email).await
    }

    /// `GET /v1/users?q=…`. The search looks for parts of names and ignores what it doesn't know: only a
    /// whole match counts.
    async fn find_user(&self, email: &Email) -> Result<Option<User>, ToolError> {
        let listed: Listing<User> = self.get(&["users"], &[("q", email.expose())]).await?;
        let (mut found, unreadable) = listed.into_parts();
        found.retain(|user| user.is(email));
        // Of two spellings the one that we would have made.
        found.sort_by_key(|user| user.username != email.expose());
        let sought = Sought::of(found.into_iter().next(), unreadable).proven();
        sought.map_err(|odd| unproven("users", &odd))
    }

    /// `POST /v1/users/create`. doccano asks for a password; it is drawn, sent and forgotten.
    async fn make_user(&self, email: &Email) -> Result<i64, ToolError> {
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
            status if status.is_success() => body::<User>(&answer).map(|user| user.id),
            StatusCode::BAD_REQUEST => {
                let told: Value = body(&answer)?;
                match self.find_user(email).await? {
                    // Somebody was faster, or an answer of ours got lost.
                    Some(user) => Ok(user.id),
                    None => Err(not_made(&told)),
                }
            }
            _ => Err(self.refused(&answer, &[email.expose(), &password])),
        }
    }

    /// Whether somebody who has a membership can get in. doccano doesn't tell who has a password that they
    /// know; work that they did does.
    pub(super) async fn standing(
        &self,
        project: &DoccanoProject,
        trainer: &TrainerId,
        user: i64,
    ) -> Result<Standing, ToolError> {
        let account = self.memory.account(trainer).await.map_err(no_memory)?;
        let Some(account) = account.filter(|account| !account.claimed && !self.options.sign_on)
        else {
            return Ok(Standing::Active);
        };
        if self.has_worked(project, user).await {
            let claimed = Account {
                claimed: true,
                ..account
            };
            self.memory
                .note_account(trainer, &claimed)
                .await
                .map_err(no_memory)?;
            return Ok(Standing::Active);
        }
        Ok(Standing::Unclaimed(format!(
            "the account was made, and nobody knows its password: set one at {}/admin/auth/user/{user}/password/ and hand \
             it over, or put single sign-on in front and set TOOL_ACCOUNT_MODE=create; it counts as access with the \
             first work done",
            self.http.base()
        )))
    }
}

/// Why an account was not made: by the names of the fields, since the texts may quote the person.
fn not_made(told: &Value) -> ToolError {
    if told.get("email").is_some() && told.get("username").is_none() {
        return wrong(
            "somebody in doccano has this e-mail under another user name, which its API can't show: rename them to \
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
        "doccano takes no account with this e-mail as its user name (it objects to: {}): make one by hand at \
         /admin/auth/user/add/, then `bridge reconcile`",
        fields.join(", ")
    ))
}
