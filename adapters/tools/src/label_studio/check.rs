//! Checks of a Label Studio, for `bridge check`. Each fault has a suggested fix.

use serde::Deserialize;

use super::LabelStudio;
use super::edition::{Edition, TESTED, Version};
use super::token::Token;
use shared::tool::{Grade, Remark, ToolError};

#[derive(Deserialize)]
struct TokenSettings {
    #[serde(default)]
    api_tokens_enabled: bool,
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
        if let Err(error) = self.prove_token().await {
            remarks.push(failed(&error));
            return remarks;
        }
        remarks.extend(self.about_token().await);
        if version.edition == Edition::Community {
            remarks.push(self.about_creator().await);
            remarks.push(self.about_admin().await);
            remarks.push(self.about_sign_up().await);
            remarks.extend(self.about_links());
        }
        remarks
    }

    async fn about_creator(&self) -> Remark {
        match self.is_creator().await {
            Ok(true) => good("the token is of the organisation's creator: it can remove members"),
            Ok(false) => wrong(
                "the token is not of the organisation's creator: the bridge can grant access but not revoke it",
                "set TOOL_API_TOKEN to a token of the account that created the organisation",
            ),
            Err(error) => failed(&error),
        }
    }

    /// Checks the kind of the token. Members can disable both kinds.
    async fn about_token(&self) -> Option<Remark> {
        let url = match self.path(&["api", "jwt", "settings"]) {
            Ok(url) => url,
            Err(error) => return Some(failed(&error)),
        };
        let is_personal = matches!(self.token, Token::Personal { .. });
        let kind = match is_personal {
            true => "personal access token",
            false => "legacy token",
        };
        match self.get::<TokenSettings>(url).await {
            Ok(settings) if is_personal && !settings.api_tokens_enabled => Some(wrong(
                "personal access tokens are disabled",
                "enable them at Organization → API Tokens Settings",
            )),
            Ok(settings) if !is_personal && !settings.legacy_api_tokens_enabled => Some(wrong(
                "legacy tokens are disabled",
                "enable them at Organization → API Tokens Settings, or set TOOL_API_TOKEN to a personal access token",
            )),
            Ok(_) if self.admin.is_some() => Some(good(format!(
                "the token is a {kind}; should a member disable such tokens, the superuser's session is used"
            ))),
            Ok(_) => Some(note(
                format!(
                    "the token is a {kind}, and any member, also a trainer, can disable both kinds of tokens for the whole \
                     organisation: the bridge could then neither grant nor remove access until you enable them again"
                ),
                "set TOOL_ADMIN_EMAIL and TOOL_ADMIN_PASSWORD to those of a superuser",
            )),
            // Older versions have no such settings, and no other tokens.
            Err(ToolError::Wrong { .. }) => None,
            Err(error) => Some(failed(&error)),
        }
    }

    async fn about_admin(&self) -> Remark {
        let Some(admin) = &self.admin else {
            return note(
                "a removal is soft: a removed person has no project and no task any longer, and can still log in, read \
                 the annotations of tasks whose number they know, import tasks, and get a new invitation link; once removed, \
                 a person can be added again only by an administrator",
                "set TOOL_ADMIN_EMAIL and TOOL_ADMIN_PASSWORD to those of a superuser: accounts are then switched off \
                 and on by the bridge",
            );
        };
        match admin.prove().await {
            Ok(()) => {
                good("the superuser can log in: accounts of removed members are switched off")
            }
            Err(error) => failed(&error),
        }
    }

    async fn about_sign_up(&self) -> Remark {
        match self.sign_up.is_open().await {
            Ok(false) => good("signing up needs an invitation link"),
            Ok(true) => wrong(
                "people can sign up without an invitation, and removed people can do so again under another address",
                "start Label Studio with LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK=true",
            ),
            Err(error) => note(
                format!(
                    "it could not be seen whether people can sign up without an invitation: {error}"
                ),
                "start Label Studio with LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK=true",
            ),
        }
    }

    fn about_links(&self) -> Option<Remark> {
        if self.sign_on {
            return Some(note(
                "accounts are made by the API (TOOL_ACCOUNT_MODE=create): people can log in to them through SSO alone",
                "set TOOL_ACCOUNT_MODE=invite unless SSO stands in front of Label Studio",
            ));
        }
        let is_local = self.http.base().is_loopback();
        is_local.then(|| {
            note(
                "TOOL_BASE_URL is on this machine: so is the link in every invitation",
                "set TOOL_BASE_URL to the address under which people reach Label Studio",
            )
        })
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

/// The remark for an error, whose text contains the fix.
fn failed(error: &ToolError) -> Remark {
    Remark {
        grade: Grade::Wrong,
        says: error.to_string(),
        cure: None,
    }
}
