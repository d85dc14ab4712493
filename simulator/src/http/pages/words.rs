//! Permissions in words.

use crate::model::scope::Scope;

/// What an install with this scope may do.
pub(super) fn scope(scope: Scope) -> &'static str {
    match scope {
        Scope::ProjectLinksRead => "See which of its projects are linked to your jobs.",
        Scope::ProjectLinksWrite => "Link its projects to your jobs, and remove such links.",
        Scope::ContractsRead => {
            "See the contracts of linked jobs, and how much of their budget is used."
        }
        Scope::ParticipantsRead => {
            "See the hired trainers of linked jobs: masked name and country."
        }
        Scope::ParticipantsEmail => "See the trainers' work e-mails, if you agree below.",
        Scope::UsageWrite => "Report the work of trainers, which uses up funded budget.",
        Scope::WebhooksManage => "Get events about linked jobs sent to its own addresses.",
    }
}
