//! Events in OpenTrain's format, for cases that its simulator does not emit.

use shared::ledger::{Access, AccessState, Trainer};
use std::sync::LazyLock;

use jiff::Timestamp;
use serde_json::{Value, json};
use shared::model::clock::{Clock, SystemClock};
use simulator::{OpenTrain, TrainerOptions};

/// Time of all events: when the first of them was created. The same event has the same bytes.
static NOW: LazyLock<Timestamp> = LazyLock::new(|| SystemClock.now());

/// A project link in the format of events.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) id: String,
    pub(crate) job: Option<String>,
    pub(crate) project: String,
    pub(crate) managed: bool,
}

impl Link {
    pub(crate) fn new(id: &str, project: &str) -> Self {
        let (id, project) = (id.to_owned(), project.to_owned());
        Self {
            id,
            job: Some("job_1".into()),
            project,
            managed: false,
        }
    }

    pub(crate) fn managed(self) -> Self {
        Self {
            managed: true,
            ..self
        }
    }

    fn json(&self) -> Value {
        let mode = if self.managed {
            "MANAGED_ADAPTER"
        } else {
            "PARTNER_WEBHOOK"
        };
        json!({
            "id": self.id,
            "jobId": self.job,
            "externalProjectId": self.project,
            "provisioningMode": mode,
        })
    }
}

pub(crate) fn started(id: u64, contract: &str, trainer: &str, link: &Link) -> Value {
    contract_event("contract.started", id, contract, trainer, link)
}

pub(crate) fn ended(id: u64, contract: &str, trainer: &str, link: &Link) -> Value {
    contract_event("contract.ended", id, contract, trainer, link)
}

fn contract_event(kind: &str, id: u64, contract: &str, trainer: &str, link: &Link) -> Value {
    let data = json!({
        "contract": { "id": contract, "title": "canary of a body" },
        "freelancer": {
            "opentrainUserId": trainer,
            "displayName": "Canary C.",
            "workEmail": email(trainer),
        },
        "projectLink": link.json(),
    });
    event(kind, id, Some(contract), data)
}

pub(crate) fn link_created(id: u64, link: &Link) -> Value {
    link_event("project_link.created", id, link)
}

pub(crate) fn link_removed(id: u64, link: &Link) -> Value {
    link_event("project_link.removed", id, link)
}

fn link_event(kind: &str, id: u64, link: &Link) -> Value {
    let data = json!({ "projectLink": link.json() });
    let mut event = event(kind, id, Some(&link.id), data);
    event["jobId"] = json!(link.job);
    event
}

pub(crate) fn install_revoked(id: u64, install: Option<&str>) -> Value {
    event("install.revoked", id, install, json!({}))
}

pub(crate) fn event(kind: &str, id: u64, resource: Option<&str>, data: Value) -> Value {
    json!({
        "id": id.to_string(),
        "type": kind,
        "apiVersion": "v1",
        "createdAt": *NOW,
        "resourceId": resource,
        "jobId": "job_1",
        "data": data,
    })
}

/// A recognisable work e-mail.
pub(crate) fn email(trainer: &str) -> String {
    let trainer: String = trainer
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    format!("canary.{trainer}@opentrain.work")
}

/// Hires a trainer with that work e-mail, and returns the contract. A trainer may be hired again.
pub(crate) fn hire(opentrain: &OpenTrain, job: &str, trainer: &str) -> String {
    let options = TrainerOptions {
        id: Some(trainer.to_owned()),
        display_name: format!("Canary {trainer}"),
        work_email: Some(email(trainer)),
        ..TrainerOptions::default()
    };
    let _known = opentrain.create_trainer(options);
    opentrain.hire(job, trainer).unwrap()
}

/// Whether e-mails are only kept for later checks of revoked access.
pub(crate) fn forgets_emails(trainer: &Trainer) -> bool {
    let is_looked_for = |access: &Access| access.state == AccessState::Removed && access.looks < 2;
    trainer.member.emails.is_empty() || trainer.access.values().any(is_looked_for)
}
