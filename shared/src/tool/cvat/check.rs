//! What `bridge check` says of a CVAT.

use serde::Deserialize;

use super::Cvat;
use super::member::User;
use crate::tool::outcome::operator;
use crate::tool::{Grade, Remark, ToolError};

/// The major version that the calls were read of.
const VERSION: &str = "2.";

#[derive(Deserialize)]
struct About {
    version: String,
}

impl Cvat {
    /// The version, and whether the token's owner may remove people.
    pub(super) async fn remarks(&self) -> Vec<Remark> {
        let mut remarks = Vec::new();
        for found in [self.version().await, self.role().await] {
            remarks.push(found.unwrap_or_else(|error| Remark {
                grade: Grade::Wrong,
                says: error.to_string(),
                cure: None,
            }));
        }
        remarks
    }

    async fn version(&self) -> Result<Remark, ToolError> {
        let about: Option<About> = self.get(&["server", "about"], &[]).await?;
        let about = about.ok_or_else(|| {
            operator("there is no CVAT at this address: set TOOL_BASE_URL to its own address, without /api")
        })?;
        let version = self.http.plain(&about.version, &[]);
        Ok(match version.starts_with(VERSION) {
            true => Remark {
                grade: Grade::Good,
                says: format!("CVAT {version}"),
                cure: None,
            },
            false => Remark {
                grade: Grade::Note,
                says: format!("CVAT {version} is none that the adapter was made for (2.80)"),
                cure: Some("try a hire and an end on a project of your own first".to_owned()),
            },
        })
    }

    async fn role(&self) -> Result<Remark, ToolError> {
        let organization = &self.options.organization;
        self.organization_id().await?;
        let me: Option<User> = self.get(&["users", "self"], &[]).await?;
        let me = me.ok_or_else(|| operator("CVAT doesn't say whom TOOL_API_TOKEN belongs to"))?;
        let member = self.member(&me).await?;
        let role = member.map_or_else(|| "no member".to_owned(), |it| it.role);
        Ok(match role.as_str() {
            "owner" | "maintainer" => Remark {
                grade: Grade::Good,
                says: format!(
                    "the token's owner is {role} of `{organization}`: people can be invited and removed"
                ),
                cure: None,
            },
            _ => Remark {
                grade: Grade::Wrong,
                says: format!(
                    "the token's owner is {} of `{organization}`, and may remove nobody",
                    self.http.plain(&role, &[])
                ),
                cure: Some(
                    "make them a maintainer of the organisation, or use the token of one"
                        .to_owned(),
                ),
            },
        })
    }
}
