//! A CVAT, as far as a bridge speaks to one: built from its published API, strict and stateful.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, io,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::watch;

use crate::{
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

/// A running CVAT with one organisation; dropping it stops it.
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

/// The organisation's id; ids of all kinds are drawn from one row above it.
pub(crate) const ORGANIZATION: u64 = 3;

/// The user that the token belongs to.
pub(crate) const OWNER: u64 = 1;

/// Everything that it knows.
pub(crate) struct Floor {
    token: String,
    slug: String,
    next: u64,
    users: BTreeMap<u64, User>,
    members: BTreeMap<u64, Member>,
    /// Jobs, tasks and projects.
    things: BTreeMap<(Kind, u64), Thing>,
    /// Of projects, by the guide's id.
    guides: BTreeMap<u64, String>,
    log: Vec<LogEntry>,
    /// Calls that were answered.
    calls: usize,
    /// Exports: the file, and how often it is still to be waited for.
    exports: BTreeMap<String, (String, u32)>,
    mails: bool,
    /// Invitations that were mailed.
    mailed: u32,
    has_log: bool,
    /// The token is a server administrator's, who is shown e-mails.
    is_admin: bool,
    /// The token may not write.
    is_read_only: bool,
    /// Invitations that were sent again within this hour.
    resends: u32,
    result_host: Option<String>,
    /// Things that CVAT fails to write.
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
    /// An invitation that is not accepted yet.
    invitation: Option<Invitation>,
}

pub(crate) struct Invitation {
    key: String,
    inviter: u64,
    /// None until it was sent.
    expired: Option<bool>,
}

/// What can be assigned.
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
    /// None in somebody's own workspace.
    organization: Option<u64>,
}

impl Cvat {
    /// Starts on a free port of 127.0.0.1, with an organisation that the bearer of `token` owns.
    pub async fn start(token: &str, slug: &str) -> io::Result<Self> {
        let (stop, stopped) = watch::channel(false);
        let shared = Arc::new(Shared {
            floor: Mutex::new(Floor::new(token, slug)),
            faults: Faults::default(),
            violations: Violations::default(),
            stop: stopped,
        });
        let router = http::router(Arc::clone(&shared));
        let server = Server::start(0, router, stop).await?;
        Ok(Self { shared, server })
    }

    /// What `TOOL_BASE_URL` is set to.
    pub fn base_url(&self) -> String {
        self.server.origin()
    }

    /// Stops, and waits for the requests in flight.
    pub async fn shutdown(mut self) {
        self.server.shutdown().await;
    }

    /// What clients did that the API does not know, or that leaves somebody with access.
    pub fn violations(&self) -> Vec<Violation> {
        self.shared.violations.all()
    }

    /// How many calls were answered.
    pub fn calls(&self) -> usize {
        self.shared.look(|floor| floor.calls)
    }

    /// Adds a fault; the first that matches a request happens to it.
    pub fn fault(&self, fault: Fault) {
        self.shared.faults.add(fault);
    }

    /// Ends all faults.
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
