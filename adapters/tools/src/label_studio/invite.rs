//! The invitation link: one for the whole organisation.

use std::sync::atomic::Ordering;

use jiff::Timestamp;
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use url::Url;

use super::LabelStudio;
use super::call::read;
use crate::outcome::operator;
use shared::tool::ToolError;

/// Maximum difference between the tool's clock and ours, in seconds.
const CLOCKS_DIFFER: i64 = 60;

#[derive(Deserialize)]
struct Invite {
    invite_url: String,
}

impl LabelStudio {
    /// The current link.
    pub(super) async fn invite_link(&self) -> Result<String, ToolError> {
        let invite: Invite = self.get(self.path(&["api", "invite"])?).await?;
        let odd = || {
            operator(
                "Label Studio's invitation link leads to another host: set TOOL_BASE_URL to the address that people use",
            )
        };
        let base = self.path(&["user"])?;
        // A relative link such as `//host/…` could lead to another host too.
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

    /// Replaces the link, because former members may still have it. All links that were sent become invalid. The
    /// reconciler sends the new link to people with an open invitation.
    pub(super) async fn rotate_invite(&self) -> Result<(), ToolError> {
        let url = self.path(&["api", "invite", "reset-token"])?;
        let answer = self.call(Method::POST, url, None).await?;
        match answer.status {
            StatusCode::OK | StatusCode::CREATED => {
                let _new: Invite = read(&answer)?;
                let now = self.clock.now().as_second();
                self.rotated_at.store(now, Ordering::Relaxed);
                Ok(())
            }
            _ => Err(self.refused(&answer, &[])),
        }
    }

    /// Whether this process has replaced the link since `moment`. The tool's clock may differ by a minute.
    pub(super) fn was_rotated_since(&self, moment: Option<Timestamp>) -> bool {
        let rotated_at = self.rotated_at.load(Ordering::Relaxed);
        moment.is_some_and(|moment| moment.as_second().saturating_add(CLOCKS_DIFFER) < rotated_at)
    }
}
