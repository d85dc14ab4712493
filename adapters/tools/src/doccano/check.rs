//! Checks of a doccano, for `bridge check`.

use super::Doccano;
use shared::model::ids::ProjectId;
use shared::tool::{Grade, Remark};

impl Doccano {
    /// Checks the token's permissions, and the steps that new accounts need.
    pub(super) async fn remarks(&self) -> Vec<Remark> {
        let me = match self.me().await {
            Ok(me) => me,
            Err(error) => {
                return vec![Remark {
                    grade: Grade::Wrong,
                    says: error.to_string(),
                    cure: None,
                }];
            }
        };
        let rights = match (me.is_superuser, me.is_staff) {
            (true, _) => Remark {
                grade: Grade::Good,
                says: "the token's owner is a superuser: accounts can be created, and members added and removed".to_owned(),
                cure: None,
            },
            (false, true) => Remark {
                grade: Grade::Note,
                says: "the token's owner is staff and no superuser: they can create accounts, and have to be project_admin \
                       of every linked project"
                    .to_owned(),
                cure: Some("make them a superuser, or see below whether each project can be read".to_owned()),
            },
            (false, false) => Remark {
                grade: Grade::Wrong,
                says: "the token's owner can't create accounts: new members get no access".to_owned(),
                cure: Some("make them a superuser at /admin/auth/user/, or use the token of one".to_owned()),
            },
        };
        vec![rights, self.accounts()]
    }

    /// Checks whether the labels of a project can be counted. Another check reports a project that cannot be read.
    pub(super) async fn project_remarks(&self, project: &ProjectId) -> Vec<Remark> {
        let Ok(found) = self.read_project(project).await else {
            return Vec::new();
        };
        let Ok(seen) = self.counters(&found).await else {
            return Vec::new();
        };
        let Ok(days) = self.memory.preview(project, &seen).await else {
            return Vec::new();
        };
        if !seen.frozen {
            return Vec::new();
        }
        vec![Remark {
            grade: Grade::Wrong,
            says: self.frozen(&found, days.keys()).await,
            cure: Some(
                "add them on the project's page Members; then run `bridge usage`".to_owned(),
            ),
        }]
    }

    fn accounts(&self) -> Remark {
        match self.options.sign_on {
            true => Remark {
                grade: Grade::Good,
                says: "accounts are created, and trainers log in by single sign-on (TOOL_ACCOUNT_MODE=create)".to_owned(),
                cure: None,
            },
            false => Remark {
                grade: Grade::Note,
                says: "the bridge creates accounts with a random password that it does not keep: an administrator has to set one for each new trainer".to_owned(),
                cure: Some(
                    "see `bridge status` for the trainers who wait; with single sign-on in front, set TOOL_ACCOUNT_MODE=create"
                        .to_owned(),
                ),
            },
        }
    }
}
