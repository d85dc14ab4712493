//! Endpoints 2 to 5.

use serde_json::json;

use super::caller::Caller;
use crate::{
    kit::{
        reply::{Answer, created, ok},
        schema::{Kind, Member, optional, required},
        shape::{Shape, has, or_null},
    },
    market::Market,
    model::link::{NewLink, ProvisioningMode},
};

const MODES: [&str; 2] = ["PARTNER_WEBHOOK", "MANAGED_ADAPTER"];

pub(super) const NEW_LINK: [Member; 5] = [
    required("externalProjectId", Kind::Text { most: 200 }),
    optional("externalProjectName", Kind::MaybeEmpty { most: 300 }),
    optional("externalProjectUrl", Kind::MaybeEmpty { most: 2048 }),
    optional("jobId", Kind::MaybeEmpty { most: 200 }),
    optional("provisioningMode", Kind::OneOf(&MODES)),
];

const LINK: Shape = Shape::Named(
    "ProjectLink",
    &[&[
        has("id", Shape::Text),
        or_null("jobId", Shape::Text),
        has("externalProjectId", Shape::Text),
        or_null("externalProjectName", Shape::Text),
        or_null("externalProjectUrl", Shape::Text),
        has("provisioningMode", Shape::OneOf(&MODES)),
        has("createdAt", Shape::Time),
    ]],
);
pub(super) const ONE: Shape = Shape::Object(&[has("projectLink", LINK)]);
pub(super) const MANY: Shape = Shape::Object(&[has("projectLinks", Shape::List(&LINK))]);
pub(super) const DELETED: Shape =
    Shape::Object(&[has("projectLink", LINK), has("deleted", Shape::Flag)]);

pub(super) fn create(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let body = caller.request.body()?;
    let text = |name: &str| body.text(name).map(str::to_owned);
    let new = NewLink {
        job_id: text("jobId"),
        external_project_id: body.get("externalProjectId").to_owned(),
        external_project_name: text("externalProjectName"),
        external_project_url: text("externalProjectUrl"),
        provisioning_mode: match body.text("provisioningMode") {
            Some("MANAGED_ADAPTER") => ProvisioningMode::ManagedAdapter,
            _ => ProvisioningMode::PartnerWebhook,
        },
    };
    let link = market
        .world
        .create_link(&caller.install, new, caller.now())?;
    created(json!({"projectLink": link}))
}

pub(super) fn list(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let links = market.world.links.iter().rev();
    let own: Vec<_> = links
        .filter(|link| link.install_id == caller.install)
        .collect();
    ok(json!({"projectLinks": own}))
}

pub(super) fn read(caller: &Caller<'_>, market: &mut Market) -> Answer {
    ok(json!({"projectLink": market.world.link(&caller.install, caller.id())?}))
}

pub(super) fn delete(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let link = market
        .world
        .delete_link(&caller.install, caller.id(), caller.now())?;
    ok(json!({"projectLink": link, "deleted": true}))
}
