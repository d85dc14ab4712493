//! What can be wrong with a Label Studio, for `bridge check`: each with its cure.

use serde::Deserialize;

use super::LabelStudio;
use super::edition::{Edition, TESTED, Version};
use super::token::Token;
use crate::tool::{Grade, Remark, ToolError};

#[derive(Deserialize)]
struct TokenSettings {
    #[serde(default)]
    legacy_api_tokens_enabled: bool,
}

impl LabelStudio {
    pub(super) async fn remarks(&self) -> Vec<Remark> {
        let version = match self.version().await {
            Ok(version) => version,
            Err(error) => return vec![failed(&error)],
        };
        let mut remarks = vec![about(&version)];
        if let Err(error) = self.whoami().await {
            remarks.push(failed(&error));
            return remarks;
        }
        remarks.extend(self.about_token().await);
        if version.edition == Edition::Community {
            remarks.push(self.about_creator().await);
            remarks.push(self.about_admin().await);
            remarks.extend(self.about_sign_up());
        }
        remarks
    }

    async fn about_creator(&self) -> Remark {
        match self.is_creator().await {
            Ok(true) => good("the token is of the organisation's creator: it can remove members"),
            Ok(false) => wrong(
                "the token is not of the organisation's creator: people can be let in, and nobody can be removed",
                "set TOOL_API_TOKEN to a token of the account that created the organisation",
            ),
            Err(error) => failed(&error),
        }
    }

    async fn about_token(&self) -> Option<Remark> {
        if matches!(self.token, Token::Personal { .. }) {
            return Some(good("the token is a personal access token"));
        }
        let cure = "as the organisation's creator, make a personal access token (Account & Settings) and set \
                    TOOL_API_TOKEN to it";
        let url = match self.path(&["api", "jwt", "settings"]) {
            Ok(url) => url,
            Err(error) => return Some(failed(&error)),
        };
        match self.get::<TokenSettings>(url).await {
            Ok(settings) if settings.legacy_api_tokens_enabled => Some(note(
                "the token is a legacy one, and any member of the organisation can switch those off",
                cure,
            )),
            Ok(_) => Some(wrong("legacy tokens are switched off", cure)),
            // Older versions have no such settings, and no other tokens.
            Err(ToolError::Wrong { .. }) => None,
            Err(error) => Some(failed(&error)),
        }
    }

    async fn about_admin(&self) -> Remark {
        let Some(admin) = &self.admin else {
            return note(
                "a removal is soft: whoever is removed has no project and no task any more, can still log in, and sees \
                 the names of projects and people again; once removed, people come back by an administrator's hand alone",
                "set TOOL_ADMIN_EMAIL and TOOL_ADMIN_PASSWORD to those of a superuser: accounts are then switched off \
                 and on by the bridge",
            );
        };
        match admin.prove().await {
            Ok(()) => {
                good("the admin lets us in: accounts of people who are removed are switched off")
            }
            Err(error) => failed(&error),
        }
    }

    /// What Label Studio doesn't tell.
    fn about_sign_up(&self) -> Vec<Remark> {
        let mut remarks = vec![note(
            "whether anybody can sign up without an invitation is not to be seen from outside",
            "start Label Studio with LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK=true: without it, whoever was removed signs \
             up again under another address",
        )];
        if self.sign_on {
            remarks.push(note(
                "accounts are made by the API (TOOL_ACCOUNT_MODE=create): nobody can log in to them but through SSO",
                "set TOOL_ACCOUNT_MODE=invite unless SSO stands in front of Label Studio",
            ));
        } else if self.http.base().is_loopback() {
            remarks.push(note(
                "TOOL_BASE_URL is on this machine: so is the link in every invitation",
                "set TOOL_BASE_URL to the address under which people reach Label Studio",
            ));
        }
        remarks
    }
}

fn about(version: &Version) -> Remark {
    let Version { edition, release } = version;
    let says = format!("Label Studio {edition:?} {release}");
    match (version.is_tested(), edition) {
        (true, _) => good(says),
        (false, Edition::Community) => note(
            format!("{says}: the bridge was tested with {TESTED}"),
            "try a hire and an end on a test project before relying on it; look for a newer bridge",
        ),
        (false, Edition::Enterprise) => note(
            format!(
                "{says}: the bridge knows Enterprise from its documentation, and was not tested on a live server"
            ),
            "try a hire and an end on a test project before relying on it",
        ),
    }
}

fn good(says: impl Into<String>) -> Remark {
    Remark {
        grade: Grade::Good,
        says: says.into(),
        cure: None,
    }
}

fn note(says: impl Into<String>, cure: &str) -> Remark {
    Remark {
        grade: Grade::Note,
        says: says.into(),
        cure: Some(cure.into()),
    }
}

fn wrong(says: &str, cure: &str) -> Remark {
    Remark {
        grade: Grade::Wrong,
        says: says.into(),
        cure: Some(cure.into()),
    }
}

/// Whose text says what to do as well.
fn failed(error: &ToolError) -> Remark {
    Remark {
        grade: Grade::Wrong,
        says: error.to_string(),
        cure: None,
    }
}
