//! Invitations that the operator must send, because no mail server is configured or it has refused them.

use std::fmt;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use shared::ledger::Trainer;
use shared::model::ids::{ProjectId, TrainerId};
use shared::model::person::Email;

/// An invitation link and its recipient. The JSON does not contain it and `Debug` shows only the trainer, because the
/// link is a secret and the address is personal data.
pub struct HandOver {
    pub trainer: TrainerId,
    pub projects: Vec<ProjectId>,
    /// Time of the first invitation to one of the projects.
    pub since: Timestamp,
    email: String,
    link: String,
}

/// An invitation as JSON. It has no `Debug`, because the link is a secret and the address is personal data.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Exposed {
    trainer: TrainerId,
    projects: Vec<ProjectId>,
    /// Send the link to this address only.
    email: String,
    /// A secret: it grants access.
    link: String,
}

impl fmt::Debug for HandOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HandOver({}, …)", self.trainer)
    }
}

impl HandOver {
    /// The invitations of one trainer that were not mailed. A link to several projects is listed once.
    pub fn of(id: &TrainerId, trainer: &Trainer) -> Vec<Self> {
        // Earlier versions did not record the recipient.
        let addresses = trainer.member.addresses(|_| true);
        let mut all: Vec<Self> = Vec::new();
        for access in trainer.access.values().filter(|it| it.may_be_in()) {
            let invitation = access.invitation.as_ref();
            let Some(invitation) = invitation.filter(|it| it.mailed_at.is_none()) else {
                continue;
            };
            if let Some(same) = all.iter_mut().find(|it| it.link == invitation.link) {
                same.projects.push(access.project.clone());
                same.since = same.since.min(access.at);
                continue;
            }
            let email = access.invited.as_ref().or(addresses.first());
            all.push(Self {
                trainer: id.clone(),
                projects: vec![access.project.clone()],
                since: access.at,
                email: email.map_or("an unknown address", Email::expose).to_owned(),
                link: invitation.link.clone(),
            });
        }
        all
    }

    /// The recipient. Personal data.
    pub fn email(&self) -> &str {
        &self.email
    }

    /// The link. A secret.
    pub fn link(&self) -> &str {
        &self.link
    }

    /// JSON with the link and the address.
    pub(crate) fn exposed(&self) -> Exposed {
        Exposed {
            trainer: self.trainer.clone(),
            projects: self.projects.clone(),
            email: self.email.clone(),
            link: self.link.clone(),
        }
    }
}

/// The lines for the operator. They contain links and addresses only on a terminal, because redirected output is often
/// stored in files.
pub(super) fn lines(all: &[HandOver], at_a_terminal: bool) -> Vec<String> {
    let line = |it: &HandOver| match at_a_terminal {
        true => format!("{}: send {} to {}", it.trainer, it.link, it.email),
        false => format!(
            "{}: `bridge invitations` shows the link and the address",
            it.trainer
        ),
    };
    all.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use shared::ledger::{Access, AccessState, KnownEmail, Member};
    use shared::model::ConnectionName;
    use shared::model::invitation::Invitation;

    use super::*;

    fn trainer(projects: &[(&str, &str, Option<Timestamp>)]) -> Trainer {
        let access = projects.iter().map(|(project, link, mailed_at)| {
            let invitation = Invitation {
                mailed_at: *mailed_at,
                ..Invitation::new((*link).to_owned())
            };
            let access = Access {
                invitation: Some(invitation),
                ..Access::new(
                    &(*project).into(),
                    AccessState::Invited,
                    Timestamp::UNIX_EPOCH,
                )
            };
            (access.project.clone(), access)
        });
        let access = access.collect();
        let email = KnownEmail::new(
            Email::parse("maria@opentrain.work").unwrap(),
            Timestamp::UNIX_EPOCH,
        );
        let member = Member {
            emails: [(ConnectionName::default(), email)].into(),
            ..Member::default()
        };
        Trainer {
            access,
            member,
            ..Trainer::default()
        }
    }

    #[test]
    fn one_link_is_shown_once_and_to_a_person_alone() {
        let waits = trainer(&[("a", "https://t/1", None), ("b", "https://t/1", None)]);
        let all = HandOver::of(&"usr_1".into(), &waits);
        assert_eq!(
            lines(&all, true),
            ["usr_1: send https://t/1 to maria@opentrain.work"]
        );
        let redirected = lines(&all, false).join("\n") + &format!("{all:?}");
        for private in ["https", "maria"] {
            assert!(!redirected.contains(private), "{redirected}");
        }
    }

    #[test]
    fn mailed_invitations_need_no_operator() {
        let mailed = trainer(&[("a", "https://t/1", Some(Timestamp::UNIX_EPOCH))]);
        assert!(HandOver::of(&"usr_1".into(), &mailed).is_empty());
    }
}
