//! Showing and removing a notice.

use serde_json::Value;

use crate::{
    kit::{
        call::Call,
        fields::Fields,
        refusal::Refusal,
        reply::{Answer, no_content},
    },
    tool::{
        floor::Floor,
        notice::{Notice, NoticeLevel},
    },
};

pub(super) fn put(floor: &mut Floor, call: &Call, project: &str) -> Answer {
    let notice = notice(&call.json()?)?;
    floor.project_mut(project)?.notice = Some(notice);
    floor.notice_writes += 1;
    no_content()
}

pub(super) fn delete(floor: &mut Floor, call: &Call, project: &str) -> Answer {
    call.bare()?;
    let notice = floor.project_mut(project)?.notice.take();
    floor.notice_writes += 1;
    notice.ok_or_else(|| Refusal::not_found("notice"))?;
    no_content()
}

fn notice(body: &Value) -> Result<Notice, Refusal> {
    let fields = Fields::of(body, &["level", "text", "url", "contractIds"])?;
    let required = |name| fields.required(name).map_err(Refusal::into_violation);
    let level = match required("level")? {
        "warning" => NoticeLevel::Warning,
        "exhausted" => NoticeLevel::Exhausted,
        _ => return Err(Refusal::violation("level must be warning or exhausted")),
    };
    let ids = fields.texts("contractIds")?;
    let ids = ids.ok_or_else(|| Refusal::violation("contractIds is required"))?;
    Ok(Notice {
        level,
        text: required("text")?.to_owned(),
        url: required("url")?.to_owned(),
        contract_ids: ids.into_iter().map(str::to_owned).collect(),
    })
}
