//! Access in Enterprise: members of a project, by the calls that its documentation and its SDK name.
//!
//! An account may be in a project by more than membership: by a workspace, or by its role in the
//! organisation. That is the customer's own doing and is not undone; the person is paused instead, with a
//! reason, so that they can't go on.

use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::outcome::{unproven, unreadable};
use super::{LabelStudio, number};
use crate::http::{Element, Listing};
use crate::ids::{MemberId, ProjectId};
use crate::lenient;
use crate::person::Email;
use crate::tool::{Granted, Membership, Person, Standing, ToolError};

/// What annotators are called.
const ANNOTATOR: &str = "AN";

/// What people read who were paused.
const ENDED: &str = "Contract ended";

#[derive(Deserialize)]
#[serde(bound = "T: Element")]
struct List<T> {
    #[serde(default)]
    next: Option<String>,
    results: Listing<T>,
}

#[derive(Deserialize)]
struct Seat {
    user: Account,
}

#[derive(Deserialize)]
struct Account {
    #[serde(deserialize_with = "lenient::whole")]
    id: u64,
    #[serde(default, deserialize_with = "lenient::exact")]
    email: String,
}

/// Somebody who is in a project, however they came to be.
#[derive(Deserialize)]
struct Worker {
    #[serde(deserialize_with = "lenient::whole")]
    id: u64,
    #[serde(default)]
    implicit_member: Option<bool>,
    #[serde(default)]
    pause: Option<Value>,
}

#[derive(Deserialize)]
struct Pause {
    #[serde(deserialize_with = "lenient::whole")]
    id: u64,
    #[serde(default, deserialize_with = "lenient::text")]
    verbose_reason: Option<String>,
}

impl Element for Seat {
    const KIND: &'static str = "member";
    const ID: &'static [&'static str] = &["/user/id"];
}

impl Element for Worker {
    const KIND: &'static str = "member";
}

impl Element for Pause {
    const KIND: &'static str = "pause";
}

impl Worker {
    fn is_paused(&self) -> bool {
        self.pause.as_ref().is_some_and(|pause| !pause.is_null())
    }
}

impl LabelStudio {
    /// Makes the person a member of the project, or has Label Studio invite them to it.
    pub(super) async fn assign(
        &self,
        project: &ProjectId,
        person: &Person,
    ) -> Result<Granted, ToolError> {
        self.read_project(project).await?;
        let Some(account) = self
            .account(person.accounts.first(), Some(&person.email))
            .await?
        else {
            return self.send_invitation(project, &person.email).await;
        };
        match self.worker(project, &account).await? {
            Some(worker) if worker.is_paused() => self.resume(project, &account).await?,
            Some(_) => {}
            None => self.add_worker(project, &account).await?,
        }
        Ok(Granted::new(Some(account), Standing::Active))
    }

    /// Takes the person out of the project, and reads that back; who stays in it by other ways is paused.
    pub(super) async fn unassign(
        &self,
        project: &ProjectId,
        member: &Membership,
    ) -> Result<(), ToolError> {
        let account = self
            .account(member.accounts.first(), member.emails.first())
            .await?;
        let Some(account) = account else {
            return match (member.emails.first(), member.let_in) {
                (Some(email), true) => self.revoke_invitation(email).await,
                _ => self.read_project(project).await.map(drop),
            };
        };
        self.drop_worker(project, &account).await?;
        match self.worker(project, &account).await? {
            None => Ok(()),
            Some(worker) if worker.is_paused() => Ok(()),
            Some(worker) if worker.implicit_member == Some(true) => {
                self.pause(project, &account).await
            }
            Some(_) => Err(still_in()),
        }
    }

    /// What the person has now.
    pub(super) async fn assignment(
        &self,
        project: &ProjectId,
        member: &Membership,
    ) -> Result<Option<Granted>, ToolError> {
        let account = self
            .account(member.accounts.first(), member.emails.first())
            .await?;
        let Some(account) = account else {
            // Label Studio has sent an invitation, and tells nobody whether it is still good.
            return Ok(member
                .let_in
                .then_some(Granted::new(None, Standing::Invited(None))));
        };
        let worker = self.worker(project, &account).await?;
        Ok(worker
            .filter(|it| !it.is_paused())
            .map(|_| Granted::new(Some(account), Standing::Active)))
    }

    /// The account that we know, else the one with that address. The search may find more than was asked for.
    async fn account(
        &self,
        member: Option<&MemberId>,
        email: Option<&Email>,
    ) -> Result<Option<MemberId>, ToolError> {
        let (None, Some(email)) = (member, email) else {
            return Ok(member.cloned());
        };
        let organization = self.organization().await?.to_string();
        let mut url = self.path(&["api", "organizations", &organization, "memberships"])?;
        url.query_pairs_mut()
            .append_pair("search", email.expose())
            .append_pair("page_size", "100");
        let found: List<Seat> = self.get(url).await?;
        let is_same = |seat: &Seat| seat.user.email.trim().to_lowercase() == email.expose();
        let sought = found.results.find(is_same).proven();
        match sought.map_err(|odd| unproven("accounts with one address", &odd))? {
            Some(seat) => Ok(Some(MemberId::new(seat.user.id.to_string()))),
            None if found.next.is_some() => Err(unreadable(
                "the search for one address finds more than 100 accounts",
            )),
            None => Ok(None),
        }
    }

