//! Access in Enterprise: members of a project, by the calls in its documentation and SDK.
//!
//! An account may also be in a project through a workspace or its role in the organisation. That is the customer's
//! choice, so the bridge does not change it. It pauses the person in the project instead, with a reason.

use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::workers::{List, still_in};
use super::{LabelStudio, number};
use crate::outcome::{Failed, operator, unproven, unreadable};
use shared::model::ids::{MemberId, ProjectId, TrainerId};
use shared::model::json::Element;
use shared::model::lenient;
use shared::model::person::Email;
use shared::tool::{Granted, Membership, MembershipStatus, Person, Proof, Removed, ToolError};

/// The role of annotators.
const ANNOTATOR: &str = "AN";

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

impl Element for Seat {
    const KIND: &'static str = "member";
    const ID: &'static [&'static str] = &["/user/id"];
}

impl LabelStudio {
    /// Makes the person a member of the project, or has Label Studio send an invitation to it.
    pub(super) async fn assign(
        &self,
        project: &ProjectId,
        person: &Person,
    ) -> Result<Granted, ToolError> {
        self.read_project(project).await?;
        let emails = std::slice::from_ref(&person.email);
        let (accounts, failed) = self
            .accounts(&person.trainer, &person.accounts, emails)
            .await?;
        failed.result()?;
        let Some(account) = accounts.into_iter().next() else {
            return self.send_invitation(project, &person.email).await;
        };
        let owner = self.memory.own(&account, &person.trainer).await;
        if owner? != person.trainer {
            return Err(operator(format!(
                "account {account} has this work e-mail and is another trainer's account: correct its address"
            )));
        }
        let mut is_paused = false;
        match self.worker(project, &account).await? {
            Some(worker) if worker.is_paused() => {
                self.resume(project, &account).await?;
                let worker = self.worker(project, &account).await?;
                is_paused = worker.is_some_and(|it| it.is_paused());
            }
            Some(_) => {}
            None => self.add_worker(project, &account).await?,
        }
        let note = is_paused.then(|| {
            format!(
                "account {account} is paused in project {project}, and not by the bridge: it can't work; your team can \
                 resume it on the project's page of members"
            )
        });
        let granted = Granted::new(Some(account), MembershipStatus::Active);
        Ok(Granted { note, ..granted })
    }

    /// Removes the person from the project, and reads that back. A person who is also in it in another way is paused. A
    /// failed step does not stop the others.
    pub(super) async fn unassign(
        &self,
        project: &ProjectId,
        person: &Membership,
    ) -> Result<Removed, ToolError> {
        match self.proven_project(project).await {
            Ok(_) => {}
            Err(ToolError::NoProject { .. }) => {
                return Ok(Removed::Proven(Proof::ProjectDeleted));
            }
            Err(error) => return Err(error),
        }
        if person.is_unknown() {
            return Ok(Removed::Proven(Proof::NeverThere));
        }
        let (mut accounts, mut failed) = self.accounts_of(person).await?;
        let is_invited = accounts.is_empty() && person.let_in;
        if is_invited {
            // Before the second reading, because an invitation may be accepted in between.
            failed.note(self.withdraw(person).await);
            let again = self.accounts_of(person).await?;
            accounts = again.0;
            failed.note(again.1.result());
        }
        for account in &accounts {
            failed.note(self.take_off(project, account).await);
        }
        failed.result()?;
        if is_invited && accounts.is_empty() {
            return Ok(Removed::Proven(Proof::Invitation));
        }
        Ok(Removed::Proven(Proof::Account))
    }

    async fn take_off(&self, project: &ProjectId, account: &MemberId) -> Result<(), ToolError> {
        self.drop_worker(project, account).await?;
        match self.worker(project, account).await? {
            None => Ok(()),
            Some(worker) if worker.is_paused() => Ok(()),
            Some(worker) if worker.implicit_member == Some(true) => {
                self.pause(project, account).await
            }
            Some(_) => Err(still_in()),
        }
    }

    /// The person's current access.
    pub(super) async fn assignment(
        &self,
        project: &ProjectId,
        person: &Membership,
    ) -> Result<Option<Granted>, ToolError> {
        let (accounts, failed) = self.accounts_of(person).await?;
        failed.result()?;
        if accounts.is_empty() {
            // Label Studio has sent an invitation, and does not show whether it is still valid.
            let invited = Granted::new(None, MembershipStatus::Invited(None));
            return Ok(person.let_in.then_some(invited));
        }
        for account in accounts {
            let worker = self.worker(project, &account).await?;
            if worker.is_some_and(|it| !it.is_paused()) {
                return Ok(Some(Granted::new(Some(account), MembershipStatus::Active)));
            }
        }
        Ok(None)
    }

    async fn accounts_of(&self, person: &Membership) -> Result<(Vec<MemberId>, Failed), ToolError> {
        self.accounts(&person.trainer, &person.accounts, &person.emails)
            .await
    }

    /// The accounts that the person had through the bridge, and those with one of the person's addresses, unless they
    /// are another trainer's in the ledger. Also returns the errors of failed look-ups.
    async fn accounts(
        &self,
        trainer: &TrainerId,
        known: &[MemberId],
        emails: &[Email],
    ) -> Result<(Vec<MemberId>, Failed), ToolError> {
        let mut accounts = known.to_vec();
        let mut failed = Failed::default();
        for email in emails {
            let Some(Some(id)) = failed.note(self.account(email).await) else {
                continue;
            };
            let owner = self.memory.owner(&id).await?;
            let is_anothers = owner.is_some_and(|owner| owner != *trainer);
            if !accounts.contains(&id) && !is_anothers {
                accounts.push(id);
            }
        }
        Ok((accounts, failed))
    }

    /// The account with that address. The search may return others.
    async fn account(&self, email: &Email) -> Result<Option<MemberId>, ToolError> {
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

    /// Withdraws the person's invitations. Label Studio can only withdraw all invitations of an address at once. If
    /// live hires in other projects need an invitation, the same address is invited again.
    async fn withdraw(&self, person: &Membership) -> Result<(), ToolError> {
        let mut failed = Failed::default();
        for email in &person.emails {
            if failed.note(self.revoke_invitation(email).await).is_none() {
                continue;
            }
            for kept in person.keeps.iter().filter(|it| it.email == *email) {
                failed.note(self.send_invitation(&kept.project, email).await);
            }
        }
        failed.result()
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
            true => Ok(Granted::new(None, MembershipStatus::Invited(None))),
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
