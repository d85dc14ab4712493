//! Answers of annotation tools.

mod outcome;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::date;
use secrecy::SecretString;
use shared::http::{BaseUrl, SetupError, Transport, carried_by};
use shared::model::clock::{Clock, ManualClock};
use shared::model::ids::{ContractId, MemberId, ProjectId};
use shared::model::person::Email;
use shared::tool::{AnnotationTool, Ask, Membership, NoState, Notice, NoticeLevel, Person, Window};
use tools::{
    Cvat, CvatOptions, Doccano, DoccanoOptions, LabelStudio, LabelStudioOptions, RestTool,
};

use crate::run::on;
use outcome::Outcome;
pub(crate) use outcome::fit_the_days;
use wire::Wire;

pub(crate) const TOKEN: &str = "tok-0123456789-secret";
pub(crate) const EMAIL: &str = "wanda.zephyrine@people.example";
pub(crate) const NAME: &str = "Wanda Zephyrine";
pub(crate) const NOW: &str = "2026-06-10T12:00:00Z";

const TIMEOUT: Duration = Duration::from_secs(10);

/// An annotation tool, by its value of `TOOL_KIND`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The members contract.
    Rest,
    /// Label Studio.
    LabelStudio,
    /// doccano.
    Doccano,
    /// CVAT.
    Cvat,
}

/// The first byte chooses the call, the second the adapter's options, the rest are the tool's [answers](wire::Answer).
///
/// An HTML page proves nothing, a removal has no permanent error, totals are of the requested days, and no error quotes
/// the token or a person.
pub(crate) fn tool(kind: Kind, input: &[u8]) -> bool {
    let [call, options, answers @ ..] = input else {
        return false;
    };
    let tool = make(kind, options % 2 == 1).expect("the adapter is made");
    let wire = Arc::new(Wire::of(answers));
    let call = Call::of(*call);
    let work = call.make(tool.as_ref());
    let transport = Arc::clone(&wire) as Arc<dyn Transport>;
    let outcome = on(carried_by(transport, work));
    outcome.check(kind, call, &wire.given());
    outcome.error().is_none()
}

pub(crate) fn make(kind: Kind, is_set: bool) -> Result<Box<dyn AnnotationTool>, SetupError> {
    let base = BaseUrl::parse("http://127.0.0.1:1")?;
    let token = SecretString::from(TOKEN);
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(now()));
    let state = Arc::new(NoState);
    Ok(match kind {
        Kind::Rest => Box::new(RestTool::at(base, &token, TIMEOUT, clock)?),
        Kind::Cvat => {
            let options = CvatOptions {
                organization: "acme".to_owned(),
                emails_verified: is_set,
                notices: true,
            };
            Box::new(Cvat::new(base, &token, TIMEOUT, clock, state, options)?)
        }
        Kind::Doccano => {
            let options = DoccanoOptions {
                sign_on: is_set,
                notices: true,
                ..DoccanoOptions::default()
            };
            Box::new(Doccano::new(base, &token, TIMEOUT, clock, state, options)?)
        }
        Kind::LabelStudio => {
            let options = LabelStudioOptions {
                sign_on: is_set,
                admin: None,
                max_seconds: 3600,
                notices: true,
            };
            Box::new(LabelStudio::new(
                base, &token, TIMEOUT, clock, state, options,
            )?)
        }
    })
}

fn now() -> Timestamp {
    NOW.parse().expect("a moment")
}

pub(crate) fn window() -> Window {
    Window {
        from: date(2026, 6, 8),
        to: date(2026, 6, 10),
    }
}

/// A call of the bridge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    Project,
    Grant,
    Remove,
    Release,
    Access,
    Members,
    Totals,
    ShowNotice,
    ClearNotice,
    Check,
    Capabilities,
}

impl Call {
    const ALL: [Self; 11] = [
        Self::Project,
        Self::Grant,
        Self::Remove,
        Self::Release,
        Self::Access,
        Self::Members,
        Self::Totals,
        Self::ShowNotice,
        Self::ClearNotice,
        Self::Check,
        Self::Capabilities,
    ];

    /// Letters from `a`, so that an input is readable.
    fn of(byte: u8) -> Self {
        Self::ALL[usize::from(byte.wrapping_sub(b'a')) % Self::ALL.len()]
    }

    async fn make(self, tool: &dyn AnnotationTool) -> Outcome {
        let project = ProjectId::from("5");
        let person = person();
        let member = member(&person);
        match self {
            Self::Project => Outcome::Project(tool.project(&project).await),
            Self::Grant => Outcome::Granted(tool.grant(&project, &person).await),
            Self::Remove => Outcome::Removed(tool.remove(&project, &member).await),
            Self::Release => Outcome::Removed(tool.release(&project, &member).await),
            Self::Access => Outcome::Access(tool.access(&project, &member).await),
            Self::Members => Outcome::Members(tool.members(&project).await),
            Self::Totals => Outcome::Totals(tool.totals(&project, &Ask::of(window())).await),
            Self::ShowNotice => Outcome::Notice(tool.show_notice(&project, &notice()).await),
            Self::ClearNotice => Outcome::Notice(tool.clear_notice(&project).await),
            Self::Check => {
                let mut remarks = tool.check().await;
                remarks.extend(tool.check_project(&project).await);
                Outcome::Remarks(remarks)
            }
            Self::Capabilities => Outcome::Capabilities(tool.capabilities().await),
        }
    }
}

fn person() -> Person {
    Person {
        trainer: "usr_1".into(),
        email: Email::parse(EMAIL).expect("an address"),
        display_name: Some(NAME.to_owned()),
        country: Some("DE".to_owned()),
        profile_url: Some("https://opentrain.example/t/wanda-zephyrine".to_owned()),
        accounts: Vec::new(),
        returns: false,
    }
}

fn member(person: &Person) -> Membership {
    Membership {
        accounts: vec![MemberId::new("7")],
        let_in: true,
        ..Membership::of(person)
    }
}

fn notice() -> Notice {
    Notice {
        level: NoticeLevel::Warning,
        text: "80 % of the funded work is consumed.".to_owned(),
        url: "https://opentrain.example/fund".to_owned(),
        contract_ids: vec![ContractId::new("ctr_1")],
    }
}
