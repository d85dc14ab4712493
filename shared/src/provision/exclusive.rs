//! A tool in which a seat opens every project serves one organisation, unless `TOOL_SHARED_BY_CUSTOMERS` is set: the
//! one that was granted access first. The connections of others are excluded: their hires neither entitle to access nor
//! protect any.

use super::Provisioner;
use super::lease::Plan;
use crate::ledger::{Entitlement, Environment, Install, ToolOwner, Trainer};
use crate::model::ConnectionName;
use crate::model::failure::Failure;
use crate::model::ids::ProjectId;
use crate::tool::ToolError;

impl Provisioner {
    /// Refuses a grant unless the organisation that the tool serves has a live hire at the project.
    pub(super) async fn admit_organization(
        &self,
        trainer: &Trainer,
        plan: &Plan,
        project: &ProjectId,
    ) -> Result<(), Failure> {
        if !self.is_exclusive().await? {
            return Ok(());
        }
        let live = trainer.hires.iter().zip(&plan.entitlements);
        let live = live.filter(|(hire, it)| **it == Entitlement::Live && hire.project == *project);
        let mut excluded = None;
        for (hire, _) in live {
            let name = &hire.connection;
            let organization = plan.environment.organization(name);
            let claim = ToolOwner {
                connection: name.clone(),
                organization: organization.cloned(),
            };
            if self.ledger.own_tool(claim).await?.is(name, organization) {
                return Ok(());
            }
            self.exclude(name, true).await?;
            excluded = Some(name);
        }
        match excluded {
            Some(name) => Err(Failure::operator(refusal(name))),
            None => Ok(()),
        }
    }

    /// Excludes the connections of other organisations than the one that the tool serves, and no others. Returns the
    /// excluded connections.
    pub(crate) async fn exclude_others(
        &self,
        environment: &Environment,
    ) -> Result<Vec<ConnectionName>, Failure> {
        let owner = match self.is_exclusive().await? {
            true => self.ledger.tool_owner().await?,
            false => None,
        };
        let mut excluded = Vec::new();
        for (name, install) in &environment.installs {
            let organization = install.organization.as_ref();
            let is_other = owner
                .as_ref()
                .is_some_and(|owner| !owner.is(name, organization));
            if install.excluded != is_other {
                self.exclude(name, is_other).await?;
            }
            excluded.extend(is_other.then(|| name.clone()));
        }
        Ok(excluded)
    }

    async fn is_exclusive(&self) -> Result<bool, ToolError> {
        Ok(!self.policy.shared_by_customers && self.tool.opens_every_project().await?)
    }

    async fn exclude(&self, name: &ConnectionName, excluded: bool) -> Result<(), Failure> {
        let now = self.clock.now();
        let change = |old: Option<Install>| {
            let is_so = old.as_ref().is_some_and(|it| it.excluded) == excluded;
            (!is_so).then(|| Install::with_excluded(old, excluded, now))
        };
        self.ledger.update_install(name, change).await?;
        Ok(())
    }
}

/// Why a connection's links grant nothing.
pub(crate) fn refusal(name: &ConnectionName) -> String {
    format!(
        "a seat in this tool opens every project, so it serves one organisation, and `{name}` is another one: give it a tool of its own, or set \
         TOOL_SHARED_BY_CUSTOMERS=1 if both may see each other's projects"
    )
}
