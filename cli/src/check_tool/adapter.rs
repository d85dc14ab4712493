//! Rules for every tool, through its adapter: what the bridge itself calls.

use jiff::tz::TimeZone;
use shared::model::clock::{Clock, SystemClock};
use shared::model::ids::{ContractId, ProjectId, TrainerId};
use shared::model::person::Email;
use shared::tool::{
    AnnotationTool, Ask, Capabilities, Granted, Membership, Notice, NoticeLevel, Person, Removed,
    ToolError, Window,
};

use super::report::{Report, Rule};

/// An id that no trainer at OpenTrain has.
pub(super) const TRAINER: &str = "opentrain-bridge-check";

/// An id that no project has, also in tools whose ids are numbers.
pub(super) const NO_PROJECT: &str = "999999999";

const PROJECT: Rule = Rule {
    name: "project-is-read",
    fix: "check the project's id, the base URL and the token's rights",
};
const UNKNOWN_PROJECT: Rule = Rule {
    name: "unknown-project-is-named",
    fix: "answer 404 with JSON for a project that does not exist",
};
const GRANT: Rule = Rule {
    name: "grant-gives-access",
    fix: "add the member, and answer with its id and status",
};
const READ_BACK: Rule = Rule {
    name: "access-is-read-back",
    fix: "show the member right after it was added: the bridge reads each change back",
};
const REPEAT: Rule = Rule {
    name: "grant-can-be-repeated",
    fix: "answer a repeated request with the same member: the bridge repeats calls after a time-out",
};
const CHANGE: Rule = Rule {
    name: "email-can-change",
    fix: "change the known member's address instead of adding another member",
};
const TOTALS: Rule = Rule {
    name: "totals-are-read",
    fix: "answer with one row per trainer and UTC day, each complete",
};
const NOTICE: Rule = Rule {
    name: "notice-is-shown-and-cleared",
    fix: "accept a notice, a repeated one, and clearing it twice; or answer 501 if there is no place for it",
};
const REMOVE: Rule = Rule {
    name: "removal-is-proven",
    fix: "after the removal, show that the member is gone: an unproven removal is retried until an operator settles it",
};
const GONE: Rule = Rule {
    name: "removed-member-is-absent",
    fix: "no longer show the removed member",
};
const REMOVE_AGAIN: Rule = Rule {
    name: "removal-can-be-repeated",
    fix: "accept the removal of a member who is gone: the bridge repeats calls after a time-out",
};
const RETURN: Rule = Rule {
    name: "removed-member-can-return",
    fix: "accept a member who was removed before: trainers are hired again",
};

/// A tool, a project in it, and the person who is added.
pub(super) struct Adapter<'a> {
    pub(super) tool: &'a dyn AnnotationTool,
    pub(super) project: ProjectId,
    pub(super) email: Email,
}

