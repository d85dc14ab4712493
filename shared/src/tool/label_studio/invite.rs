//! The invitation link: one for the whole organisation.

use reqwest::{Method, StatusCode};
use serde::Deserialize;
use url::Url;

use super::super::outcome::operator;
use super::LabelStudio;
use super::call::read;
use crate::tool::ToolError;

#[derive(Deserialize)]
struct Invite {
    invite_url: String,
}

impl LabelStudio {
    /// The link as it is now, whole.
    pub(super) async fn invite_link(&self) -> Result<String, ToolError> {
        let invite: Invite = self.get(self.path(&["api", "invite"])?).await?;
        let odd = || {
            operator(
                "Label Studio's invitation link leads to another host: set TOOL_BASE_URL to the address that people use",
            )
        };
        let base = self.path(&["user"])?;
        // `//host/…` would be another host, too.
        let link = match Url::parse(&invite.invite_url) {
            Ok(whole) => whole,
            Err(_) => format!("{}{}", self.http.base(), invite.invite_url)
                .parse()
                .map_err(|_| odd())?,
        };
        match link.origin() == base.origin() {
            true => Ok(link.into()),
            false => Err(odd()),
        }
    }

    /// Makes every link that was handed out worthless: whoever leaves may have kept it. People who still wait
    /// need the new one; the reconciler finds that out and sees to it.
    pub(super) async fn rotate_invite(&self) -> Result<(), ToolError> {
        let url = self.path(&["api", "invite", "reset-token"])?;
        let answer = self.call(Method::POST, url, None).await?;
        match answer.status {
            StatusCode::OK | StatusCode::CREATED => read::<Invite>(&answer).map(drop),
            _ => Err(self.refused(&answer, &[])),
        }
    }
}
