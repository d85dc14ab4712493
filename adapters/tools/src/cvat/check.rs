//! Checks of a CVAT, for `bridge check`.

use jiff::ToSpan;
use serde::Deserialize;

use super::Cvat;
use super::rights::is_staff;
use crate::outcome::operator;
use shared::model::lenient;
use shared::tool::{Grade, Remark, ToolError};

/// Prefixes of the versions whose API was read or tested.
const VERSIONS: [&str; 2] = ["2.42.", "2.80."];

/// A token that expires within this number of days is reported.
const SOON_DAYS: i64 = 30;

#[derive(Deserialize)]
struct About {
    version: String,
}

/// A personal access token.
#[derive(Deserialize)]
struct AccessToken {
    #[serde(default, deserialize_with = "lenient::default_if_null")]
    read_only: bool,
    #[serde(default, deserialize_with = "lenient::text")]
    expiry_date: Option<String>,
}

impl Cvat {
    /// Checks the version, the rights of the token and of its owner, the event log, and whether addresses are verified.
    pub(super) async fn remarks(&self) -> Vec<Remark> {
        let mut remarks = Vec::new();
        let mut add = |found: Result<Option<Remark>, ToolError>| {
            let failed = |error: ToolError| Some(remark(Grade::Wrong, error.to_string(), None));
            remarks.extend(found.unwrap_or_else(failed));
        };
        add(self.version().await.map(Some));
        add(self.role().await.map(Some));
        add(self.token().await);
        add(self.event_log().await.map(Some));
        add(Ok(Some(self.addresses())));
        remarks
    }

    async fn version(&self) -> Result<Remark, ToolError> {
        let about: Option<About> = self.get(&["server", "about"], &[]).await?;
        let about = about.ok_or_else(|| {
            operator("there is no CVAT at this address: set TOOL_BASE_URL to its own address, without /api")
        })?;
        let version = self.http.plain(&about.version, &[]);
        Ok(match VERSIONS.iter().any(|own| version.starts_with(own)) {
            true => remark(Grade::Good, format!("CVAT {version}"), None),
            false => remark(
                Grade::Note,
                format!("CVAT {version}: the adapter was made for 2.80, and tried on 2.42"),
                Some("try a hire and an end on a project of your own first"),
            ),
        })
    }

    async fn role(&self) -> Result<Remark, ToolError> {
        let organization = &self.options.organization;
        self.organization_id().await?;
        let me = self.me().await?;
        if me.is_admin() {
            let says = "the token's owner is an administrator of the server: members can be invited, found by e-mail and \
                        removed";
            return Ok(remark(Grade::Good, says, None));
        }
        let member = self.member(&me).await?;
        let role = member.map_or_else(|| "no member".to_owned(), |it| it.role);
        Ok(match is_staff(&role) {
            true => remark(
                Grade::Good,
                format!(
                    "the token's owner is {role} of `{organization}`: members can be invited and removed"
                ),
                None,
            ),
            false => remark(
                Grade::Wrong,
                format!(
                    "the token's owner is {} of `{organization}`, and may not remove members",
                    self.http.plain(&role, &[])
                ),
                Some("make them a maintainer of the organisation, or use the token of one"),
            ),
        })
    }

    /// Checks a personal access token, which is read-only by default. Older versions have no personal access tokens.
    async fn token(&self) -> Result<Option<Remark>, ToolError> {
        if !self.is_personal {
            return Ok(None);
        }
        let path = ["auth", "access_tokens", "self"];
        let Some(token): Option<AccessToken> = self.get(&path, &[]).await? else {
            return Ok(None);
        };
        if token.read_only {
            return Ok(Some(remark(
                Grade::Wrong,
                "the access token is read-only: members can be neither invited nor removed",
                Some("create one without `Read only`, and set TOOL_API_TOKEN to it"),
            )));
        }
        let soon = self.clock.now().checked_add((SOON_DAYS * 24).hours());
        let ends = token.expiry_date.and_then(|it| it.parse().ok());
        let ends: Option<jiff::Timestamp> = ends;
        Ok(match (ends, soon) {
            (Some(ends), Ok(soon)) if ends < soon => Some(remark(
                Grade::Note,
                format!("the access token expires at {ends}"),
                Some("make another one before that, and set TOOL_API_TOKEN to it"),
            )),
            _ => None,
        })
    }

    /// Exports an hour of the event log, as a report of usage does for each project.
    async fn event_log(&self) -> Result<Remark, ToolError> {
        let now = self.clock.now();
        let since = now.checked_sub(1.hour()).unwrap_or(now);
        let organization = self.organization_id().await?.to_string();
        let (from, to) = (since.to_string(), now.to_string());
        let query = [
            ("org_id", organization.as_str()),
            ("from", from.as_str()),
            ("to", to.as_str()),
        ];
        self.try_export(&query).await?;
        let says = "the event log can be exported: work is reported from it";
        Ok(remark(Grade::Good, says, None))
    }

    fn addresses(&self) -> Remark {
        match self.options.emails_verified {
            true => remark(
                Grade::Good,
                "existing accounts get access by their e-mail (TOOL_EMAILS_VERIFIED=1)",
                None,
            ),
            false => remark(
                Grade::Note,
                "CVAT verifies no e-mail addresses unless it is told to, and its API does not show whether it is: accounts \
                 that existed before their invitation wait for you",
                Some(
                    "set ACCOUNT_EMAIL_VERIFICATION = \"mandatory\" in CVAT's settings (or allow single sign-on alone), then \
                     TOOL_EMAILS_VERIFIED=1 here",
                ),
            ),
        }
    }
}

fn remark(grade: Grade, says: impl Into<String>, cure: Option<&str>) -> Remark {
    Remark {
        grade,
        says: says.into(),
        cure: cure.map(str::to_owned),
    }
}
