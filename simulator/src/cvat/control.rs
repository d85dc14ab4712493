//! What people do in it, and what a test looks at.

use super::{Cvat, Floor, Kind, ORGANIZATION, OWNER, Thing, User};

impl Cvat {
    /// Makes a project of the organisation, with a guide.
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

    /// Moves a project into somebody's own workspace.
    pub fn make_personal(&self, project: u64) {
        self.floor(|floor| {
            let found = floor.things.get_mut(&(Kind::Project, project));
            found.into_iter().for_each(|it| it.organization = None);
        });
    }

    /// Assigns a project, or a new task or job in it, to whoever has the e-mail; its id.
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

    /// An account that somebody has already.
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

    /// The person follows the link in the mail; whether there was one that is alive.
    pub fn accept(&self, email: &str) -> bool {
        self.floor(|floor| {
            let Some(id) = floor.user_by(email) else {
                return false;
            };
            floor
                .users
                .get_mut(&id)
                .into_iter()
                .for_each(|it| it.active = true);
            let invitation = floor.members.get_mut(&id).map(|it| &mut it.invitation);
            let open = invitation.filter(|it| matches!(it, Some((_, false))));
            open.is_some_and(|it| it.take().is_some())
        })
    }

    /// Lets all invitations run out.
    pub fn expire_invitations(&self) {
        self.floor(|floor| {
            let open = floor
                .members
                .values_mut()
                .filter_map(|it| it.invitation.as_mut());
            open.for_each(|(_, expired)| *expired = true);
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

    /// The projects that somebody can see something of: an assignee does, member or not.
    pub fn sees(&self, email: &str) -> Vec<u64> {
        self.floor(|floor| {
            let user = floor.user_by(email);
            let own = floor
                .things
                .values()
                .filter(|it| it.assignee.is_some() && it.assignee == user);
            let mut projects: Vec<_> = own.map(|it| it.project).collect();
            projects.dedup();
            projects
        })
    }

    /// A project's guide.
    pub fn guide(&self, project: u64) -> Option<String> {
        self.floor(|floor| floor.guides.get(&project).cloned())
    }

    /// Gives the token's owner another role.
    pub fn set_role(&self, role: &str) {
        self.floor(|floor| {
            let own = floor.members.get_mut(&OWNER);
            own.into_iter().for_each(|it| role.clone_into(&mut it.role));
        });
    }

    /// Makes the token one of a server administrator, who is shown e-mails.
    pub fn show_emails(&self) {
        self.floor(|floor| floor.shows_emails = true);
    }

    /// Takes the e-mail backend away.
    pub fn stop_mails(&self) {
        self.floor(|floor| floor.mails = false);
    }

    /// Takes the analytics away.
    pub fn stop_log(&self) {
        self.floor(|floor| floor.has_log = false);
    }

    /// Has results said to be on another host.
    pub fn point_results_to(&self, host: &str) {
        self.floor(|floor| floor.result_host = Some(host.to_owned()));
    }
}

impl Floor {
    pub(crate) fn user_by(&self, email: &str) -> Option<u64> {
        let mut users = self.users.iter();
        users
            .find(|(_, it)| it.email.eq_ignore_ascii_case(email))
            .map(|(id, _)| *id)
    }
}
