//! The Django admin: what the API can't do, by the forms that an administrator would fill in.
//!
//! It takes no tokens: a superuser logs in, and every form carries a token against forgery. A form is read,
//! one field of it is changed, and all of it is sent back.

mod form;
mod session;

use std::fmt;
use std::time::Duration;

use self::form::Form;
use self::session::Session;
use super::super::outcome::{operator, unreadable};
use super::Admin;
use crate::http::{BaseUrl, SetupError};
use crate::ids::MemberId;
use crate::tool::ToolError;

/// The admin, as one superuser.
pub(super) struct Door(Session);

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Door(…)")
    }
}

impl Door {
    /// A way in; calls nobody.
    pub(super) fn new(base: &BaseUrl, admin: Admin, timeout: Duration) -> Result<Self, SetupError> {
        Ok(Self(Session::new(base, admin, timeout)?))
    }

    /// Whether the superuser is let in.
    pub(super) async fn prove(&self) -> Result<(), ToolError> {
        self.0.page("admin/users/user/add/").await.map(drop)
    }

    /// Switches an account off: no login, no token, no session of it works any more. Its work stays its own.
    pub(super) async fn deactivate(&self, account: &MemberId) -> Result<(), ToolError> {
        self.switch(account, false).await
    }

    /// Switches an account on again.
    pub(super) async fn activate(&self, account: &MemberId) -> Result<(), ToolError> {
        self.switch(account, true).await
    }

    /// Gives a soft-deleted seat in the organisation back.
    pub(super) async fn reinstate(&self, membership: u64) -> Result<(), ToolError> {
        let path = format!("admin/organizations/organizationmember/{membership}/change/");
        let mut form = self.form(&path, "organizationmember_form").await?;
        let emptied = form.empty("deleted_at_0") & form.empty("deleted_at_1");
        if !emptied {
            return Err(unknown_form());
        }
        self.0.send(&path, &form).await
    }

    async fn switch(&self, account: &MemberId, on: bool) -> Result<(), ToolError> {
        let path = format!("admin/users/user/{account}/change/");
        let mut form = self.user_form(&path).await?;
        if form.ticked("is_active") == Some(on) {
            return Ok(());
        }
        // Whoever runs the server works in the organisation, too. They are never locked out by us.
        let runs_it = ["is_staff", "is_superuser"].map(|right| form.ticked(right) == Some(true));
        if !on && runs_it.contains(&true) {
            return Err(operator(format!(
                "account {account} has rights in Label Studio's admin and is not switched off: take the rights away \
                 or switch it off at /admin/users/user/{account}/change/"
            )));
        }
        if !form.tick("is_active", on) {
            return Err(unknown_form());
        }
        self.0.send(&path, &form).await?;
        match self.user_form(&path).await?.ticked("is_active") == Some(on) {
            true => Ok(()),
            false => Err(unreadable(
                "the admin's form was taken, and the account is as it was",
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

/// A field that isn't known must not be lost by sending the rest back.
fn unknown_form() -> ToolError {
    operator(
        "Label Studio's admin looks different from the one that this bridge knows (1.23), and nothing was changed: do it \
         by hand there, and upgrade the bridge",
    )
}
