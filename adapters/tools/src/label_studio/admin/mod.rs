//! The Django admin: uses its forms for actions that the API can't do.
//!
//! The admin accepts no tokens: a superuser logs in, and every form contains a CSRF token. A form is read, one field is
//! changed, and the whole form is sent back.

mod form;
mod pages;
mod session;

use std::fmt;
use std::time::Duration;

use reqwest::Method;
use serde_json::Value;
use url::Url;

use self::form::Form;
pub(super) use self::pages::Pages;
use self::session::Session;
use super::Admin;
use crate::outcome::{operator, unreadable};
use shared::http::{Answer, BaseUrl, Http, SetupError};
use shared::model::ids::MemberId;
use shared::model::person::Email;
use shared::tool::ToolError;

/// The admin, as one superuser.
pub(super) struct AdminClient(Session);

impl fmt::Debug for AdminClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AdminClient(…)")
    }
}

impl AdminClient {
    /// Creates a client of the admin; makes no call.
    pub(super) fn new(base: &BaseUrl, admin: Admin, timeout: Duration) -> Result<Self, SetupError> {
        Ok(Self(Session::new(base, admin, timeout)?))
    }

    /// Verifies that the superuser can log in.
    pub(super) async fn prove(&self) -> Result<(), ToolError> {
        self.0.page("admin/users/user/add/").await.map(drop)
    }

    /// Makes an API call as the superuser, for when tokens are disabled.
    pub(super) async fn call(
        &self,
        http: &Http,
        method: &Method,
        url: &Url,
        body: Option<&Value>,
    ) -> Result<Answer, ToolError> {
        self.0.call(http, method, url, body).await
    }

    /// The account with that address, with or without a seat.
    pub(super) async fn find(&self, email: &Email) -> Result<Option<MemberId>, ToolError> {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("q", email.expose())
            .finish();
        let page = self.0.page(&format!("admin/users/user/?{query}")).await?;
        // The search also matches parts of addresses and names. The form shows the whole address.
        for account in accounts(&page) {
            let form = self.user_form(&user_page(&account)).await?;
            let own = form.value("email").unwrap_or_default();
            if own.trim().to_lowercase() == email.expose() {
                return Ok(Some(account));
            }
        }
        Ok(None)
    }

    /// Disables an account: login, tokens and sessions stop working. The account keeps its work.
    pub(super) async fn deactivate(&self, account: &MemberId) -> Result<(), ToolError> {
        self.switch(account, false).await.map(drop)
    }

    /// Enables an account. Returns whether it was disabled.
    pub(super) async fn activate(&self, account: &MemberId) -> Result<bool, ToolError> {
        self.switch(account, true).await
    }

    /// Restores a soft-deleted seat in the organisation.
    pub(super) async fn reinstate(&self, membership: u64) -> Result<(), ToolError> {
        let path = format!("admin/organizations/organizationmember/{membership}/change/");
        let mut form = self.form(&path, "organizationmember_form").await?;
        let emptied = form.empty("deleted_at_0") & form.empty("deleted_at_1");
        if !emptied {
            return Err(unknown_form());
        }
        self.0.send(&path, &form).await
    }

    /// Enables or disables an account. Returns whether it changed.
    async fn switch(&self, account: &MemberId, on: bool) -> Result<bool, ToolError> {
        let path = user_page(account);
        let mut form = self.user_form(&path).await?;
        if form.ticked("is_active") == Some(on) {
            return Ok(false);
        }
        // An administrator may be hired, too. The bridge never disables an administrator.
        let runs_it = ["is_staff", "is_superuser"].map(|right| form.ticked(right) == Some(true));
        if !on && runs_it.contains(&true) {
            return Err(operator(format!(
                "account {account} has rights in Label Studio's admin and is not disabled: remove the rights or disable it \
                 at /admin/users/user/{account}/change/"
            )));
        }
        if !form.tick("is_active", on) {
            return Err(unknown_form());
        }
        self.0.send(&path, &form).await?;
        match self.user_form(&path).await?.ticked("is_active") == Some(on) {
            true => Ok(true),
            false => Err(unreadable(
                "the admin accepted the form but did not change the account",
            )),
        }
    }

    async fn user_form(&self, path: &str) -> Result<Form, ToolError> {
        let form = self.form(path, "user_form").await?;
        let whole = ["is_active", "is_staff", "is_superuser"].map(|right| form.ticked(right));
        match whole.iter().all(Option::is_some) && form.value("email").is_some() {
            true => Ok(form),
            false => Err(unknown_form()),
        }
    }

    async fn form(&self, path: &str, id: &str) -> Result<Form, ToolError> {
        let page = self.0.page(path).await?;
        Form::find(&page, id).ok_or_else(unknown_form)
    }
}

fn user_page(account: &MemberId) -> String {
    format!("admin/users/user/{account}/change/")
}

/// Maximum number of accounts that one search may find. Few accounts contain one address.
const MOST_FOUND: usize = 20;

/// The accounts on a page of the admin.
fn accounts(page: &str) -> Vec<MemberId> {
    let mut accounts = Vec::new();
    for rest in page.split("/admin/users/user/").skip(1) {
        let Some((id, _)) = rest.split_once("/change/") else {
            continue;
        };
        let id = MemberId::new(id);
        let is_number = id.as_str().bytes().all(|b| b.is_ascii_digit());
        if is_number && !id.as_str().is_empty() && !accounts.contains(&id) {
            accounts.push(id);
        }
    }
    accounts.truncate(MOST_FOUND);
    accounts
}

/// The error for a form that differs from the known one. Its unknown fields could be lost when it is sent back.
fn unknown_form() -> ToolError {
    operator(
        "Label Studio's admin differs from the supported version (1.23), and nothing was changed: make the change \
         there by hand, and upgrade the bridge",
    )
}
