//! Capabilities of a tool.

use serde::Serialize;

/// Capabilities of a tool. They are shown to the operator and used to plan access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Capabilities {
    /// Scope of access.
    pub scope: Scope,
    /// How a new person gets an account.
    pub accounts: Accounts,
    /// Effect of a removal.
    pub removal: Removal,
    /// How a removed person gets access again.
    pub readding: Readding,
    /// Source of the seconds of work.
    pub time: TimeSource,
    /// Whether a repeated grant with a new work e-mail changes the account's e-mail in the tool.
    pub updates_email: bool,
}

/// Scope of access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// One project at a time.
    Project,
    /// The organisation with all of its projects. Access is revoked with the last hire.
    Organization,
}

/// How a new person gets an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Accounts {
    /// The tool creates it.
    Created,
    /// The person must accept an invitation.
    InviteOnly,
    /// The tool creates it, and an operator sends it to the person.
    Claimed,
}

/// Effect of a removal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Removal {
    /// The person can neither read nor write.
    Full,
    /// The account still works in part; see the tool's documentation.
    Soft,
}

/// How a removed person gets access again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Readding {
    /// By the tool's API.
    Api,
    /// By an operator.
    Manual,
}

/// Source of the seconds of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TimeSource {
    /// The tool measures activity.
    Active,
    /// The tool measures from open to submit, idle time included.
    WallClock,
    /// The platform reports them, with its own measurement.
    Platform,
    /// The tool measures no time, so seconds are never reported.
    None,
}