    async fn worker(
        &self,
        project: &ProjectId,
        account: &MemberId,
    ) -> Result<Option<Worker>, ToolError> {
        let mut url =
            self.folder(&["api", "projects", number(project)?, "members", "paginated"])?;
        url.query_pairs_mut().append_pair("ids", account.as_str());
        let found: List<Worker> = self.get(url).await?;
        let is_theirs = |worker: &Worker| worker.id.to_string() == account.as_str();
        let sought = found.results.find(is_theirs).proven();
        sought.map_err(|odd| unproven("the project's members", &odd))
    }

    async fn add_worker(&self, project: &ProjectId, account: &MemberId) -> Result<(), ToolError> {
        let url = self.folder(&["api", "projects", number(project)?, "members"])?;
        let user: u64 = account
            .as_str()
            .parse()
            .map_err(|_| unreadable("an account's id is no number"))?;
        let answer = self
            .call(Method::POST, url, Some(&json!({ "user": user })))
            .await?;
        if !answer.status.is_success() {
            return Err(self.refused(&answer, &[]));
        }
        match self.worker(project, account).await? {
            Some(_) => Ok(()),
            None => Err(unreadable(
                "not a member after being added: Label Studio said yes and did not do it",
            )),
        }
    }

    async fn drop_worker(&self, project: &ProjectId, account: &MemberId) -> Result<(), ToolError> {
        let mut url = self.folder(&["api", "projects", number(project)?, "members"])?;
        url.query_pairs_mut().append_pair("user", account.as_str());
        let answer = self.call(Method::DELETE, url, None).await?;
        match answer.status {
            StatusCode::NOT_FOUND if answer.is_json() => Ok(()),
            status if status.is_success() => Ok(()),
            _ => Err(self.refused(&answer, &[])),
        }
    }

    fn pauses(
        &self,
        project: &ProjectId,
        account: &MemberId,
        more: &[&str],
    ) -> Result<url::Url, ToolError> {
        let mut path = vec!["api", "projects", number(project)?, "members"];
        path.extend([account.as_str(), "pauses"]);
        path.extend(more);
        self.folder(&path)
    }

    async fn pause(&self, project: &ProjectId, account: &MemberId) -> Result<(), ToolError> {
        let url = self.pauses(project, account, &[])?;
        let body = json!({ "reason": "MANUAL", "verbose_reason": ENDED });
        let answer = self.call(Method::POST, url, Some(&body)).await?;
        if !answer.status.is_success() {
            return Err(self.refused(&answer, &[]));
        }
        match self.worker(project, account).await? {
            Some(worker) if !worker.is_paused() => Err(still_in()),
            _ => Ok(()),
        }
    }

    async fn resume(&self, project: &ProjectId, account: &MemberId) -> Result<(), ToolError> {
        let pauses: Listing<Pause> = self.get(self.pauses(project, account, &[])?).await?;
        // Whom the customer has paused for reasons of their own stays paused.
        let ours = pauses
            .readable()
            .iter()
            .filter(|it| it.verbose_reason.as_deref() == Some(ENDED));
        for pause in ours {
            let url = self.pauses(project, account, &[&pause.id.to_string()])?;
            let answer = self.call(Method::DELETE, url, None).await?;
            if !answer.status.is_success() && answer.status != StatusCode::NOT_FOUND {
                return Err(self.refused(&answer, &[]));
            }
        }
        let whole = pauses.whole().map(drop);
        whole.map_err(|odd| unproven("an account's pauses", &odd))
    }

    async fn send_invitation(
        &self,
        project: &ProjectId,
        email: &Email,
    ) -> Result<Granted, ToolError> {
        let id: u64 = number(project)?.parse().unwrap_or_default();
        let body = json!({ "emails": [email.expose()], "role": ANNOTATOR, "projects": [id] });
        let url = self.path(&["api", "invite", "send-email"])?;
        let answer = self.call(Method::POST, url, Some(&body)).await?;
        match answer.status.is_success() {
            true => Ok(Granted::new(None, Standing::Invited(None))),
            false => Err(self.refused(&answer, &[email.expose()])),
        }
    }

    async fn revoke_invitation(&self, email: &Email) -> Result<(), ToolError> {
        let body = json!({ "email": email.expose() });
        let url = self.path(&["api", "invite", "revoke"])?;
        let answer = self.call(Method::POST, url, Some(&body)).await?;
        match answer.status {
            StatusCode::NOT_FOUND if answer.is_json() => Ok(()),
            status if status.is_success() => Ok(()),
            _ => Err(self.refused(&answer, &[email.expose()])),
        }
    }
}

fn still_in() -> ToolError {
    unreadable("still in the project after the removal: Label Studio said yes and did not do it")
}
