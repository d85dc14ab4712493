//! Actions of people in CVAT, and state for tests.

use std::collections::BTreeSet;

use super::{Cvat, Floor, Kind, ORGANIZATION, OWNER, Thing, User};

impl Cvat {
    /// Creates a project of the organisation, with a guide.
    pub fn create_project(&self, name: &str, guide: &str) -> u64 {
        self.floor(|floor| {
            let id = floor.draw();
            floor.guides.insert(id, guide.to_owned());
            let project = Thing {
                name: name.to_owned(),
                project: id,
                assignee: None,
                guide: Some(id),
                organization: Some(ORGANIZATION),
            };
            floor.things.insert((Kind::Project, id), project);
            id
        })
    }

    /// Moves a project into a personal workspace.
    pub fn make_personal(&self, project: u64) {
        self.floor(|floor| {
            let found = floor.things.get_mut(&(Kind::Project, project));
            found.into_iter().for_each(|it| it.organization = None);
        });
    }

    /// Assigns a project, or a new task or job in it, to the user with this e-mail. Returns its id.
    pub fn assign(&self, kind: Kind, project: u64, email: &str) -> Option<u64> {
        self.floor(|floor| {
            let user = floor.user_by(email)?;
            let id = match kind {
                Kind::Project => project,
                Kind::Task | Kind::Job => floor.draw(),
            };
            let thing = floor.things.entry((kind, id)).or_insert_with(|| Thing {
                name: format!("{kind:?} {id}"),
                project,
                assignee: None,
                guide: None,
                organization: Some(ORGANIZATION),
            });
            thing.assignee = Some(user);
            Some(id)
        })
    }

    /// Creates an account before any invitation.
    pub fn create_user(&self, username: &str, email: &str) {
        self.floor(|floor| {
            let id = floor.draw();
            let user = User {
                username: username.to_owned(),
                email: email.to_owned(),
                active: true,
            };
            floor.users.insert(id, user);
        });
    }

    /// Makes a user a member by hand.
    pub fn add_member(&self, email: &str, role: &str) {
        self.floor(|floor| {
            if let Some(user) = floor.user_by(email) {
                floor.join(user, role, None);
            }
        });
    }

    /// The person leaves the organisation, or is removed by hand. Their assignments remain.
    pub fn leave(&self, email: &str) {
        self.floor(|floor| {
            if let Some(user) = floor.user_by(email) {
                floor.members.remove(&user);
            }
        });
    }

    /// The person registers and opens the link in the mail. Returns whether there was a valid one.
    pub fn accept(&self, email: &str) -> bool {
        self.floor(|floor| {
            let Some(id) = floor.user_by(email) else {
                return false;
            };
            let member = floor.members.get_mut(&id);
            let open = member.map(|it| &mut it.invitation);
            let is_alive = |it: &super::Invitation| it.expired == Some(false);
            let open = open.filter(|it| it.as_ref().is_some_and(is_alive));
            let accepted = open.is_some_and(|it| it.take().is_some());
            if accepted && let Some(user) = floor.users.get_mut(&id) {
                user.active = true;
                user.username = format!("person-{id}");
            }
            accepted
        })
    }

    /// Makes all sent invitations expire.
    pub fn expire_invitations(&self) {
        self.invitations(|it| it.expired = it.expired.map(|_| true));
    }

    /// Changes the owner of all invitations to another maintainer.
    pub fn hand_invitations_over(&self) {
        self.invitations(|it| it.inviter = OWNER + 1);
    }

    fn invitations(&self, change: impl Fn(&mut super::Invitation)) {
        self.floor(|floor| {
            let members = floor.members.values_mut();
            let open = members.filter_map(|it| it.invitation.as_mut());
            open.for_each(change);
        });
    }

    /// `e-mail: role` of each member who has accepted.
    pub fn members(&self) -> Vec<String> {
        self.floor(|floor| {
            let members = floor
                .members
                .iter()
                .filter(|(_, it)| it.invitation.is_none());
            let text = |(id, it): (&u64, &super::Member)| {
                format!("{}: {}", floor.users[id].email, it.role)
            };
            members.map(text).collect()
        })
    }

    /// The e-mails of open invitations.
    pub fn invited(&self) -> Vec<String> {
        self.floor(|floor| {
            let open = floor
                .members
                .iter()
                .filter(|(_, it)| it.invitation.is_some());
            open.map(|(id, _)| floor.users[id].email.clone()).collect()
        })
    }

    /// Number of mailed invitations, without resent ones.
    pub fn mailed(&self) -> u32 {
        self.floor(|floor| floor.mailed)
    }

    /// The projects that the user can see in part. An assignee can, member or not.
    pub fn sees(&self, email: &str) -> Vec<u64> {
        self.floor(|floor| {
            let user = floor.user_by(email);
            let own = floor
                .things
                .values()
                .filter(|it| it.assignee.is_some() && it.assignee == user);
            let projects: BTreeSet<_> = own.map(|it| it.project).collect();
            projects.into_iter().collect()
        })
    }

    /// A project's guide.
    pub fn guide(&self, project: u64) -> Option<String> {
        self.floor(|floor| floor.guides.get(&project).cloned())
    }

    /// Changes the role of the token's owner.
    pub fn set_role(&self, role: &str) {
        self.floor(|floor| {
            let own = floor.members.get_mut(&OWNER);
            own.into_iter().for_each(|it| role.clone_into(&mut it.role));
        });
    }

    /// Makes the token's owner a server administrator, who sees e-mails.
    pub fn show_emails(&self) {
        self.floor(|floor| floor.is_admin = true);
    }

    /// Changes the person's role in the organisation.
    pub fn promote(&self, email: &str, role: &str) {
        self.floor(|floor| {
            let user = floor.user_by(email);
            let member = user.and_then(|it| floor.members.get_mut(&it));
            member
                .into_iter()
                .for_each(|it| role.clone_into(&mut it.role));
        });
    }

    /// Makes the token read-only, as personal access tokens are by default.
    pub fn make_read_only(&self) {
        self.floor(|floor| floor.is_read_only = true);
    }

    /// Enables or disables the e-mail backend.
    pub fn set_mails(&self, mails: bool) {
        self.floor(|floor| floor.mails = mails);
    }

    /// Makes each write of a task or job fail, or restores it.
    pub fn set_broken(&self, kind: Kind, id: u64, broken: bool) {
        self.floor(|floor| match broken {
            true => floor.broken.insert((kind, id)),
            false => floor.broken.remove(&(kind, id)),
        });
    }

    /// Disables the analytics.
    pub fn stop_log(&self) {
        self.floor(|floor| floor.has_log = false);
    }

    /// Changes the host in the URLs of results.
    pub fn point_results_to(&self, host: &str) {
        self.floor(|floor| floor.result_host = Some(host.to_owned()));
    }
}

impl Floor {
    /// Whether the token's owner is owner or maintainer of the organisation, or administrator of the server.
    pub(crate) fn is_staff(&self) -> bool {
        let own = self.members.get(&OWNER).map(|it| it.role.as_str());
        self.is_admin || matches!(own, Some("owner" | "maintainer"))
    }

    /// Whether the token's owner sees a member. Only staff sees open invitations.
    pub(crate) fn shows_member(&self, user: u64) -> bool {
        let member = self.members.get(&user);
        member.is_some_and(|it| it.invitation.is_none() || self.is_staff())
    }

    pub(crate) fn user_by(&self, email: &str) -> Option<u64> {
        let mut users = self.users.iter();
        users
            .find(|(_, it)| it.email.eq_ignore_ascii_case(email))
            .map(|(id, _)| *id)
    }
}
