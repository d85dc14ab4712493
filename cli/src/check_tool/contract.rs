//! Rules of the members contract that an adapter hides: statuses, bodies and ids. The check makes these calls itself.

use reqwest::Method;
use secrecy::SecretString;
use serde_json::{Value, json};
use shared::http::{Answer, Credential, Fault, Http};

use super::adapter::{NO_PROJECT, TRAINER, text};
use super::report::{Report, Rule};

const TOKEN: Rule = Rule {
    name: "wrong-token-is-refused",
    fix: "answer 401 to a request whose token is wrong: otherwise anyone can add members",
};
const NOT_FOUND: Rule = Rule {
    name: "not-found-has-json",
    fix: "give each 404 a JSON body, such as {\"error\": \"no such member\"}: without one it may be a proxy's answer",
};
const UNKNOWN: Rule = Rule {
    name: "unknown-project-takes-no-member",
    fix: "answer 404 with JSON to a member of a project that does not exist",
};
const ODD_IDS: Rule = Rule {
    name: "ids-are-opaque",
    fix: "decode each path segment once, and compare ids byte by byte",
};
const DELETE: Rule = Rule {
    name: "delete-answers-204",
    fix: "answer 204 when a member was removed",
};
const PAGES: Rule = Rule {
    name: "usage-pages-end",
    fix: "omit nextCursor on the last page, and repeat no cursor",
};

/// Ids that a tool mixes up if it decodes them twice, not at all, or ignores case.
const IDS: [&str; 5] = [
    "opentrain-bridge-check/1",
    "opentrain-bridge-check%2F1",
    "opentrain-bridge-check 1",
    "opentrain-bridge-check-ü😀",
    "OPENTRAIN-bridge-check-ü😀",
];

/// The most pages that are read.
const MOST_PAGES: usize = 1000;

/// A tool behind the members contract.
pub(super) struct Contract<'a> {
    pub(super) http: &'a Http,
    pub(super) project: &'a str,
    pub(super) email: &'a str,
}

