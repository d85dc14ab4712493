//! A naive model of OpenTrain: its state, its events and answers, and the trainers who should have access.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::ledger::Link;
use crate::model::ConnectionName;
use crate::model::ids::{ContractId, LinkId};
use crate::model::person::{Email, Participant};
use crate::opentrain::Install;
use crate::reconcile::Heard;
use crate::reconcile::heard::{EndedList, Roster};

pub(super) const TRAINERS: usize = 3;
const PROJECTS: usize = 2;
const JOBS: usize = 2;

/// An action at OpenTrain.
#[derive(Debug, Clone)]
pub(super) enum Act {
    /// A customer links a job to a project.
    Link {
        connection: usize,
        job: usize,
        project: usize,
        managed: bool,
    },
    /// One of the links is deleted.
    Unlink(prop::sample::Index),
    /// A trainer is hired.
    Hire { job: usize, trainer: usize },
    /// One of the contracts ends.
    End(prop::sample::Index),
}

pub(super) fn act() -> impl Strategy<Value = Act> {
    let link = (0..2_usize, 0..JOBS, 0..PROJECTS, prop::bool::weighted(0.15));
    let link = link.prop_map(|(connection, job, project, managed)| Act::Link {
        connection,
        job,
        project,
        managed,
    });
    let hire = (0..JOBS, 0..TRAINERS).prop_map(|(job, trainer)| Act::Hire { job, trainer });
    let index = any::<prop::sample::Index>;
    prop_oneof![
        2 => link,
        1 => index().prop_map(Act::Unlink),
        4 => hire,
        3 => index().prop_map(Act::End),
    ]
}

/// A link at OpenTrain.
#[derive(Debug, Clone)]
struct OwnLink {
    connection: usize,
    job: usize,
    project: usize,
    managed: bool,
    removed: bool,
}

/// A contract at OpenTrain.
#[derive(Debug, Clone)]
struct OwnContract {
    job: usize,
    trainer: usize,
    ended: bool,
}

/// An event, and the connection that it is delivered to.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) connection: String,
    pub(super) event: Value,
}

/// OpenTrain.
#[derive(Debug, Clone, Default)]
pub(super) struct Model {
    links: Vec<OwnLink>,
    contracts: Vec<OwnContract>,
    /// Every event so far, in the order of their ids.
    pub(super) events: Vec<Told>,
}

impl Model {
    pub(super) fn play(&mut self, act: &Act, now: Timestamp) {
        match act {
            Act::Link {
                connection,
                job,
                project,
                managed,
            } => {
                let (connection, job, project, managed) = (*connection, *job, *project, *managed);
                self.links.push(OwnLink {
                    connection,
                    job,
                    project,
                    managed,
                    removed: false,
                });
                // The event has no job, so the bridge does not read the roster from the API, which this rig does not
                // have.
                let mut link = self.link_json(self.links.len() - 1);
                link["jobId"] = Value::Null;
                self.tell(connection, "project_link.created", now, None, link);
            }
            Act::Unlink(index) if !self.links.is_empty() => {
                let n = index.index(self.links.len());
                if !std::mem::replace(&mut self.links[n].removed, true) {
                    let link = self.link_json(n);
                    self.tell(
                        self.links[n].connection,
                        "project_link.removed",
                        now,
                        None,
                        link,
                    );
                }
            }
            Act::Hire { job, trainer } => {
                let (job, trainer) = (*job, *trainer);
                self.contracts.push(OwnContract {
                    job,
                    trainer,
                    ended: false,
                });
                self.tell_of(self.contracts.len() - 1, "contract.started", now);
            }
            Act::End(index) if !self.contracts.is_empty() => {
                let n = index.index(self.contracts.len());
                if !std::mem::replace(&mut self.contracts[n].ended, true) {
                    self.tell_of(n, "contract.ended", now);
                }
            }
            Act::Unlink(_) | Act::End(_) => {}
        }
    }

    fn tell_of(&mut self, contract: usize, kind: &str, now: Timestamp) {
        for n in 0..self.links.len() {
            let link = &self.links[n];
            if !link.removed && link.job == self.contracts[contract].job {
                let connection = link.connection;
                let link = self.link_json(n);
                self.tell(connection, kind, now, Some(contract), link);
            }
        }
    }

