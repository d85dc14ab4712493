//! The 7 calls.

use crate::kit::fault::On;

/// Base path of the members contract, because a tool's base URL may have a path.
pub(super) const BASE: [&str; 2] = ["annotation", "v1"];

/// One of the 7 calls of the members contract, in the page's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ToolCall {
    /// `GET /projects/{projectId}`
    ReadProject,
    /// `PUT /projects/{projectId}/members/{trainerId}`
    PutMember,
    /// `GET /projects/{projectId}/members/{trainerId}`
    ReadMember,
    /// `DELETE /projects/{projectId}/members/{trainerId}`
    DeleteMember,
    /// `GET /projects/{projectId}/usage`
    Usage,
    /// `PUT /projects/{projectId}/notice`
    PutNotice,
    /// `DELETE /projects/{projectId}/notice`
    DeleteNotice,
}

impl ToolCall {
    /// The method and the path below the base, its ids as `*`.
    pub fn call(self) -> (&'static str, &'static str) {
        match self {
            Self::ReadProject => ("GET", "/projects/*"),
            Self::PutMember => ("PUT", "/projects/*/members/*"),
            Self::ReadMember => ("GET", "/projects/*/members/*"),
            Self::DeleteMember => ("DELETE", "/projects/*/members/*"),
            Self::Usage => ("GET", "/projects/*/usage"),
            Self::PutNotice => ("PUT", "/projects/*/notice"),
            Self::DeleteNotice => ("DELETE", "/projects/*/notice"),
        }
    }
}

impl From<ToolCall> for On {
    fn from(call: ToolCall) -> Self {
        let (method, path) = call.call();
        Self::call(method, path)
    }
}

/// A call, its project and its trainer; empty without one.
pub(crate) struct Route<'a> {
    pub(crate) call: ToolCall,
    pub(crate) project: &'a str,
    pub(crate) trainer: &'a str,
}

impl<'a> Route<'a> {
    /// The route of a call of the contract; `None` for any other path or method.
    pub(crate) fn of(method: &str, below: &[&'a str]) -> Option<Self> {
        if below.contains(&"") {
            return None;
        }
        let (call, project, trainer) = match (method, below) {
            ("GET", ["projects", project]) => (ToolCall::ReadProject, *project, ""),
            ("PUT", ["projects", project, "members", who]) => (ToolCall::PutMember, *project, *who),
            ("GET", ["projects", project, "members", who]) => {
                (ToolCall::ReadMember, *project, *who)
            }
            ("DELETE", ["projects", project, "members", who]) => {
                (ToolCall::DeleteMember, *project, *who)
            }
            ("GET", ["projects", project, "usage"]) => (ToolCall::Usage, *project, ""),
            ("PUT", ["projects", project, "notice"]) => (ToolCall::PutNotice, *project, ""),
            ("DELETE", ["projects", project, "notice"]) => (ToolCall::DeleteNotice, *project, ""),
            _ => return None,
        };
        Some(Self {
            call,
            project,
            trainer,
        })
    }
}
