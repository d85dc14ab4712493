//! A simulated CVAT with the parts that a bridge uses. It follows the published API, is strict and has state.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, io,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::watch;

use crate::kit::{
    fault::{Fault, Faults},
    server::Server,
    violation::{Violation, Violations},
};
use log::LogEntry;

mod control;
mod http;
mod lists;
mod log;
mod people;

pub use log::CvatEvent;

/// A running CVAT with one organisation. Dropping it stops it.
pub struct Cvat {
    shared: Arc<Shared>,
    server: Server,
}

pub(crate) struct Shared {
    floor: Mutex<Floor>,
    pub(crate) faults: Faults,
    pub(crate) violations: Violations,
    pub(crate) stop: watch::Receiver<bool>,
}

/// The organisation's id. Other ids of all kinds are greater numbers.
pub(crate) const ORGANIZATION: u64 = 3;

/// The token's owner.
pub(crate) const OWNER: u64 = 1;

/// All data.
pub(crate) struct Floor {
    token: String,
    slug: String,
    next: u64,
    users: BTreeMap<u64, User>,
    members: BTreeMap<u64, Member>,
    /// Jobs, tasks and projects.
    things: BTreeMap<(Kind, u64), Thing>,
    /// Guides of projects, by the guide's id.
    guides: BTreeMap<u64, String>,
    log: Vec<LogEntry>,
    /// Number of answered calls.
    calls: usize,
    /// Exports: the file, and the number of polls before it is done.
    exports: BTreeMap<String, (String, u32)>,
    mails: bool,
    /// Number of mailed invitations.
    mailed: u32,
    has_log: bool,
    /// Whether the token's owner is a server administrator, who sees e-mails.
    is_admin: bool,
    /// Whether the token is read-only.
    is_read_only: bool,
    /// Number of resent invitations. All of them count as resent within one hour.
    resends: u32,
    result_host: Option<String>,
    /// Objects whose writes fail.
    broken: BTreeSet<(Kind, u64)>,
}

pub(crate) struct User {
    /// The e-mail, until an invited person has registered.
    username: String,
    email: String,
    active: bool,
}

pub(crate) struct Member {
    id: u64,
    role: String,
    /// An open invitation.
    invitation: Option<Invitation>,
}

pub(crate) struct Invitation {
    key: String,
    inviter: u64,
    /// `None` until it was sent.
    expired: Option<bool>,
}

/// Kinds of objects with an assignee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A project.
    Project,
    /// A task in a project.
    Task,
    /// A job in a project.
    Job,
}

pub(crate) struct Thing {
    name: String,
    project: u64,
    assignee: Option<u64>,
    guide: Option<u64>,
    /// `None` in a personal workspace.
    organization: Option<u64>,
}

impl Cvat {
    /// Starts on a free port of 127.0.0.1, with an organisation that the token's user owns.
    pub async fn start(token: &str, slug: &str) -> io::Result<Self> {
        let (stop, stopped) = watch::channel(false);
        let shared = Arc::new(Shared {
            floor: Mutex::new(Floor::new(token, slug)),
            faults: Faults::default(),
            violations: Violations::default(),
            stop: stopped,
        });
        let router = http::router(Arc::clone(&shared));
        let server = Server::start(0, router, &[], stop).await?;
        Ok(Self { shared, server })
    }

    /// Value of `TOOL_BASE_URL`.
    pub fn base_url(&self) -> String {
        self.server.origin()
    }

    /// Stops, and waits for the requests in flight.
    pub async fn shutdown(mut self) {
        self.server.shutdown().await;
    }

    /// Requests that the API does not have, or that leave a person with access.
    pub fn violations(&self) -> Vec<Violation> {
        self.shared.violations.all()
    }

    /// Number of answered calls.
    pub fn calls(&self) -> usize {
        self.shared.look(|floor| floor.calls)
    }

    /// Adds a fault. The first fault that matches a request is used.
    pub fn fault(&self, fault: Fault) {
        self.shared.faults.add(fault);
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.shared.faults.clear();
    }

    pub(crate) fn floor<T>(&self, work: impl FnOnce(&mut Floor) -> T) -> T {
        self.shared.look(work)
    }
}

impl fmt::Debug for Cvat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Cvat")
            .field("base_url", &self.base_url())
            .finish_non_exhaustive()
    }
}

impl Shared {
    pub(crate) fn look<T>(&self, work: impl FnOnce(&mut Floor) -> T) -> T {
        work(&mut self.floor.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Floor {
    fn new(token: &str, slug: &str) -> Self {
        let mut floor = Self {
            token: token.to_owned(),
            slug: slug.to_owned(),
            next: 10,
            users: BTreeMap::new(),
            members: BTreeMap::new(),
            things: BTreeMap::new(),
            guides: BTreeMap::new(),
            log: Vec::new(),
            calls: 0,
            exports: BTreeMap::new(),
            mails: true,
            mailed: 0,
            has_log: true,
            is_admin: false,
            is_read_only: false,
            resends: 0,
            result_host: None,
            broken: BTreeSet::new(),
        };
        let owner = User {
            username: "admin".to_owned(),
            email: "admin@example.org".to_owned(),
            active: true,
        };
        floor.users.insert(OWNER, owner);
        floor.join(OWNER, "owner", None);
        floor
    }

    pub(crate) fn draw(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    pub(crate) fn join(&mut self, user: u64, role: &str, invitation: Option<Invitation>) {
        let member = Member {
            id: self.draw(),
            role: role.to_owned(),
            invitation,
        };
        self.members.insert(user, member);
    }
}