    fn tell(
        &mut self,
        connection: usize,
        kind: &str,
        now: Timestamp,
        contract: Option<usize>,
        link: Value,
    ) {
        let mut data = json!({ "projectLink": link });
        let mut resource = link["id"].clone();
        if let Some(n) = contract {
            data["contract"] = json!({ "id": format!("k{n}") });
            data["freelancer"] =
                serde_json::to_value(participant(self.contracts[n].trainer)).unwrap();
            resource = json!(format!("k{n}"));
        }
        let event = json!({
            "id": (95 + self.events.len()).to_string(),
            "type": kind,
            "createdAt": now.to_string(),
            "resourceId": resource,
            "data": data,
        });
        self.events.push(Told {
            connection: format!("c{connection}"),
            event,
        });
    }

    fn link_json(&self, n: usize) -> Value {
        let link = &self.links[n];
        json!({
            "id": format!("l{n}"),
            "jobId": format!("j{}", link.job),
            "externalProjectId": format!("p{}", link.project),
            "provisioningMode": if link.managed { "MANAGED_ADAPTER" } else { "PARTNER_WEBHOOK" },
        })
    }

    /// The API's answers to one connection at this moment. `complete` lists contain every running contract.
    pub(super) fn heard(&self, connection: usize, asked_at: Timestamp, complete: bool) -> Heard {
        let mut heard = Heard::nothing(ConnectionName::parse(&format!("c{connection}")).unwrap());
        heard.install = Some((install(connection), asked_at));
        heard.links_listed = true;
        for (n, link) in self
            .links
            .iter()
            .enumerate()
            .filter(|(_, it)| it.connection == connection)
        {
            if link.removed {
                heard.gone.insert(LinkId::new(format!("l{n}")));
                continue;
            }
            let link = Link::seen(serde_json::from_value(self.link_json(n)).unwrap(), asked_at);
            let link = Link {
                install: Some(install(connection).id),
                ..link
            };
            heard
                .rosters
                .push(self.roster(n, link.clone(), asked_at, complete));
            heard.links.push(link);
        }
        heard
    }

    fn roster(&self, n: usize, link: Link, asked_at: Timestamp, complete: bool) -> Roster {
        let own = self
            .contracts
            .iter()
            .enumerate()
            .filter(|(_, it)| it.job == self.links[n].job);
        let (ended, running): (Vec<_>, Vec<_>) = own.partition(|(_, contract)| contract.ended);
        let id = |n: usize| ContractId::new(format!("k{n}"));
        Roster {
            link,
            asked_at,
            active: running.iter().map(|(n, _)| (id(*n), None)).collect(),
            complete,
            ended: ended.iter().map(|(n, _)| (id(*n), None)).collect(),
            ended_list: EndedList::Whole,
            first_days: BTreeMap::new(),
            people: running
                .iter()
                .map(|(n, it)| (id(*n), vec![participant(it.trainer)]))
                .collect(),
        }
    }

    /// For each (project, trainer), whether access is due; `None` if OpenTrain grants access itself.
    pub(super) fn expected(&self) -> BTreeMap<(String, String), Option<bool>> {
        let mut expected = BTreeMap::new();
        for project in 0..PROJECTS {
            for trainer in 0..TRAINERS {
                let links = self
                    .links
                    .iter()
                    .filter(|it| it.project == project && !it.removed);
                let works = |link: &OwnLink| {
                    let mut own = self
                        .contracts
                        .iter()
                        .filter(|it| it.job == link.job && !it.ended);
                    own.any(|contract| contract.trainer == trainer)
                };
                let modes: BTreeSet<_> = links
                    .filter(|link| works(link))
                    .map(|it| it.managed)
                    .collect();
                let due = match (modes.contains(&false), modes.contains(&true)) {
                    (true, _) => Some(true),
                    (false, true) => None,
                    (false, false) => Some(false),
                };
                expected.insert((format!("p{project}"), format!("t{trainer}")), due);
            }
        }
        expected
    }
}

pub(super) fn install(connection: usize) -> Install {
    let install = json!({ "id": format!("i{connection}"), "status": "ACTIVE" });
    serde_json::from_value(install).unwrap()
}

fn participant(trainer: usize) -> Participant {
    Participant {
        opentrain_user_id: format!("t{trainer}").as_str().into(),
        display_name: None,
        country: None,
        profile_url: None,
        work_email: Email::parse(&format!("t{trainer}@opentrain.work")),
    }
}
