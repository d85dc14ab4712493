//! Fixes for errors of the Public API.

use std::time::Duration;

use crate::opentrain::call::Asked;
use crate::opentrain::message::Later;
use crate::opentrain::{Code, Details};

/// The fix, by the status, then by the details, never by the text.
pub(in crate::opentrain) fn cure(
    asked: &Asked,
    status: u16,
    details: &Details,
    retry_after: Option<Duration>,
) -> String {
    match status {
        400 => bad_request(details),
        401 => DEAD_TOKEN.into(),
        403 => forbidden(details),
        404 => format!("OpenTrain knows no {}.", asked.call.missing),
        409 => conflict(asked, details),
        429 => too_many(details, retry_after),
        500.. => format!(
            "The call failed at OpenTrain: try again {}. {}",
            Later(retry_after),
            asked.unclear()
        ),
        _ => REFUSED.into(),
    }
}

const DEAD_TOKEN: &str = "The token is invalid, expired or revoked. Set OPENTRAIN_PERSONAL_API_TOKEN to a live token \
                          (in the app: Settings → API keys), or run `bridge employer register`.";

const REFUSED: &str = "OpenTrain refuses the request: a retry will not succeed.";

const UNCLAIMED: &str =
    "No human has claimed this account yet: run `bridge employer claim --email ADDRESS`.";

fn bad_request(details: &Details) -> String {
    if let Some(validation) = &details.validation {
        let missing = validation.missing_fields.iter();
        let missing: Vec<_> = missing.map(|it| format!("`{}`", it.key())).collect();
        return format!(
            "The job can't be published yet. Missing: {}. Set them with `bridge employer update-draft JOB --set \
             KEY=VALUE`.",
            listed(&missing)
        );
    }
    if !details.unknown_scopes.is_empty() {
        return format!(
            "Unknown scopes: {}. Known: {}.",
            listed(&details.unknown_scopes),
            listed(&details.supported_scopes)
        );
    }
    if !details.supported_statuses.is_empty() {
        let known = listed(&details.supported_statuses);
        return format!("Use one of these statuses: {known}.");
    }
    let issues = details.issues.iter().map(|issue| {
        let message = issue.message.as_deref().unwrap_or("is wrong");
        format!("`{}` {message}", issue.path.join("."))
    });
    let issues: Vec<_> = issues.collect();
    match (issues.is_empty(), &details.field) {
        (false, _) => format!("Correct these values: {}.", listed(&issues)),
        (true, Some(field)) => format!("Correct `{field}`."),
        (true, None) => REFUSED.into(),
    }
}

fn forbidden(details: &Details) -> String {
    if !details.required_scopes.is_empty() {
        return missing_scope(details);
    }
    if let Some(feature) = &details.feature_key {
        return format!(
            "The feature {feature} is not enabled for this account: ask OpenTrain's support to enable it. \
             `bridge employer capabilities` shows what is enabled."
        );
    }
    match details.reason.as_deref() {
        Some("account_claim_required") => UNCLAIMED.into(),
        Some("moderation_blocked") => format!(
            "OpenTrain's moderation blocks the job ({}): correct its text, then publish it again.",
            listed(&details.reasons)
        ),
        Some("message_policy_blocked") => format!(
            "OpenTrain's policy blocks the message ({}): remove what it names, such as contact details.",
            details.policy.as_deref().unwrap_or("no policy named")
        ),
        Some("teams_not_enabled") => {
            "Teams are not enabled for this organization: enable them in the app.".into()
        }
        Some(reason) => format!("OpenTrain's policy forbids it: {reason}."),
        None => "It belongs to another account, or this account may not do it: check the id and `bridge employer me`."
            .into(),
    }
}

fn missing_scope(details: &Details) -> String {
    let human_only = ["payments:write", "webhooks:manage"];
    let required = &details.required_scopes;
    let how = match required.iter().any(|it| human_only.contains(&it.as_str())) {
        true => {
            "Only a human can make a token with it (in the app: Settings → API keys). Set OPENTRAIN_PERSONAL_API_TOKEN \
             to that token"
        }
        false => {
            "Run `bridge employer claim --email ADDRESS` if no human has claimed the account, or set \
             OPENTRAIN_PERSONAL_API_TOKEN to a token that has it"
        }
    };
    let needed = match required.as_slice() {
        [one] => format!("the scope {one}"),
        many => format!("one of the scopes {}", listed(many)),
    };
    let granted = match details.granted_scopes.is_empty() {
        true => "none".to_owned(),
        false => listed(&details.granted_scopes),
    };
    format!("The call needs {needed}. {how}. The token has {granted}.")
}

