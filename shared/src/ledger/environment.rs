//! The links and installs that decide, together with a trainer's document, who is entitled to access.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::closed::Closing;
use super::row::read;
use super::{
    ContractEnd, ContractKey, Hire, Install, InstallStatus, Ledger, LedgerError, Link, Trainer,
};
use crate::model::ConnectionName;
use crate::model::ids::{InstallId, LinkId, ProjectId};

/// The projects that connections may use.
#[derive(Debug, Clone, Default)]
pub struct Projects {
    /// The projects of each connection that may not use all.
    pub allowed: BTreeMap<ConnectionName, Arc<BTreeSet<ProjectId>>>,
    /// Whether any connection has such a list, even if it is not in `allowed`.
    pub recorded: bool,
    /// The connections that are served. `None` if that is unknown: then all count as served.
    pub served: Option<BTreeSet<ConnectionName>>,
}

impl Projects {
    /// Whether a connection is served: it is set up, with a token.
    pub fn is_served(&self, connection: &ConnectionName) -> bool {
        let served = self.served.as_ref();
        served.is_none_or(|served| served.contains(connection))
    }

    /// Whether projects are recorded for single organisations, because several organisations are served.
    fn are_recorded(&self) -> bool {
        self.recorded || !self.allowed.is_empty()
    }
}

/// Links and installs, read after the roster rows of the hires were written.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// The links, by connection.
    pub links: BTreeMap<(ConnectionName, LinkId), Link>,
    /// The installs.
    pub installs: BTreeMap<ConnectionName, Install>,
    /// The projects that connections may use.
    pub projects: Projects,
    /// The requested connections, including those without a row.
    pub asked: BTreeSet<ConnectionName>,
    /// A hire is over when its link is removed (`ON_LINK_REMOVED=remove`): no event will state its end.
    pub ends_with_links: bool,
}

impl Environment {
    /// One link.
    pub fn link(&self, connection: &ConnectionName, link: &LinkId) -> Option<&Link> {
        self.links.get(&(connection.clone(), link.clone()))
    }

    /// This environment with another link in it.
    #[must_use]
    pub fn with_link(mut self, connection: &ConnectionName, link: Link) -> Self {
        let key = (connection.clone(), link.id.clone());
        self.links.insert(key, link);
        self
    }

    /// The install that a connection has now; none while it is revoked or not known.
    pub fn live_install(&self, connection: &ConnectionName) -> Option<&InstallId> {
        let install = self.installs.get(connection)?;
        let live = install.status == InstallStatus::Active;
        install.id.as_ref().filter(|_| live)
    }

    /// Whether the hire's install is gone: it was revoked, or a reconnect replaced it.
    pub fn is_install_gone(&self, hire: &Hire) -> bool {
        let install = self.installs.get(&hire.connection);
        let link = self.link(&hire.connection, &hire.link);
        install.is_some_and(|it| it.status == InstallStatus::Revoked)
            || link.is_some_and(|link| link.is_anothers(install))
    }

    /// Whether OpenTrain has refused the token of the hire's connection for an hour.
    pub fn is_refused(&self, hire: &Hire) -> bool {
        let install = self.installs.get(&hire.connection);
        install.is_some_and(|install| install.refused)
    }

    /// Whether the hire's connection is no longer set up: nothing is granted through it.
    pub fn is_unserved(&self, hire: &Hire) -> bool {
        !self.projects.is_served(&hire.connection)
    }

    /// Whether no event will state the end of the hire's contract: its link or install is gone, OpenTrain refuses the
    /// token, or the connection is no longer set up.
    pub fn is_orphaned(&self, hire: &Hire) -> bool {
        self.is_link_removed(hire)
            || self.is_install_gone(hire)
            || self.is_refused(hire)
            || self.is_unserved(hire)
    }

    /// The connections that were requested, or whose links or installs are here.
    pub fn connections(&self) -> BTreeSet<&ConnectionName> {
        let of_links = self.links.keys().map(|(name, _)| name);
        let known = of_links.chain(self.installs.keys());
        known.chain(&self.asked).collect()
    }

    /// Whether the hire's organisation may use the project. A connection that is no longer set up has no list of its
    /// projects: it may use those that are not recorded for another organisation. One that is set up and has no list may
    /// use every project until there is a list, and then those of its organisation's other connections.
    pub fn is_allowed(&self, hire: &Hire) -> bool {
        self.may_use(&hire.connection, &hire.project)
    }

    /// Whether a connection's organisation may use the project.
    pub fn may_use(&self, own: &ConnectionName, project: &ProjectId) -> bool {
        let is_allowed = match self.projects.allowed.get(own) {
            Some(projects) => projects.contains(project),
            None if !self.projects.is_served(own) => !self.is_anothers(project, own),
            None => !self.projects.are_recorded() || self.is_of_organization(project, own),
        };
        let install = self.installs.get(own);
        is_allowed && install.is_none_or(|install| !install.excluded)
    }

    /// Why a connection's hires get no access to a project; `None` if they may have access.
    pub fn why_not(&self, own: &ConnectionName, project: &ProjectId) -> Option<String> {
        if self.may_use(own, project) {
            return None;
        }
        let install = self.installs.get(own);
        if install.is_some_and(|install| install.excluded) {
            let why = "a seat in this tool opens every project, and it serves another organisation";
            return Some(why.to_owned());
        }
        Some(match self.owners(project).next() {
            Some(owner) => {
                let organization = self.organization(owner).cloned();
                let owner = organization.unwrap_or_else(|| format!("connection {owner}"));
                format!("project {project} belongs to {owner}")
            }
            None => format!(
                "project {project} is not recorded for any organisation; bridge projects allow {project} --connection {own}"
            ),
        })
    }

