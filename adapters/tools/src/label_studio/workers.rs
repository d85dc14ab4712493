//! Members of a project in Enterprise.

use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::call::read;
use super::{LabelStudio, number};
use crate::outcome::{unproven, unreadable};
use shared::model::ids::{MemberId, ProjectId};
use shared::model::json::{Element, Listing};
use shared::model::lenient;
use shared::tool::{Member, ToolError};

/// Maximum number of pages, in case the list never ends.
const MAX_PAGES: usize = 1_000;

/// The text that paused people see.
const ENDED: &str = "Contract ended";

#[derive(Deserialize)]
#[serde(bound = "T: Element")]
pub(super) struct List<T> {
    #[serde(default)]
    pub(super) next: Option<String>,
    pub(super) results: Listing<T>,
}

/// A person with access to a project, by membership or in another way.
#[derive(Deserialize)]
pub(super) struct Worker {
    #[serde(deserialize_with = "lenient::whole")]
    id: u64,
    #[serde(default)]
    pub(super) implicit_member: Option<bool>,
    #[serde(default)]
    pause: Option<Value>,
}

#[derive(Deserialize)]
struct Pause {
    #[serde(deserialize_with = "lenient::whole")]
    id: u64,
    #[serde(default, deserialize_with = "lenient::text")]
    verbose_reason: Option<String>,
}

impl Element for Worker {
    const KIND: &'static str = "member";
}

impl Element for Pause {
    const KIND: &'static str = "pause";
}

impl Worker {
    pub(super) fn is_paused(&self) -> bool {
        self.pause.as_ref().is_some_and(|pause| !pause.is_null())
    }
}

impl LabelStudio {
    /// All people who can work in the project, by the ids of their accounts.
    pub(super) async fn workers(&self, project: &ProjectId) -> Result<Listing<Member>, ToolError> {
        let mut all = Listing::default();
        for page in 1..=MAX_PAGES {
            let page = page.to_string();
            let query = [("page", page.as_str()), ("page_size", "100")];
            let found = self.members_where(project, &query).await?;
            let is_last = found.next.is_none();
            let (workers, unreadable) = found.results.into_parts();
            let active = workers.into_iter().filter(|it| !it.is_paused());
            let active = active.map(|it| Member {
                account: Some(MemberId::new(it.id.to_string())),
                email: None,
                invited: false,
            });
            all.extend(Listing::new(active.collect(), unreadable));
            if is_last {
                return Ok(all);
            }
        }
        Err(unreadable(format!(
            "a project has more than {MAX_PAGES} pages of members"
        )))
    }

    /// One page of the project's members.
    async fn members_where(
        &self,
        project: &ProjectId,
        query: &[(&str, &str)],
    ) -> Result<List<Worker>, ToolError> {
        let mut url =
            self.folder(&["api", "projects", number(project)?, "members", "paginated"])?;
        url.query_pairs_mut().extend_pairs(query);
        let answer = self.call(Method::GET, url, None).await?;
        match answer.status {
            status if status.is_success() => read(&answer),
            StatusCode::NOT_FOUND if answer.is_json() => {
                self.proven_project(project).await?;
                Err(self.refused(&answer, &[]))
            }
            _ => Err(self.refused(&answer, &[])),
        }
    }

    pub(super) async fn worker(
        &self,
        project: &ProjectId,
        account: &MemberId,
    ) -> Result<Option<Worker>, ToolError> {
        let query = [("ids", account.as_str())];
        let found = self.members_where(project, &query).await?;
        let is_theirs = |worker: &Worker| worker.id.to_string() == account.as_str();
        let sought = found.results.find(is_theirs).proven();
        sought.map_err(|odd| unproven("the project's members", &odd))
    }

    pub(super) async fn add_worker(
        &self,
        project: &ProjectId,
        account: &MemberId,
    ) -> Result<(), ToolError> {
        let url = self.folder(&["api", "projects", number(project)?, "members"])?;
        let user: u64 = account
            .as_str()
            .parse()
            .map_err(|_| unreadable("an account's id is no number"))?;
        let answer = self
            .call(Method::POST, url, Some(&json!({ "user": user })))
            .await?;
        if !answer.status.is_success() {
            return Err(self.refused(&answer, &[]));
        }
        match self.worker(project, account).await? {
            Some(_) => Ok(()),
            None => Err(unreadable(
                "not a member after being added: Label Studio reported success but did not do it",
            )),
        }
    }

    pub(super) async fn drop_worker(
        &self,
        project: &ProjectId,
        account: &MemberId,
    ) -> Result<(), ToolError> {
        let mut url = self.folder(&["api", "projects", number(project)?, "members"])?;
        url.query_pairs_mut().append_pair("user", account.as_str());
        let answer = self.call(Method::DELETE, url, None).await?;
        match answer.status {
            StatusCode::NOT_FOUND if answer.is_json() => Ok(()),
            status if status.is_success() => Ok(()),
            _ => Err(self.refused(&answer, &[])),
        }
    }

    fn pauses(
        &self,
        project: &ProjectId,
        account: &MemberId,
        more: &[&str],
    ) -> Result<url::Url, ToolError> {
        let mut path = vec!["api", "projects", number(project)?, "members"];
        path.extend([account.as_str(), "pauses"]);
        path.extend(more);
        self.folder(&path)
    }

    pub(super) async fn pause(
        &self,
        project: &ProjectId,
        account: &MemberId,
    ) -> Result<(), ToolError> {
        let url = self.pauses(project, account, &[])?;
        let body = json!({ "reason": "MANUAL", "verbose_reason": ENDED });
        let answer = self.call(Method::POST, url, Some(&body)).await?;
        if !answer.status.is_success() {
            return Err(self.refused(&answer, &[]));
        }
        match self.worker(project, account).await? {
            Some(worker) if !worker.is_paused() => Err(still_in()),
            _ => Ok(()),
        }
    }

    pub(super) async fn resume(
        &self,
        project: &ProjectId,
        account: &MemberId,
    ) -> Result<(), ToolError> {
        let pauses: Listing<Pause> = self.get(self.pauses(project, account, &[])?).await?;
        // A person whom the customer has paused for another reason stays paused.
        let ours = pauses
            .readable()
            .iter()
            .filter(|it| it.verbose_reason.as_deref() == Some(ENDED));
        for pause in ours {
            let url = self.pauses(project, account, &[&pause.id.to_string()])?;
            let answer = self.call(Method::DELETE, url, None).await?;
            if !answer.status.is_success() && answer.status != StatusCode::NOT_FOUND {
                return Err(self.refused(&answer, &[]));
            }
        }
        let whole = pauses.whole().map(drop);
        whole.map_err(|odd| unproven("an account's pauses", &odd))
    }
}

pub(super) fn still_in() -> ToolError {
    unreadable(
        "still in the project after the removal: Label Studio reported success but did not do it",
    )
}
