//! The annotation tool: what is in it, and how one process reaches it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use jiff::civil::Date;
use shared::model::ids::{MemberId, ProjectId, TrainerId};
use shared::model::json::Listing;
use shared::tool::{
    Accounts, AnnotationTool, Ask, Capabilities, DayTotal, Granted, Member, Membership,
    MembershipStatus, Notice, Person, Project, Proof, Readding, Removal, Removed, Scope,
    TimeSource, ToolError, Totals, Worker,
};

use crate::hub::lock;
use crate::life::{Failed, Life};
use crate::weather::Site;

/// An account.
pub(crate) struct Account {
    pub(crate) email: String,
    /// Whose it is.
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
    pub(crate) has_list: bool,
    pub(crate) updates_email: bool,
}

/// The tool.
#[derive(Default)]
pub(crate) struct Floor(Mutex<Content>);

impl Floor {
    pub(crate) fn content(&self) -> MutexGuard<'_, Content> {
        lock(&self.0)
    }
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

    /// The accounts of a person, by what the bridge knows of them.
    fn accounts_of(&self, ids: &[MemberId], emails: &[String]) -> Vec<String> {
        let own = self.accounts.iter().filter(|(id, account)| {
            ids.iter().any(|own| own.as_str() == *id) || emails.contains(&account.email)
        });
        own.map(|(id, _)| id.clone()).collect()
    }

    fn grant(&mut self, project: &str, person: &Person) -> Result<Granted, ToolError> {
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

    fn remove(&mut self, project: &str, member: &Membership) -> Removed {
        if self.deleted.contains(project) {
            return Removed::Proven(Proof::ProjectDeleted);
        }
        if member.is_unknown() {
            return Removed::Proven(Proof::NeverThere);
        }
        for id in self.accounts_of(&member.accounts, &emails(member)) {
            let place = (project.to_owned(), id);
            if self.members.remove(&place) {
                let trainer = member.trainer.as_str().to_owned();
                self.touched.insert((place.0, trainer));
            }
        }
        Removed::Proven(Proof::Account)
    }

    fn seen(&self, project: &str, member: &Membership) -> Result<Option<Granted>, ToolError> {
        self.known(project)?;
        let own = self.accounts_of(&member.accounts, &emails(member));
        let mut own = own
            .into_iter()
            .filter(|id| self.members.contains(&(project.to_owned(), id.clone())));
        let id = own.next();
        Ok(id.map(|id| Granted::new(Some(MemberId::new(id)), MembershipStatus::Active)))
    }

    fn list(&self, project: &str) -> Result<Option<Listing<Member>>, ToolError> {
        self.known(project)?;
        if !self.has_list {
            return Ok(None);
        }
        let own = self.members.iter().filter(|(own, _)| own == project);
        let members = own.map(|(_, id)| Member {
            account: Some(MemberId::new(id.clone())),
            email: shared::model::person::Email::parse(&self.accounts[id].email),
            invited: false,
        });
        Ok(Some(members.collect::<Vec<_>>().into()))
    }

    fn totals(
        &self,
        project: &str,
        ask: &Ask,
        now: jiff::Timestamp,
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

    fn known(&self, project: &str) -> Result<(), ToolError> {
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

/// The tool as one process reaches it.
pub(crate) struct MemoryTool {
    pub(crate) floor: Arc<Floor>,
    pub(crate) life: Arc<Life>,
}

fn down(_: Failed) -> ToolError {
    ToolError::Transient {
        reason: "the tool is down".into(),
        after: None,
    }
}

impl MemoryTool {
    async fn call<T>(
        &self,
        name: &str,
        effect: impl FnOnce(&mut Content) -> T,
    ) -> Result<T, ToolError> {
        let work = || effect(&mut self.floor.content());
        self.life.call(Site::Tool, name, work).await.map_err(down)
    }

    /// The tool answers something that is not so.
    fn lies(&self, name: &str) -> bool {
        let hub = self.life.hub();
        let lies = hub.strikes(|weather| weather.lies);
        if lies {
            hub.note(|| format!("the tool lies to {name}"));
        }
        lies
    }
}

#[async_trait]
impl AnnotationTool for MemoryTool {
    async fn capabilities(&self) -> Result<Capabilities, ToolError> {
        Ok(Capabilities {
            scope: Scope::Project,
            accounts: Accounts::Created,
            removal: Removal::Full,
            readding: Readding::Api,
            time: TimeSource::Platform,
            updates_email: self.floor.content().updates_email,
        })
    }

    async fn project(&self, project: &ProjectId) -> Result<Project, ToolError> {
        self.call("project", |content| content.known(project.as_str()))
            .await??;
        Ok(Project {
            id: project.clone(),
            name: "A project".into(),
            url: None,
        })
    }

    async fn grant(&self, project: &ProjectId, person: &Person) -> Result<Granted, ToolError> {
        let hub = self.life.hub();
        self.call("grant", |content| {
            hub.note(|| {
                format!(
                    "process {} grants {project} to {}",
                    self.life.id, person.trainer
                )
            });
            content.grant(project.as_str(), person)
        })
        .await?
    }

    async fn remove(&self, project: &ProjectId, member: &Membership) -> Result<Removed, ToolError> {
        if self.lies("a removal") {
            return Ok(Removed::NotFound("a proxy answers 404".into()));
        }
        let hub = self.life.hub();
        self.call("remove", |content| {
            hub.note(|| {
                format!(
                    "process {} removes {} from {project}",
                    self.life.id, member.trainer
                )
            });
            content.remove(project.as_str(), member)
        })
        .await
    }

    async fn access(
        &self,
        project: &ProjectId,
        member: &Membership,
    ) -> Result<Option<Granted>, ToolError> {
        if self.lies("a look") {
            return Ok(None);
        }
        self.call("access", |content| content.seen(project.as_str(), member))
            .await?
    }

    async fn members(&self, project: &ProjectId) -> Result<Option<Listing<Member>>, ToolError> {
        if self.floor.content().has_list && self.lies("a list") {
            return Ok(Some(Vec::new().into()));
        }
        self.call("members", |content| content.list(project.as_str()))
            .await?
    }

    async fn totals(&self, project: &ProjectId, ask: &Ask) -> Result<Option<Totals>, ToolError> {
        let now = shared::model::clock::Clock::now(self.life.as_ref());
        if self.lies("a reading") {
            return Ok(Some(Totals::of(now, Vec::new().into())));
        }
        let read = |content: &mut Content| content.totals(project.as_str(), ask, now);
        self.call("totals", read).await?
    }

    async fn show_notice(&self, _: &ProjectId, _: &Notice) -> Result<bool, ToolError> {
        self.call("show notice", |_| true).await
    }

    async fn clear_notice(&self, _: &ProjectId) -> Result<bool, ToolError> {
        self.call("clear notice", |_| true).await
    }
}