    /// Whether a project is recorded for another organisation than the connection's.
    fn is_anothers(&self, project: &ProjectId, connection: &ConnectionName) -> bool {
        let mut owners = self.owners(project);
        owners.any(|owner| !self.same_organization(owner, connection))
    }

    /// Whether a project is recorded for the connection's organisation.
    fn is_of_organization(&self, project: &ProjectId, connection: &ConnectionName) -> bool {
        let mut owners = self.owners(project);
        owners.any(|owner| self.same_organization(owner, connection))
    }

    /// The connections that a project is recorded for.
    pub fn owners(&self, project: &ProjectId) -> impl Iterator<Item = &ConnectionName> {
        let all = self.projects.allowed.iter();
        all.filter(move |(_, projects)| projects.contains(project))
            .map(|(name, _)| name)
    }

    /// Whether the hire's link was removed.
    pub fn is_link_removed(&self, hire: &Hire) -> bool {
        let link = self.link(&hire.connection, &hire.link);
        link.is_some_and(|link| link.removed)
    }

    /// The end of the hire's contract, if it has ended.
    ///
    /// An end covers the contract's hires at every link of its connection and of all connections of the same
    /// organisation. Where the organisations are not both known, it also covers orphaned hires: no event will state their
    /// end.
    pub fn end_of<'a>(&self, trainer: &'a Trainer, hire: &Hire) -> Option<&'a ContractEnd> {
        let ends = trainer.ends.iter();
        let covering = ends.filter(|(key, _)| self.covers(key, hire));
        let ends = covering
            .map(|(_, end)| end)
            .filter(|end| hire.is_ended_by(end));
        ends.max_by_key(|end| end.stamp.happened_at())
    }

    /// When the hire was over: its contract ended, or its link was removed and still is.
    pub fn closing_of(&self, trainer: &Trainer, hire: &Hire) -> Option<Closing> {
        let by_end = self.end_of(trainer, hire).map(Closing::by_end);
        by_end.or_else(|| {
            let link = self.link(&hire.connection, &hire.link)?;
            (self.ends_with_links && link.removed).then(|| Closing::by_link(link))
        })
    }

    /// Whether the end of a contract is the end of this hire, too.
    pub(crate) fn covers(&self, end: &ContractKey, hire: &Hire) -> bool {
        if end.contract != hire.contract {
            return false;
        }
        let (of_end, of_hire) = (&end.connection, &hire.connection);
        let known = self.organization(of_end).is_some() && self.organization(of_hire).is_some();
        self.same_organization(of_end, of_hire) || (!known && self.is_orphaned(hire))
    }

    /// The organisation of a connection, where OpenTrain named it.
    pub fn organization(&self, connection: &ConnectionName) -> Option<&String> {
        self.installs.get(connection)?.organization.as_ref()
    }

    /// Whether two connections are known to belong to one organisation: they are the same connection, or OpenTrain
    /// named one organisation for both.
    pub fn same_organization(&self, one: &ConnectionName, other: &ConnectionName) -> bool {
        let own = self.organization(one);
        one == other || (own.is_some() && own == self.organization(other))
    }
}

impl Ledger {
    /// The links and installs of some hires and connections, in one strongly consistent request.
    pub async fn environment<'a>(
        &self,
        connections: &BTreeSet<&'a ConnectionName>,
        hires: &[&'a Hire],
    ) -> Result<Environment, LedgerError> {
        let own = hires.iter().map(|hire| &hire.connection);
        let names: BTreeSet<_> = connections.iter().copied().chain(own).collect();
        let links: BTreeSet<_> = hires
            .iter()
            .map(|hire| (&hire.connection, &hire.link))
            .collect();
        let keys = names.iter().map(|name| Link::install_key(name));
        let keys = keys.chain(links.iter().map(|(name, link)| Link::key(name, link)));
        let keys: Vec<_> = keys.collect();
        let mut items = self.table.get_many(&keys).await?.into_iter();
        let mut environment = Environment {
            asked: names.iter().map(|name| (*name).clone()).collect(),
            ..Environment::default()
        };
        for (name, item) in names.iter().zip(items.by_ref()) {
            if let Some(install) = item.as_ref().map(read).transpose()? {
                environment.installs.insert((*name).clone(), install);
            }
        }
        for ((name, id), item) in links.into_iter().zip(items) {
            if let Some(link) = item.as_ref().map(read).transpose()? {
                environment.links.insert((name.clone(), id.clone()), link);
            }
        }
        Ok(environment)
    }

    /// The installs and all links of some connections.
    pub async fn environment_of_connections(
        &self,
        names: &BTreeSet<ConnectionName>,
    ) -> Result<Environment, LedgerError> {
        let mut environment = Environment {
            asked: names.clone(),
            ..Environment::default()
        };
        for name in names {
            for link in self.links(name).await? {
                let key = (name.clone(), link.id.clone());
                environment.links.insert(key, link);
            }
            let install = self.install(name).await?;
            let install = install.map(|install| (name.clone(), install));
            environment.installs.extend(install);
        }
        Ok(environment)
    }

    /// [`environment`](Self::environment) of one trainer.
    pub async fn environment_of(&self, trainer: &Trainer) -> Result<Environment, LedgerError> {
        let hires: Vec<_> = trainer.hires.iter().collect();
        self.environment(&trainer.connections(), &hires).await
    }
}
