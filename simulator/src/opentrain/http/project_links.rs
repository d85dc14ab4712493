//! Endpoints 2 to 5.

use serde_json::json;

use super::Caller;
use crate::{
    fields::Fields,
    opentrain::{
        link::{NewLink, ProvisioningMode},
        world::World,
    },
    refusal::Refusal,
    reply::{Answer, created, ok},
};

const KNOWN: [&str; 5] = [
    "externalProjectId",
    "externalProjectName",
    "externalProjectUrl",
    "jobId",
    "provisioningMode",
];

impl Caller<'_> {
    pub(super) fn create_link(&self, world: &mut World) -> Answer {
        let body = self.call.json()?;
        let fields = Fields::of(&body, &KNOWN)?;
        fields.required("externalProjectId")?;
        let id = fields.short("externalProjectId", 200)?;
        let new = NewLink {
            job_id: fields.text("jobId")?.map(str::to_owned),
            external_project_id: id.unwrap_or_default(),
            external_project_name: fields.short("externalProjectName", 300)?,
            external_project_url: fields.short("externalProjectUrl", 2048)?,
            provisioning_mode: provisioning_mode(fields.text("provisioningMode")?)?,
        };
        let link = world.create_link(&self.install, new, self.now)?;
        created(json!({"projectLink": link}))
    }

    pub(super) fn list_links(&self, world: &World) -> Answer {
        self.call.bare()?;
        let links = world.links.iter().rev();
        let own: Vec<_> = links
            .filter(|link| link.install_id == self.install)
            .collect();
        ok(json!({"projectLinks": own}))
    }

    pub(super) fn read_link(&self, world: &World, id: &str) -> Answer {
        self.call.bare()?;
        ok(json!({"projectLink": world.link(&self.install, id)?}))
    }

    pub(super) fn delete_link(&self, world: &mut World, id: &str) -> Answer {
        self.call.bare()?;
        let link = world.delete_link(&self.install, id, self.now)?;
        ok(json!({"projectLink": link, "deleted": true}))
    }
}

fn provisioning_mode(text: Option<&str>) -> Result<ProvisioningMode, Refusal> {
    match text {
        None | Some("PARTNER_WEBHOOK") => Ok(ProvisioningMode::PartnerWebhook),
        Some("MANAGED_ADAPTER") => Ok(ProvisioningMode::ManagedAdapter),
        Some(_) => Err(Refusal::bad("provisioningMode is not known")),
    }
}
