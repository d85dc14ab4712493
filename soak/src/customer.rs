//! What customers do at OpenTrain, and what the operator does for them.

use secrecy::{ExposeSecret, SecretString};
use shared::connection::Webhook;
use shared::model::event::EventType;
use shared::model::ids::{JobId, LinkId, ProjectId};
use shared::model::signature::WebhookSecret;
use shared::opentrain::{
    EndpointPatch, EndpointStatus, NewProjectLink, NewWebhookEndpoint, PlatformClient,
    ProvisioningMode,
};
use simulator::ConsentOptions;

use crate::acts::{Done, connection};
use crate::books::{Job, Made};
use crate::world::World;

impl World {
    fn platform(&self, customer: usize) -> Done<PlatformClient> {
        let own = self.around.keeper.get(&connection(customer)?);
        let token = own.and_then(|own| own.token).ok_or("no token")?;
        Ok(self.operator.client.with_token(&token)?)
    }

    /// A customer consents, and the operator connects and subscribes.
    pub(crate) async fn join(&self, customer: usize) -> Done<()> {
        let organization = format!("org_{customer}");
        let consent = ConsentOptions {
            organization: organization.clone(),
            ..ConsentOptions::default()
        };
        let grant = self.around.opentrain.consent(consent);
        self.books()
            .entries()
            .join(customer, grant.install_id.clone());
        let token = SecretString::from(grant.token.as_str());
        self.around.keeper.change(&connection(customer)?, |own| {
            own.token = Some(token);
            own.organization = Some(organization);
        });
        self.subscribe(customer).await
    }

    /// The operator makes an endpoint with a new secret, and deletes the earlier ones.
    pub(crate) async fn subscribe(&self, customer: usize) -> Done<()> {
        let (name, platform) = (connection(customer)?, self.platform(customer)?);
        let url = format!("http://127.0.0.1:1/hooks/{name}");
        let event_types = EventType::known().map(Into::into).collect();
        let created = platform
            .create_endpoint(&NewWebhookEndpoint { url, event_types })
            .await?;
        let secret = WebhookSecret::new(created.secret.expose_secret()).ok_or("an empty secret")?;
        let endpoint = created.endpoint.id.clone();
        self.around.keeper.change(&name, |own| {
            own.webhooks.insert(
                0,
                Webhook {
                    endpoint: Some(endpoint),
                    secret,
                },
            );
        });
        for own in platform.endpoints().await?.into_parts().0 {
            if own.id != created.endpoint.id {
                platform.delete_endpoint(&own.id).await?;
            }
        }
        Ok(())
    }

    /// The operator requests the redelivery of permanently failed deliveries.
    pub(crate) async fn redeliver(&self, customer: usize) -> Done<()> {
        let platform = self.platform(customer)?;
        for own in platform.endpoints().await?.into_parts().0 {
            let patch = EndpointPatch {
                status: Some(EndpointStatus::Active),
                ..EndpointPatch::default()
            };
            platform.update_endpoint(&own.id, &patch).await?;
            platform.redeliver(&own.id, None).await?;
        }
        Ok(())
    }

    /// Links a job to a project as its customer.
    pub(crate) async fn link(&self, job: &Job, project: &str, managed: bool) -> Done<()> {
        let install = self.books().entries().installs[job.customer].clone();
        let new = NewProjectLink {
            external_project_id: ProjectId::new(project),
            external_project_name: None,
            external_project_url: None,
            job_id: Some(JobId::new(job.id.clone())),
            provisioning_mode: match managed {
                true => ProvisioningMode::ManagedAdapter,
                false => ProvisioningMode::PartnerWebhook,
            },
        };
        self.books().entries().links.push(Made {
            job: job.id.clone(),
            project: project.to_owned(),
            customer: job.customer,
            install,
        });
        self.platform(job.customer)?.create_link(&new).await?;
        Ok(())
    }

    /// Deletes the links of a job.
    pub(crate) async fn unlink(&self, nth: usize) -> Done<()> {
        let Some(job) = self.job(nth) else {
            return Ok(());
        };
        let install = self.books().entries().installs[job.customer].clone();
        self.books().entries().cut(|it| it.id == job.id);
        let platform = self.platform(job.customer)?;
        for link in self.around.opentrain.links() {
            if link.job_id.as_ref() == Some(&job.id) && link.install_id == install {
                platform.delete_link(&LinkId::new(link.id)).await?;
            }
        }
        Ok(())
    }

    /// A customer links a job of their own to a project of another customer.
    pub(crate) async fn foreign(&self, nth: usize) -> Done<()> {
        let Some(job) = self.job(nth) else {
            return Ok(());
        };
        let all = self.books().entries().jobs.clone();
        let Some(other) = all.iter().find(|it| it.customer != job.customer) else {
            return Ok(());
        };
        // An install can link a project only once.
        let links = self.around.opentrain.links();
        let install = self.books().entries().installs[job.customer].clone();
        let is_linked = links
            .iter()
            .any(|it| it.external_project_id == other.project && it.install_id == install);
        match is_linked {
            true => Ok(()),
            false => self.link(&job, &other.project, false).await,
        }
    }

    /// A customer disconnects and connects again; the operator stores the new token and links again.
    pub(crate) async fn reconnect(&self, customer: usize) -> Done<()> {
        let install = self.books().entries().installs[customer].clone();
        self.books().entries().cut(|job| job.customer == customer);
        let _revoked = self.around.opentrain.revoke_install(&install);
        self.hub().changed.notify_one();
        self.join(customer).await?;
        let jobs = self.books().entries().jobs.clone();
        for job in jobs.iter().filter(|job| job.customer == customer) {
            self.link(job, &job.project, false).await?;
        }
        Ok(())
    }
}
