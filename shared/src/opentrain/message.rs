//! Texts of errors: OpenTrain's answer, and what to do.

use std::fmt;
use std::time::Duration;

use super::call::{Api, Asked};
use super::{Code, Disposition, OpenTrainError, public};

/// The fix for an error answer.
pub(super) fn cure(error: &OpenTrainError) -> String {
    let OpenTrainError::Api {
        asked,
        status,
        retry_after,
        details,
        code,
        ..
    } = error
    else {
        return String::new();
    };
    if error.is_of_a_proxy() && *status < 500 {
        return format!("{NOT_OPENTRAIN} {}", asked.unclear());
    }
    match asked.call.api {
        Api::Platform => {}
        Api::Public => return public::cure(asked, *status, details, *retry_after),
        Api::Agent => return public::agent_cure(code, *retry_after),
    }
    match (status, error.disposition()) {
        (403, _) => forbidden(asked),
        (_, Disposition::Operator) => DEAD_TOKEN.into(),
        (404, _) => format!("OpenTrain knows no {}.", asked.call.missing),
        (409, _) => asked.call.conflict.into(),
        (429, _) => format!(
            "There were too many requests: try again {}.",
            Later(*retry_after)
        ),
        (_, Disposition::Transient { after }) => format!(
            "The call failed at OpenTrain: try again {}. {}",
            Later(after),
            asked.unclear()
        ),
        _ => "OpenTrain refuses the request: a retry will not succeed.".into(),
    }
}

const NOT_OPENTRAIN: &str = "The answer is not OpenTrain's, but for example a proxy's: check the network, the proxy and \
                             OPENTRAIN_BASE_URL.";

const DEAD_TOKEN: &str = "The token is dead or the install was revoked: have the customer consent \
                          again, and store the new token with `bridge connect --connection NAME`.";

fn forbidden(asked: &Asked) -> String {
    let scope = match &asked.call.scope {
        Some(scope) => format!("the scope {scope}"),
        None => "a live token".to_owned(),
    };
    format!(
        "This call needs {scope}, an active install and app, and the feature enabled for the \
         employer. A scope that was added to the app reaches new installs only: run \
         `bridge connect --connection NAME` again."
    )
}

/// Status and code.
pub(super) struct Answered<'a>(pub(super) u16, pub(super) &'a Code);

impl fmt::Display for Answered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        if self.1.as_str().is_empty() {
            Ok(())
        } else {
            write!(f, " {}", self.1)
        }
    }
}

/// OpenTrain's message and the request's id.
pub(super) struct Said<'a>(pub(super) &'a str, pub(super) Option<&'a str>);

impl fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.is_empty() {
            write!(f, ": {}", self.0.trim_end_matches('.'))?;
        }
        match self.1 {
            Some(id) => write!(f, " (requestId {id})"),
            None => Ok(()),
        }
    }
}

/// Time of a retry.
pub(super) struct Later(pub(super) Option<Duration>);

impl fmt::Display for Later {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(after) => write!(f, "in {} s", after.as_secs()),
            None => f.write_str("later"),
        }
    }
}

/// Target of a redirect.
pub(super) struct To<'a>(pub(super) Option<&'a str>);

impl fmt::Display for To<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |to| write!(f, " to {to}"))
    }
}

/// Prefixes of OpenTrain's tokens and secrets.
const TOKENS: [&str; 5] = ["ot_ptk_", "ot_pat_", "ot_clm_", "ot_cat_", "whsec_"];

/// The text with `…` in place of each token and secret.
pub(super) fn without_tokens(text: &str) -> String {
    let ends = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    let (mut out, mut rest) = (String::new(), text);
    while let Some(at) = TOKENS.iter().filter_map(|start| rest.find(start)).min() {
        let (before, token) = rest.split_at(at);
        out.push_str(before);
        out.push('…');
        rest = token.find(ends).map_or("", |end| &token[end..]);
    }
    out.push_str(rest);
    out
}
