//! Visibility for the token's owner. CVAT silently hides open invitations and other people's jobs from plain members,
//! so with the token of a plain member absence proves nothing.

use super::Cvat;
use super::member::User;
use crate::outcome::operator;
use shared::tool::ToolError;

impl Cvat {
    /// The token's owner. Fails unless the owner sees all members, invitations and assignments, because otherwise
    /// absence proves nothing. Read at each removal, because a role can be revoked at any time.
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
             nothing proves that access is revoked: make them a maintainer of the organisation, or use the token of one",
            self.options.organization
        )))
    }
}

/// Whether a role may manage the organisation.
pub(super) fn is_staff(role: &str) -> bool {
    matches!(role, "owner" | "maintainer")
}
