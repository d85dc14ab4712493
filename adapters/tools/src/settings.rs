//! Settings of the annotation tool, and its adapter.

use std::sync::Arc;

use secrecy::SecretString;

use crate::{
    Admin, Cvat, CvatOptions, Doccano, DoccanoOptions, DoccanoRole, LabelStudio,
    LabelStudioOptions, RestTool,
};
use shared::app::ToolSettings;
use shared::config::setting::{
    BRIDGE_JOB_WORKERS, BRIDGE_PROVISIONERS, MAX_SECONDS_PER_ANNOTATION, TOOL_ACCOUNT_MODE,
    TOOL_ADMIN_EMAIL, TOOL_ADMIN_PASSWORD, TOOL_ALLOW_HTTP, TOOL_API_TOKEN, TOOL_BASE_URL,
    TOOL_EMAILS_VERIFIED, TOOL_KIND, TOOL_MAX_CALLS_PER_SECOND, TOOL_NOTICES, TOOL_ORG, TOOL_ROLE,
};
use shared::config::{Reader, Setting, reached, token};
use shared::http::{BaseUrl, BaseUrlError, PlainHttp, SetupError, TIMEOUT};
use shared::model::clock::Clock;
use shared::model::person::Email;
use shared::tool::{AdapterState, AnnotationTool, Paced};

/// Reads the settings of the tool. Returns `None` after a fault, which the reader has recorded.
pub fn settings(settings: &mut Reader<'_>) -> Option<Box<dyn ToolSettings>> {
    Some(Box::new(Settings::read(settings)?))
}

/// Kind, address and credentials of the annotation tool.
#[derive(Debug, Clone)]
struct Settings {
    kind: ToolKind,
    base_url: BaseUrl,
    token: SecretString,
    /// This process's share of `TOOL_MAX_CALLS_PER_SECOND`.
    most_calls: Option<f64>,
}

#[derive(Debug, Clone)]
enum ToolKind {
    Rest,
    Cvat(CvatOptions),
    LabelStudio(LabelStudioOptions),
    Doccano(DoccanoOptions),
}

/// Values of `TOOL_KIND`.
#[derive(Debug, Clone, Copy)]
enum Word {
    Rest,
    Cvat,
    LabelStudio,
    Doccano,
}

impl Settings {
    fn read(settings: &mut Reader<'_>) -> Option<Self> {
        let words = [
            ("rest", Word::Rest),
            ("label-studio", Word::LabelStudio),
            ("doccano", Word::Doccano),
            ("cvat", Word::Cvat),
        ];
        let kind = settings.one_of(&TOOL_KIND, &words).and_then(|word| {
            Some(match word {
                Word::Rest => ToolKind::Rest,
                Word::Cvat => ToolKind::Cvat(cvat(settings)?),
                Word::LabelStudio => ToolKind::LabelStudio(label_studio(settings)?),
                Word::Doccano => ToolKind::Doccano(doccano(settings)?),
            })
        });
        let base_url = base_url(settings);
        let token = settings.parsed(&TOOL_API_TOKEN, token);
        let most_calls = most_calls(settings);
        Some(Self {
            kind: kind?,
            base_url: base_url?,
            token: token?,
            most_calls: most_calls?,
        })
    }
}

impl ToolSettings for Settings {
    fn base_url(&self) -> &BaseUrl {
        &self.base_url
    }

    fn connect(
        self: Box<Self>,
        clock: Arc<dyn Clock>,
        memory: Arc<dyn AdapterState>,
    ) -> Result<Arc<dyn AnnotationTool>, SetupError> {
        let (base, token) = (self.base_url, &self.token);
        let (time, memories) = (Arc::clone(&clock), Arc::clone(&memory));
        let most = self.most_calls;
        Ok(match self.kind {
            ToolKind::Rest => {
                let tool = RestTool::at(base, token, TIMEOUT, time)?;
                Arc::new(Paced::new(tool, most, memory, clock))
            }
            ToolKind::Cvat(options) => {
                let tool = Cvat::new(base, token, TIMEOUT, time, memories, options)?;
                Arc::new(Paced::new(tool, most, memory, clock))
            }
            ToolKind::LabelStudio(options) => {
                let tool = LabelStudio::new(base, token, TIMEOUT, time, memories, options)?;
                Arc::new(Paced::new(tool, most, memory, clock))
            }
            ToolKind::Doccano(options) => {
                let tool = Doccano::new(base, token, TIMEOUT, time, memories, options)?;
                Arc::new(Paced::new(tool, most, memory, clock))
            }
        })
    }
}

/// The limit of calls per second, shared equally among the processes that may call at once.
fn most_calls(settings: &mut Reader<'_>) -> Option<Option<f64>> {
    let most = settings.optional(&TOOL_MAX_CALLS_PER_SECOND, |text| {
        let most = text.parse().ok();
        most.filter(|it: &f64| (0.1..=10_000.0).contains(it))
            .ok_or_else(|| {
                let cure = "set it to a number from 0.1 to 10000, or leave it out";
                ("it is no number of calls".to_owned(), cure.to_owned())
            })
    })?;
    let provisioners = count(settings, &BRIDGE_PROVISIONERS)?;
    let workers = count(settings, &BRIDGE_JOB_WORKERS)?;
    // Reports of usage have workers, and so do reconciles.
    let of_jobs = workers.map_or(2.0, |it| 2.0 * it);
    let processes = provisioners.map_or(1.0, |it| it + of_jobs);
    Some(most.map(|it| it / processes))
}

