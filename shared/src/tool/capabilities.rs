//! What a tool can and can't do.

use serde::Serialize;

/// What a tool can do; shown to the operator, and weighed when access is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Capabilities {
    /// What a person gets access to.
    pub scope: Scope,
    /// How a new person comes to an account.
    pub accounts: Accounts,
    /// What is left after a removal.
    pub removal: Removal,
    /// How somebody who was removed gets in again.
    pub readding: Readding,
    /// Where seconds of work come from.
    pub time: TimeSource,
    /// Whether a repeated grant with a new work e-mail changes the account's e-mail in the tool.
    pub updates_email: bool,
}

/// What a person gets access to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// One project at a time.
    Project,
    /// The organisation, with all of its projects: it is taken away with the last hire.
    Organization,
}

/// How a new person comes to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Accounts {
    /// The tool makes one.
    Created,
    /// The person has to follow an invitation.
    InviteOnly,
    /// The tool makes one, and an operator hands it over.
    Claimed,
}

/// What is left after a removal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Removal {
    /// Nothing: the person can neither read nor write.
    Full,
    /// The account still works in part; the tool's documentation tells in which.
    Soft,
}

/// How somebody who was removed gets in again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Readding {
    /// By the tool's API.
    Api,
    /// By an operator's hand.
    Manual,
}

/// Where seconds of work come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TimeSource {
    /// The tool measures activity.
    Active,
    /// The tool measures from open to submit, idle time included.
    WallClock,
    /// The platform states it, by a measure of its own.
    Platform,
    /// The tool measures no time: seconds are never reported.
    None,
}
