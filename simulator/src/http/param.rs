//! Query parameters as data: one description checks them, and is published.

use serde_json::json;

use crate::kit::{
    refusal::Refusal,
    schema::{Kind, at},
};

/// Treatment of a limit above the maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Above {
    /// The maximum is used.
    Lowered,
    /// The request gets a 400.
    Refused,
}

/// Type and limits of a parameter.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ParamKind {
    Plain(Kind),
    /// One of these. The error lists them.
    Status(&'static [&'static str]),
    /// Largest number of rows of a page.
    Limit {
        default: usize,
        most: usize,
        above: Above,
    },
}

/// A query parameter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Param {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) kind: ParamKind,
    pub(crate) required: bool,
}

impl Param {
    pub(crate) const fn new(name: &'static str, about: &'static str, kind: Kind) -> Self {
        Self {
            name,
            about,
            kind: ParamKind::Plain(kind),
            required: false,
        }
    }

    pub(crate) const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    pub(crate) const fn status(known: &'static [&'static str]) -> Self {
        Self {
            name: "status",
            about: "Only rows with this status.",
            kind: ParamKind::Status(known),
            required: false,
        }
    }

    pub(crate) const fn limit(default: usize, (most, above): (usize, Above)) -> Self {
        let kind = ParamKind::Limit {
            default,
            most,
            above,
        };
        Self {
            name: "limit",
            about: match above {
                Above::Refused => "Largest number of rows.",
                Above::Lowered => "Largest number of rows. A value above the maximum is lowered.",
            },
            kind,
            required: false,
        }
    }

    /// Refuses a value that is not allowed.
    pub(crate) fn check(&self, value: Option<&str>) -> Result<(), Refusal> {
        let Some(value) = value else {
            return match self.required {
                true => Err(at(self.name, "is required")),
                false => Ok(()),
            };
        };
        match self.kind {
            ParamKind::Plain(kind) => kind
                .check_text(value)
                .map_err(|expected| at(self.name, &expected)),
            ParamKind::Status(known) if known.contains(&value) => Ok(()),
            ParamKind::Status(known) => {
                let details = json!({"field": self.name, "supportedStatuses": known});
                Err(Refusal::bad("status is not supported").with_details(details))
            }
            ParamKind::Limit { most, above, .. } => match digits(value) {
                Some(limit) if limit > 0 && (limit <= most || above == Above::Lowered) => Ok(()),
                _ => Err(at(self.name, &format!("must be 1 to {most}"))),
            },
        }
    }
}

/// Number of rows of a page for this `limit`; unlimited for a call without that parameter.
pub(super) fn page_limit(params: &[Param], given: Option<&str>) -> usize {
    let mut limits = params.iter().filter_map(|own| match own.kind {
        ParamKind::Limit { default, most, .. } => Some((default, most)),
        _ => None,
    });
    limits.next().map_or(usize::MAX, |(default, most)| {
        let given = given.and_then(digits);
        given.unwrap_or(default).min(most)
    })
}

/// A whole number; `usize::MAX` for larger numbers.
fn digits(text: &str) -> Option<usize> {
    let whole = !text.is_empty() && text.bytes().all(|own| own.is_ascii_digit());
    whole.then(|| text.parse().unwrap_or(usize::MAX))
}
