//! The tool's control plane.
//!
//! | call | body | answer |
//! |---|---|---|
//! | `POST /control/projects` | `{id, name}` | `{}` |
//! | `POST /control/work` | `{projectId, trainerId, workDate, totalSeconds?, tasksCompleted?, labelsCompleted?}` | `{}`; 409 without access |
//! | `POST /control/accept` | `{projectId, trainerId}` | `{}` |
//! | `GET /control/state` | – | projects with members, work and notice |

use axum::response::Response;
use serde_json::{Value, json};

use super::{
    floor::{Floor, Shared},
    member::MemberStatus,
    project::Project,
    work::Work,
};
use crate::kit::{
    call::Call, clock::parse_day, control, fields::Fields, refusal::Refusal, reply::ok,
};

pub(crate) fn answer(shared: &Shared, call: &Call) -> Response {
    control::answer(call, |below| match (call.method.as_str(), below) {
        ("GET", ["state"]) => ok(shared.look(|floor| state(floor))),
        ("POST", [verb]) => {
            let body = call.json()?;
            shared.look(|floor| act(floor, verb, &body))?;
            ok(json!({}))
        }
        _ => Err(Refusal::not_found("control")),
    })
}

fn act(floor: &mut Floor, verb: &str, body: &Value) -> Result<(), Refusal> {
    match verb {
        "projects" => {
            let fields = Fields::of(body, &["id", "name"])?;
            floor.create_project(fields.required("id")?, fields.required("name")?);
            Ok(())
        }
        "work" => record_work(floor, body),
        "accept" => {
            let fields = Fields::of(body, &["projectId", "trainerId"])?;
            let project = fields.required("projectId")?;
            Ok(floor.accept_invite(project, fields.required("trainerId")?)?)
        }
        _ => Err(Refusal::not_found("control")),
    }
}

pub(crate) fn record_work(floor: &mut Floor, body: &Value) -> Result<(), Refusal> {
    let known = [
        "projectId",
        "trainerId",
        "workDate",
        "totalSeconds",
        "tasksCompleted",
        "labelsCompleted",
    ];
    let fields = Fields::of(body, &known)?;
    let day = parse_day(fields.required("workDate")?);
    let day = day.ok_or_else(|| Refusal::bad("workDate must be YYYY-MM-DD"))?;
    let work = Work {
        seconds: fields.count("totalSeconds")?,
        tasks: fields.count("tasksCompleted")?,
        labels: fields.count("labelsCompleted")?,
    };
    let project = fields.required("projectId")?;
    Ok(floor.record_work(project, fields.required("trainerId")?, day, work)?)
}

/// Contains e-mails: the people are invented, and only this machine can read it.
fn state(floor: &Floor) -> Value {
    let projects: Vec<Value> = floor.projects.values().map(project).collect();
    json!({"projects": projects})
}

fn project(project: &Project) -> Value {
    let members: Vec<Value> = project.members.values().map(|own| json!(own)).collect();
    let active = project.members.values();
    let active = active.filter(|own| own.status == MemberStatus::Active);
    let work = project.work.iter();
    let work: Vec<Value> = work
        .map(|((day, trainer), work)| {
            let mut row = json!(work);
            row["trainerId"] = trainer.clone().into();
            row["workDate"] = day.to_string().into();
            row
        })
        .collect();
    json!({
        "id": project.id,
        "name": project.name,
        "members": members,
        "activeMembers": active.count(),
        "work": work,
        "notice": project.notice,
    })
}
