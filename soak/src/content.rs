//! The content of the annotation tool.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use shared::model::ids::{MemberId, TrainerId};
use shared::model::json::Listing;
use shared::model::person::Email;
use shared::tool::{
    Ask, DayTotal, Granted, Member, Membership, MembershipStatus, Person, Proof, Removed,
    ToolError, Totals, Worker,
};

/// An account.
pub(crate) struct Account {
    pub(crate) email: String,
    /// The account's owner.
    pub(crate) trainer: String,
}

/// The content of the tool.
#[derive(Default)]
pub(crate) struct Content {
    pub(crate) accounts: BTreeMap<String, Account>,
    /// Project and account.
    pub(crate) members: BTreeSet<(String, String)>,
    /// Seconds by project, trainer and day.
    pub(crate) work: BTreeMap<(String, String, Date), i64>,
    /// Projects that were deleted.
    pub(crate) deleted: BTreeSet<String>,
    /// Every change of access so far: project and trainer.
    pub(crate) touched: BTreeSet<(String, String)>,
    /// Number of false "not found" answers to removals, by project and trainer.
    pub(crate) denied: BTreeMap<(String, String), usize>,
    pub(crate) has_list: bool,
    pub(crate) updates_email: bool,
    /// The tool knows the trainer of each account, as with the members contract.
    pub(crate) knows_trainers: bool,
}

impl Content {
    /// Project and trainer of everyone with access.
    pub(crate) fn access(&self) -> BTreeSet<(String, String)> {
        let members = self.members.iter();
        let members = members.filter_map(|(project, account)| {
            let trainer = self.accounts.get(account)?.trainer.clone();
            Some((project.clone(), trainer))
        });
        members
            .filter(|(project, _)| !self.deleted.contains(project))
            .collect()
    }

    /// The accounts with one of these ids or e-mails.
    fn accounts_of(&self, ids: &[MemberId], emails: &[String]) -> Vec<String> {
        let own = self.accounts.iter().filter(|(id, account)| {
            ids.iter().any(|own| own.as_str() == *id) || emails.contains(&account.email)
        });
        own.map(|(id, _)| id.clone()).collect()
    }

    fn accounts_of_member(&self, member: &Membership) -> Vec<String> {
        let mut own = self.accounts_of(&member.accounts, &emails(member));
        if self.knows_trainers {
            let all = self.accounts.iter();
            let by_trainer = all.filter(|(_, it)| it.trainer == member.trainer.as_str());
            own.extend(by_trainer.map(|(id, _)| id.clone()));
        }
        own
    }

    pub(crate) fn grant(&mut self, project: &str, person: &Person) -> Result<Granted, ToolError> {
        self.known(project)?;
        let email = person.email.expose().to_owned();
        let mut own = self.accounts_of(&person.accounts, std::slice::from_ref(&email));
        let by_email = |id: &String| self.accounts[id].email == email;
        own.sort_by_key(|id| !by_email(id));
        let id = match own.into_iter().next() {
            Some(id) if self.updates_email || by_email(&id) => id,
            _ => format!("acc{}", self.accounts.len()),
        };
        let trainer = person.trainer.as_str().to_owned();
        self.touched.insert((project.to_owned(), trainer.clone()));
        self.accounts.insert(id.clone(), Account { email, trainer });
        self.members.insert((project.to_owned(), id.clone()));
        Ok(Granted::new(
            Some(MemberId::new(id)),
            MembershipStatus::Active,
        ))
    }

    pub(crate) fn remove(&mut self, project: &str, member: &Membership) -> Removed {
        if self.deleted.contains(project) {
            return Removed::Proven(Proof::ProjectDeleted);
        }
        let has_names = !member.accounts.is_empty() || !member.emails.is_empty();
        match (self.knows_trainers || has_names, member.let_in) {
            (true, _) => {}
            (false, false) => return Removed::Proven(Proof::NeverThere),
            (false, true) => return Removed::Unconfirmed("no account and no address".into()),
        }
        for id in self.accounts_of_member(member) {
            let place = (project.to_owned(), id);
            if self.members.remove(&place) {
                let trainer = member.trainer.as_str().to_owned();
                self.touched.insert((place.0, trainer));
            }
        }
        Removed::Proven(Proof::Account)
    }

    pub(crate) fn seen(
        &self,
        project: &str,
        member: &Membership,
    ) -> Result<Option<Granted>, ToolError> {
        self.known(project)?;
        let own = self.accounts_of_member(member);
        let mut own = own
            .into_iter()
            .filter(|id| self.members.contains(&(project.to_owned(), id.clone())));
        let id = own.next();
        Ok(id.map(|id| Granted::new(Some(MemberId::new(id)), MembershipStatus::Active)))
    }

    pub(crate) fn list(&self, project: &str) -> Result<Option<Listing<Member>>, ToolError> {
        self.known(project)?;
        if !self.has_list {
            return Ok(None);
        }
        let own = self.members.iter().filter(|(own, _)| own == project);
        let members = own.map(|(_, id)| Member {
            account: Some(MemberId::new(id.clone())),
            email: Email::parse(&self.accounts[id].email),
            invited: false,
        });
        Ok(Some(members.collect::<Vec<_>>().into()))
    }

    pub(crate) fn totals(
        &self,
        project: &str,
        ask: &Ask,
        now: Timestamp,
    ) -> Result<Option<Totals>, ToolError> {
        self.known(project)?;
        let own = self
            .work
            .iter()
            .filter(|((own, _, day), _)| own == project && ask.window.holds(*day));
        let days = own.map(|((_, trainer, day), seconds)| DayTotal {
            worker: Worker::Trainer(TrainerId::new(trainer.clone())),
            work_date: *day,
            total_seconds: Some(*seconds),
            tasks_completed: None,
            labels_completed: None,
            disputed: 0,
            in_part: false,
        });
        Ok(Some(Totals::of(now, days.collect::<Vec<_>>().into())))
    }

    pub(crate) fn known(&self, project: &str) -> Result<(), ToolError> {
        match self.deleted.contains(project) {
            true => Err(ToolError::NoProject {
                reason: "no such project".into(),
            }),
            false => Ok(()),
        }
    }
}

fn emails(member: &Membership) -> Vec<String> {
    member
        .emails
        .iter()
        .map(|email| email.expose().to_owned())
        .collect()
}
