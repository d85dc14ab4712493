//! Properties of the outcome of a call.

use std::collections::HashSet;

use shared::model::json::Listing;
use shared::tool::{
    Capabilities, Granted, Member, MembershipStatus, Project, Remark, Removed, ToolError, Totals,
};

use super::wire::Answer;
use super::{Call, EMAIL, Kind, NAME, TOKEN, window};

/// The longest error: our own words and 300 characters of the tool's.
const LONGEST_ERROR: usize = 1_500;

/// The longest invitation link and member id that are stored.
const LONGEST_LINK: usize = 2_048;

/// Seconds.
const DAY: i64 = 86_400;

/// Work that begins on one day may end on the next, and CVAT's events begin up to 100 s before their time.
const LONGEST_SPAN: i64 = 2 * DAY + 100;

/// The outcome of a [`Call`].
#[derive(Debug)]
pub(super) enum Outcome {
    Project(Result<Project, ToolError>),
    Granted(Result<Granted, ToolError>),
    Removed(Result<Removed, ToolError>),
    Access(Result<Option<Granted>, ToolError>),
    Members(Result<Option<Listing<Member>>, ToolError>),
    Totals(Result<Option<Totals>, ToolError>),
    Notice(Result<bool, ToolError>),
    Remarks(Vec<Remark>),
    Capabilities(Result<Capabilities, ToolError>),
}

impl Outcome {
    pub(super) fn check(&self, kind: Kind, call: Call, given: &[Answer]) {
        for text in self.texts() {
            is_showable(&text, kind, call);
        }
        // An id of the members contract is any text.
        if kind != Kind::Rest {
            let debug = format!("{self:?}");
            let has_address = debug.to_lowercase().contains(EMAIL);
            assert!(!has_address && !debug.contains(TOKEN), "{debug}");
        }
        if let Self::Removed(Err(error)) = self {
            let is_final = matches!(error, ToolError::Wrong { .. } | ToolError::NoProject { .. });
            assert!(!is_final, "{error:?}");
        }
        let is_page = |it: &Answer| it.kind == Some("text/html");
        if !given.is_empty() && given.iter().all(is_page) {
            self.proves_nothing(kind, call);
        }
        match self {
            Self::Granted(Ok(it)) | Self::Access(Ok(Some(it))) => is_storable(it),
            Self::Totals(Ok(Some(totals))) => fit_the_days(kind, totals),
            _ => {}
        }
    }

    pub(super) fn error(&self) -> Option<&ToolError> {
        match self {
            Self::Project(it) => it.as_ref().err(),
            Self::Granted(it) => it.as_ref().err(),
            Self::Removed(it) => it.as_ref().err(),
            Self::Access(it) => it.as_ref().err(),
            Self::Members(it) => it.as_ref().err(),
            Self::Totals(it) => it.as_ref().err(),
            Self::Notice(it) => it.as_ref().err(),
            Self::Capabilities(it) => it.as_ref().err(),
            Self::Remarks(_) => None,
        }
    }

    /// All texts that an operator sees or that are logged.
    fn texts(&self) -> Vec<String> {
        let mut texts: Vec<_> = self.error().map(ToString::to_string).into_iter().collect();
        match self {
            Self::Removed(Ok(Removed::NotFound(why) | Removed::Unconfirmed(why))) => {
                texts.push(why.clone());
            }
            Self::Granted(Ok(it)) | Self::Access(Ok(Some(it))) => texts.extend(it.note.clone()),
            Self::Remarks(remarks) => {
                for remark in remarks {
                    texts.push(remark.says.clone());
                    texts.extend(remark.cure.clone());
                }
            }
            Self::Members(Ok(Some(list))) => texts.push(list.unreadable().to_string()),
            Self::Totals(Ok(Some(totals))) => {
                texts.push(totals.days.unreadable().to_string());
                texts.extend(totals.frozen.clone());
            }
            _ => {}
        }
        texts
    }

    /// HTML pages may come from a proxy: they prove neither access, nor its absence, nor that a project is missing.
    fn proves_nothing(&self, kind: Kind, call: Call) {
        let is_proven = match self {
            Self::Removed(Ok(Removed::Proven(_))) => call != Call::Release,
            Self::Access(Ok(_)) | Self::Members(Ok(Some(_))) => true,
            Self::Granted(Ok(it)) => it.status == MembershipStatus::Active,
            _ => false,
        };
        let is_missing = matches!(self.error(), Some(ToolError::NoProject { .. }));
        assert!(!is_proven && !is_missing, "{kind:?} {call:?}: {self:?}");
    }
}

fn is_showable(text: &str, kind: Kind, call: Call) {
    assert!(text.chars().count() <= LONGEST_ERROR, "{text}");
    assert!(!text.contains('\n') && !text.contains('\u{1b}'), "{text:?}");
    let lower = text.to_lowercase();
    assert!(!lower.contains(EMAIL) && !text.contains(TOKEN), "{text}");
    // Only this call sends a name to the tool.
    let is_told = (kind, call) == (Kind::Rest, Call::Grant);
    assert!(!is_told || !text.contains(NAME), "{text}");
}

fn is_storable(granted: &Granted) {
    if let MembershipStatus::Invited(Some(link)) = &granted.status {
        assert!(link.len() <= LONGEST_LINK);
        assert!(link.len() < 16 || !format!("{granted:?}").contains(link.as_str()));
    }
    let id = granted.member.as_ref().map_or("", |it| it.as_str());
    assert!(id.chars().count() <= 256, "{id}");
}

pub(crate) fn fit_the_days(kind: Kind, totals: &Totals) {
    let mut seen = HashSet::new();
    for day in totals.days.readable() {
        assert!(window().holds(day.work_date), "{day:?}");
        assert!(seen.insert((&day.worker, day.work_date)), "twice: {day:?}");
        let most = match kind {
            // The report checks these numbers.
            Kind::Rest => continue,
            Kind::Cvat => LONGEST_SPAN,
            Kind::LabelStudio | Kind::Doccano => DAY,
        };
        let seconds = day.total_seconds.unwrap_or_default();
        assert!((0..=most).contains(&seconds), "{day:?}");
        assert!(day.tasks_completed.is_none_or(|it| it >= 0), "{day:?}");
    }
    let fits = |milliseconds: i64| (0..=LONGEST_SPAN * 1_000).contains(&milliseconds);
    assert!(totals.spans.values().all(|it| fits(it.milliseconds())));
}