fn conflict(asked: &Asked, details: &Details) -> String {
    let fixed = |text: &str| text.to_owned();
    match details.reason.as_deref() {
        Some("payment_method_required") => match &details.billing_url {
            Some(url) => format!(
                "There is no card on file, and the credits do not cover the charge: add a card at {url}, or run \
                 `bridge employer top-up AMOUNT`."
            ),
            None => fixed(
                "There is no card on file, and the credits do not cover the charge: run `bridge employer top-up AMOUNT`.",
            ),
        },
        Some("moderation_blocked") => format!(
            "OpenTrain applied the change, and its moderation unpublished the job ({}): correct its text, then \
             publish it again.",
            listed(&details.reasons)
        ),
        Some("contract_ended") => fixed("The contract has ended for good."),
        Some("contract_rate_missing") => fixed(
            "The contract has no rate, so that a volume has no price: set the rate in the app.",
        ),
        Some("milestone_not_fundable") => {
            fixed("The milestone is funded or paid already: see `bridge employer contracts`.")
        }
        Some("milestone_not_funded") => {
            fixed("Fund the milestone first: `bridge employer milestones fund ID`.")
        }
        Some("proposal_already_hired") => {
            fixed("The trainer is hired already: see `bridge employer contracts`.")
        }
        Some("proposal_not_a_fit") => fixed(
            "The proposal is marked as not a fit: repeat the command with --despite-not-a-fit to hire.",
        ),
        Some("job_not_published") => fixed("Publish the job first: `bridge employer publish JOB`."),
        Some("freelancer_unavailable") => fixed("The trainer takes no work at the moment."),
        Some("not_a_freelancer") => fixed("The id is not a trainer's: check it."),
        Some("token_limit_reached") => fixed("Revoke a token first: `bridge employer tokens`."),
        Some("webhook_limit_reached") => {
            fixed("Delete a webhook first: `bridge employer webhooks`.")
        }
        Some(reason) => format!("The reason is {reason}. {}", asked.call.conflict),
        None => match (&details.status, &details.required_status) {
            (Some(status), Some(required)) => {
                format!("The job is {status}, and has to be {required}.")
            }
            _ => asked.call.conflict.into(),
        },
    }
}

fn too_many(details: &Details, retry_after: Option<Duration>) -> String {
    match (details.limit, details.window_hours) {
        (Some(limit), Some(hours)) => format!(
            "OpenTrain permits {limit} of these calls in {hours} hours: try again {}.",
            Later(retry_after)
        ),
        _ => format!(
            "There were too many requests: try again {}.",
            Later(retry_after)
        ),
    }
}

/// The fix, by OAuth's code. For an invalid request, OpenTrain's description has the reason.
pub(in crate::opentrain) fn agent_cure(code: &Code, retry_after: Option<Duration>) -> String {
    match code.as_str() {
        "authorization_pending" => "The human has not entered the code yet.".into(),
        "slow_down" => "It was polled too early: wait for the interval.".into(),
        "expired_token" => {
            "The time to claim is over: run `bridge employer register` again.".into()
        }
        "invalid_grant" => {
            "The claim token is unknown, or its token was delivered already: run `bridge employer register`, or set \
             OPENTRAIN_PERSONAL_API_TOKEN to a token from the app (Settings → API keys)."
                .into()
        }
        "invalid_request" => {
            "Check the e-mail: it must have no OpenTrain account yet. If the registration is older than a day, run \
             `bridge employer register` again."
                .into()
        }
        "anonymous_not_enabled" => {
            "OpenTrain takes no anonymous registrations at the moment: make a token in the app (Settings → API keys) \
             and set OPENTRAIN_PERSONAL_API_TOKEN to it."
                .into()
        }
        "rate_limit_exceeded" => {
            format!("There were too many requests: try again {}.", Later(retry_after))
        }
        "server_error" => format!(
            "The call failed at OpenTrain: try again {}.",
            Later(retry_after)
        ),
        _ => REFUSED.into(),
    }
}

fn listed(texts: &[String]) -> String {
    texts.join(", ")
}