/// Number of processes of a kind that may run at the same time; `None` if the setting is missing.
fn count(settings: &mut Reader<'_>, setting: &'static Setting) -> Option<Option<f64>> {
    let count = settings.optional(setting, |text| {
        let cure = "set it to the number of processes that may run at once";
        text.parse::<u16>()
            .map_err(|_| ("it is no number".to_owned(), cure.to_owned()))
    })?;
    Some(count.map(f64::from))
}

fn base_url(settings: &mut Reader<'_>) -> Option<BaseUrl> {
    let plain = [("0", PlainHttp::Loopback), ("1", PlainHttp::Private)];
    let plain = settings.one_of(&TOOL_ALLOW_HTTP, &plain);
    let base = settings.parsed(&TOOL_BASE_URL, |text| {
        let plain = plain.unwrap_or(PlainHttp::Loopback);
        BaseUrl::parse_allowing(text, plain).map_err(|error| {
            let could = BaseUrl::parse_allowing(text, PlainHttp::Private).is_ok();
            let fix = match error {
                BaseUrlError::InTheClear(_) if could => format!(
                    "{error}. In a private network that you trust, TOOL_ALLOW_HTTP=1 allows it"
                ),
                _ => error.to_string(),
            };
            ("it can't be used".to_owned(), fix)
        })
    });
    plain?;
    reached(base, settings)
}

fn doccano(settings: &mut Reader<'_>) -> Option<DoccanoOptions> {
    let roles = [DoccanoRole::Annotator, DoccanoRole::Approver].map(|role| (role.name(), role));
    let role = settings.one_of(&TOOL_ROLE, &roles);
    let (sign_on, notices) = (sign_on(settings), notices(settings));
    Some(DoccanoOptions {
        role: role?,
        sign_on: sign_on?,
        notices: notices?,
    })
}

fn cvat(settings: &mut Reader<'_>) -> Option<CvatOptions> {
    let organization = settings.parsed(&TOOL_ORG, |text| match text {
        "" => Err((
            "it is not set".to_owned(),
            "set it to the organisation's short name, as in its address in CVAT".to_owned(),
        )),
        name => Ok(name.to_owned()),
    });
    let verified = settings.one_of(&TOOL_EMAILS_VERIFIED, &[("0", false), ("1", true)]);
    let notices = notices(settings);
    Some(CvatOptions {
        organization: organization?,
        emails_verified: verified?,
        notices: notices?,
    })
}

fn label_studio(settings: &mut Reader<'_>) -> Option<LabelStudioOptions> {
    let admin = admin(settings);
    let (sign_on, notices) = (sign_on(settings), notices(settings));
    let max_seconds = settings.parsed(&MAX_SECONDS_PER_ANNOTATION, seconds);
    Some(LabelStudioOptions {
        admin: admin?,
        sign_on: sign_on?,
        notices: notices?,
        max_seconds: max_seconds?,
    })
}

/// Whether single sign-on is in front of the tool.
fn sign_on(settings: &mut Reader<'_>) -> Option<bool> {
    settings.one_of(&TOOL_ACCOUNT_MODE, &[("invite", false), ("create", true)])
}

/// Whether budget notices are shown in the tool's instructions.
fn notices(settings: &mut Reader<'_>) -> Option<bool> {
    settings.one_of(&TOOL_NOTICES, &[("off", false), ("instructions", true)])
}

/// Reads the two settings, of which both or none have to be set.
fn admin(settings: &mut Reader<'_>) -> Option<Option<Admin>> {
    let email = settings.optional(&TOOL_ADMIN_EMAIL, |text| {
        let cure = "set it to a superuser's e-mail address";
        Email::parse(text).ok_or_else(|| ("it is no e-mail address".into(), cure.into()))
    })?;
    let password = settings.optional(&TOOL_ADMIN_PASSWORD, |text| Ok(SecretString::from(text)))?;
    let (missing, problem, cure) = match (email, password) {
        (Some(email), Some(password)) => return Some(Some(Admin { email, password })),
        (None, None) => return Some(None),
        (Some(_), None) => (
            &TOOL_ADMIN_PASSWORD,
            "it is not set, and TOOL_ADMIN_EMAIL is",
            "set it, or unset TOOL_ADMIN_EMAIL",
        ),
        (None, Some(_)) => (
            &TOOL_ADMIN_EMAIL,
            "it is not set, and TOOL_ADMIN_PASSWORD is",
            "set it, or unset TOOL_ADMIN_PASSWORD",
        ),
    };
    settings.fault(missing, problem, cure);
    None
}

fn seconds(text: &str) -> Result<u32, (String, String)> {
    let number = text.parse().ok();
    number
        .filter(|it| (1..=86_400).contains(it))
        .ok_or_else(|| {
            let cure = "set it to a whole number of seconds from 1 to 86400";
            ("it is no number of seconds".to_owned(), cure.to_owned())
        })
}

#[cfg(test)]
mod tests;
