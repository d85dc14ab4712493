//! The form that confirms an approval.

use crate::{
    http::pages::form::{Form, Tone},
    market::data::approval::Approval,
};

pub(super) fn visit_path(own: &Approval) -> String {
    format!("/approvals/{}", own.id)
}

pub(super) fn confirm(own: &Approval, label: &'static str) -> Form {
    Form::new("confirmApproval", label, visit_path(own))
        .tone(Tone::Primary)
        .hidden("approvalId", &own.id)
}