impl Adapter<'_> {
    /// Checks all rules. Returns whether the project can be read: then the test person may be a member.
    pub(super) async fn check(&self, report: &mut Report) -> Result<bool, ToolError> {
        let capabilities = self.tool.capabilities().await?;
        let project = self.tool.project(&self.project).await;
        let project = project.map(|it| format!("{} ({})", it.id, it.name));
        if !report.add(&PROJECT, project.map_err(text)) {
            return Ok(false);
        }
        report.add(&UNKNOWN_PROJECT, self.unknown_project().await);
        match self.grant(&self.email).await {
            Ok(granted) => {
                report.add(&GRANT, Ok(describe(&granted)));
                self.member(report, capabilities, &granted).await;
            }
            Err(error) => {
                report.add(&GRANT, Err(text(error)));
                for rule in [&READ_BACK, &REPEAT, &CHANGE] {
                    report.skip(rule, "there is no member");
                }
            }
        }
        report.add(&TOTALS, self.totals().await);
        self.notice(report).await;
        self.removal(report).await;
        Ok(true)
    }

    /// Whether the project can be read, so that test members may be in it.
    pub(super) async fn is_readable(&self) -> bool {
        self.tool.project(&self.project).await.is_ok()
    }

    /// Removes the test person.
    pub(super) async fn clean_up(&self) -> Result<(), String> {
        match self.tool.remove(&self.project, &self.membership()).await {
            Ok(Removed::Proven(_)) => Ok(()),
            Ok(Removed::NotFound(why) | Removed::Unconfirmed(why)) => Err(why),
            Err(error) => Err(text(error)),
        }
    }

    async fn unknown_project(&self) -> Result<String, String> {
        match self.tool.project(&ProjectId::from(NO_PROJECT)).await {
            Err(ToolError::NoProject { reason }) => Ok(reason),
            Err(error) => Err(text(error)),
            Ok(_) => Err(format!(
                "project {NO_PROJECT} is shown, and should not exist"
            )),
        }
    }

    async fn grant(&self, email: &Email) -> Result<Granted, ToolError> {
        let person = Person {
            trainer: TrainerId::from(TRAINER),
            email: email.clone(),
            display_name: Some("Test of the bridge".to_owned()),
            country: None,
            profile_url: None,
            accounts: Vec::new(),
            returns: false,
        };
        self.tool.grant(&self.project, &person).await
    }

    async fn member(&self, report: &mut Report, capabilities: Capabilities, first: &Granted) {
        let access = self.tool.access(&self.project, &self.membership()).await;
        let seen = match access {
            Ok(Some(granted)) => same(first, &granted),
            Ok(None) => Err("the tool does not show the member".to_owned()),
            Err(error) => Err(text(error)),
        };
        report.add(&READ_BACK, seen);
        let repeated = self.grant(&self.email).await.map_err(text);
        report.add(&REPEAT, repeated.and_then(|granted| same(first, &granted)));
        if !capabilities.updates_email {
            return report.skip(&CHANGE, "this adapter changes no addresses");
        }
        report.add(&CHANGE, self.change(first).await);
    }

    /// Changes the address. The answer and a later read must name the same member as before.
    async fn change(&self, first: &Granted) -> Result<String, String> {
        let changed = self.grant(&self.changed_email()).await.map_err(text)?;
        same(first, &changed)?;
        let read = self.tool.access(&self.project, &self.membership()).await;
        let read = read.map_err(text)?;
        let read = read.ok_or("the tool no longer shows the member after the change")?;
        same(first, &read)?;
        Ok(format!("{}, read back", describe(&read)))
    }

    async fn totals(&self) -> Result<String, String> {
        let to = SystemClock.now().to_zoned(TimeZone::UTC).date();
        let from = to.checked_sub(jiff::ToSpan::days(6)).unwrap_or(to);
        let window = Window { from, to };
        let totals = self.tool.totals(&self.project, &Ask::of(window)).await;
        let Some(totals) = totals.map_err(text)? else {
            return Ok("the tool measures nothing".to_owned());
        };
        if let Some(fault) = totals.days.unreadable().lines().next() {
            return Err(fault.to_string());
        }
        let days = totals.days.readable();
        match days.iter().find(|day| !window.holds(day.work_date)) {
            Some(day) => Err(format!("{} is outside {from} to {to}", day.work_date)),
            None => Ok(format!("{} rows from {from} to {to}", days.len())),
        }
    }

    async fn notice(&self, report: &mut Report) {
        match self.show_and_clear().await {
            Ok(true) => {
                report.add(&NOTICE, Ok("shown twice, cleared twice".to_owned()));
            }
            Ok(false) => report.skip(&NOTICE, "the tool has no place for a notice"),
            Err(error) => {
                report.add(&NOTICE, Err(text(error)));
            }
        }
    }

    /// Returns whether the tool has a place for a notice.
    async fn show_and_clear(&self) -> Result<bool, ToolError> {
        let notice = Notice {
            level: NoticeLevel::Warning,
            text: "Test of the bridge".to_owned(),
            url: "https://example.com/".to_owned(),
            contract_ids: vec![ContractId::from(TRAINER)],
        };
        for _ in 0..2 {
            if !self.tool.show_notice(&self.project, &notice).await? {
                return Ok(false);
            }
        }
        for _ in 0..2 {
            self.tool.clear_notice(&self.project).await?;
        }
        Ok(true)
    }

    async fn removal(&self, report: &mut Report) {
        report.add(&REMOVE, self.remove().await);
        let access = self.tool.access(&self.project, &self.membership()).await;
        let gone = match access {
            Ok(None) => Ok("absent".to_owned()),
            Ok(Some(granted)) => Err(describe(&granted)),
            Err(error) => Err(text(error)),
        };
        report.add(&GONE, gone);
        report.add(&REMOVE_AGAIN, self.remove().await);
        let returned = self.grant(&self.email).await.map(|it| describe(&it));
        report.add(&RETURN, returned.map_err(text));
    }

    async fn remove(&self) -> Result<String, String> {
        self.clean_up().await.map(|()| "proven".to_owned())
    }

    fn membership(&self) -> Membership {
        Membership {
            trainer: TrainerId::from(TRAINER),
            accounts: Vec::new(),
            emails: vec![self.email.clone(), self.changed_email()],
            let_in: true,
            witnessed: true,
            keeps: Vec::new(),
        }
    }

    fn changed_email(&self) -> Email {
        let changed = self.email.expose().replacen('@', "-2@", 1);
        Email::parse(&changed).unwrap_or_else(|| self.email.clone())
    }
}

fn same(first: &Granted, second: &Granted) -> Result<String, String> {
    match first.member == second.member {
        true => Ok(describe(second)),
        false => Err("it is another member than before".to_owned()),
    }
}

fn describe(granted: &Granted) -> String {
    use shared::tool::MembershipStatus::{Active, Invited, Unclaimed};
    let standing = match granted.status {
        Active => "active",
        Invited(_) => "invited",
        Unclaimed(_) => "has an account to hand over",
    };
    match &granted.member {
        Some(member) => format!("member {member}, {standing}"),
        None => standing.to_owned(),
    }
}

pub(super) fn text(error: impl ToString) -> String {
    error.to_string()
}