impl Contract<'_> {
    /// Checks all rules. [`clean_up`](Self::clean_up) removes the members that it adds.
    pub(super) async fn check(&self, report: &mut Report) {
        report.add(&TOKEN, self.wrong_token().await);
        report.add(&NOT_FOUND, self.not_found().await);
        report.add(&UNKNOWN, self.unknown_project().await);
        report.add(&ODD_IDS, self.odd_ids().await);
        report.add(&DELETE, self.delete().await);
        report.add(&PAGES, self.pages().await);
    }

    async fn wrong_token(&self) -> Result<String, String> {
        let wrong = SecretString::from("opentrain-bridge-check-wrong-token");
        let http = self
            .http
            .with_credential(Credential::bearer(&wrong).map_err(text)?);
        let path = ["projects", self.project];
        let answer = send(&http, Method::GET, &path, None).await?;
        match answer.status.as_u16() {
            status @ (401 | 403) => Ok(status.to_string()),
            status => Err(format!("GET with a wrong token is answered with {status}")),
        }
    }

    async fn not_found(&self) -> Result<String, String> {
        let absent = self.member(self.project, "opentrain-bridge-check-absent");
        let project = vec!["projects", NO_PROJECT];
        let calls = [
            (Method::GET, project),
            (Method::GET, absent.clone()),
            (Method::DELETE, absent),
        ];
        for (method, path) in calls {
            let answer = self.send(method.clone(), &path, None).await?;
            let status = answer.status.as_u16();
            if status != 404 || !answer.is_json() {
                let body = if answer.is_json() { "with" } else { "without" };
                let path = path.join("/");
                return Err(format!(
                    "{method} /{path} is answered with {status} {body} JSON"
                ));
            }
        }
        Ok("404 with JSON for an absent project and member".to_owned())
    }

    async fn unknown_project(&self) -> Result<String, String> {
        let answer = self.put(NO_PROJECT, TRAINER, self.email).await?;
        match answer.status.as_u16() {
            404 if answer.is_json() => Ok("404 with JSON".to_owned()),
            status => Err(format!("PUT of a member is answered with {status}")),
        }
    }

    /// Adds a member for each id.
    async fn odd_ids(&self) -> Result<String, String> {
        let mut seen = Ok(Vec::new());
        for (number, id) in IDS.iter().enumerate() {
            let email = self.email.replacen('@', &format!("-id{number}@"), 1);
            if let Ok(members) = &mut seen {
                match self.added(id, &email).await {
                    Ok(member) if members.contains(&member) => {
                        seen = Err(format!("`{id}` is the member of another id"));
                    }
                    Ok(member) => members.push(member),
                    Err(fault) => seen = Err(fault),
                }
            }
        }
        seen.map(|members| format!("{} members with odd ids", members.len()))
    }

    /// Adds a member and reads it back. Returns its id in the tool.
    async fn added(&self, id: &str, email: &str) -> Result<String, String> {
        let put = self.put(self.project, id, email).await?;
        let member = member_id(&put).map_err(|fault| format!("PUT of `{id}`: {fault}"))?;
        let path = self.member(self.project, id);
        let read = self.send(Method::GET, &path, None).await?;
        let read = member_id(&read).map_err(|fault| format!("GET of `{id}`: {fault}"))?;
        match read == member {
            true => Ok(member),
            false => Err(format!("GET of `{id}` shows another member than PUT")),
        }
    }

    async fn delete(&self) -> Result<String, String> {
        let put = self.put(self.project, TRAINER, self.email).await?;
        member_id(&put)?;
        let path = self.member(self.project, TRAINER);
        let answer = self.send(Method::DELETE, &path, None).await?;
        match answer.status.as_u16() {
            204 => Ok("204".to_owned()),
            status => Err(format!("DELETE of a member is answered with {status}")),
        }
    }

    /// Removes all members that the rules add, and reads that back. Returns the ids of those that may remain.
    pub(super) async fn clean_up(&self) -> Vec<String> {
        let own = IDS.iter().map(|id| (self.project, *id));
        let all = own.chain([(self.project, TRAINER), (NO_PROJECT, TRAINER)]);
        let mut remain = Vec::new();
        for (project, id) in all {
            if !self.is_gone(project, id).await {
                remain.push(format!("{id} in project {project}"));
            }
        }
        remain
    }

    /// Removes a member, with three tries.
    async fn is_gone(&self, project: &str, id: &str) -> bool {
        let path = self.member(project, id);
        for _ in 0..3 {
            let _removed = self.send(Method::DELETE, &path, None).await;
            let read = self.send(Method::GET, &path, None).await;
            if read.is_ok_and(|read| matches!(read.status.as_u16(), 404 | 410)) {
                return true;
            }
        }
        false
    }

    async fn pages(&self) -> Result<String, String> {
        let path = ["projects", self.project, "usage"];
        let mut cursors: Vec<String> = Vec::new();
        loop {
            let mut url = self.http.url(&path).map_err(|odd| odd.0)?;
            url.query_pairs_mut()
                .extend_pairs([("from", "2026-01-01"), ("to", "2026-01-31")]);
            if let Some(cursor) = cursors.last() {
                url.query_pairs_mut().append_pair("cursor", cursor);
            }
            let answer = self
                .http
                .send(Method::GET, url, None)
                .await
                .map_err(fault)?;
            if answer.status.as_u16() == 501 {
                return Ok("501: the tool measures nothing".to_owned());
            }
            let page: Value = answer.json().map_err(fault)?;
            if !page["totals"].is_array() {
                return Err("an answer to usage has no list `totals`".to_owned());
            }
            let Some(next) = page["nextCursor"].as_str() else {
                return Ok(format!("{} pages", cursors.len() + 1));
            };
            if cursors.iter().any(|own| own == next) || cursors.len() == MOST_PAGES {
                return Err("the pages do not end".to_owned());
            }
            cursors.push(next.to_owned());
        }
    }

    async fn put(&self, project: &str, id: &str, email: &str) -> Result<Answer, String> {
        let body = json!({"email": email, "displayName": "Test of the bridge"});
        self.send(Method::PUT, &self.member(project, id), Some(&body))
            .await
    }

    fn member<'b>(&self, project: &'b str, id: &'b str) -> Vec<&'b str> {
        vec!["projects", project, "members", id]
    }

    async fn send(
        &self,
        method: Method,
        path: &[&str],
        body: Option<&Value>,
    ) -> Result<Answer, String> {
        send(self.http, method, path, body).await
    }
}

async fn send(
    http: &Http,
    method: Method,
    path: &[&str],
    body: Option<&Value>,
) -> Result<Answer, String> {
    let url = http.url(path).map_err(|odd| odd.0)?;
    http.send(method, url, body).await.map_err(fault)
}

fn member_id(answer: &Answer) -> Result<String, String> {
    let status = answer.status.as_u16();
    if !answer.status.is_success() {
        return Err(format!("it is answered with {status}"));
    }
    let body: Value = answer.json().map_err(fault)?;
    if !matches!(body["status"].as_str(), Some("active" | "invited")) {
        return Err("`status` is neither `active` nor `invited`".to_owned());
    }
    let id = &body["memberId"];
    let id = id
        .as_str()
        .map(str::to_owned)
        .or_else(|| id.as_u64().map(|own| own.to_string()));
    id.ok_or_else(|| "`memberId` is missing".to_owned())
}

fn fault(fault: Fault) -> String {
    text(tools::no_answer(fault))
}
