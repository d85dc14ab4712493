//! What the token's owner is shown. CVAT hides open invitations and other people's jobs from plain members, without saying
//! so: what such a token does not see may be there.

use super::Cvat;
use super::member::User;
use crate::tool::ToolError;
use crate::tool::outcome::operator;

impl Cvat {
    /// The token's owner, if all members, invitations and assignments are shown to them: otherwise nothing follows from
    /// what they do not see. Read at each removal, because a role can be taken away at any time.
    pub(super) async fn sees_all(&self) -> Result<User, ToolError> {
        let me = self.me().await?;
        if me.is_admin() {
            return Ok(me);
        }
        let role = self.member(&me).await?.map(|it| it.role);
        let role = match role {
            Some(role) if is_staff(&role) => return Ok(me),
            Some(role) => self.http.plain(&role, &[]),
            None => "no member".to_owned(),
        };
        Err(operator(format!(
            "the token's owner is {role} of `{}`, and CVAT shows them neither open invitations nor other people's jobs, so \
             nothing proves that access is gone: make them a maintainer of the organisation, or use the token of one",
            self.options.organization
        )))
    }
}

/// Whether a role may manage the organisation.
pub(super) fn is_staff(role: &str) -> bool {
    matches!(role, "owner" | "maintainer")
}
