//! What the token's owner is shown. CVAT hides open invitations and other people's jobs from plain members, without saying
//! so: what such a token does not see may be there.

use super::Cvat;
use super::member::User;
use crate::tool::ToolError;
use crate::tool::outcome::operator;

/// The rights of the token's owner.
pub(super) enum Rights {
    /// They administrate the server: all is shown, e-mails too.
    Admin,
    /// Owner or maintainer of the organisation: all but e-mails is shown.
    Staff,
    /// Another role, or no member.
    Other(String),
}

impl Cvat {
    /// The rights now: a role can be taken away at any time.
    pub(super) async fn rights(&self) -> Result<(User, Rights), ToolError> {
        let me = self.me().await?;
        if me.is_admin() {
            return Ok((me, Rights::Admin));
        }
        let role = self.member(&me).await?.map(|it| it.role);
        let rights = match role.as_deref() {
            Some("owner" | "maintainer") => Rights::Staff,
            Some(role) => Rights::Other(self.http.plain(role, &[])),
            None => Rights::Other("no member".to_owned()),
        };
        Ok((me, rights))
    }

    /// Succeeds if the token is shown all members, invitations and assignments: otherwise nothing follows from what it
    /// does not see.
    pub(super) async fn sees_all(&self) -> Result<(User, Rights), ToolError> {
        let (me, rights) = self.rights().await?;
        match rights {
            Rights::Admin | Rights::Staff => Ok((me, rights)),
            Rights::Other(role) => Err(operator(format!(
                "the token's owner is {role} of `{}`, and CVAT shows them neither open invitations nor other people's jobs, so \
                 nothing proves that access is gone: make them a maintainer of the organisation, or use the token of one",
                self.options.organization
            ))),
        }
    }
}
