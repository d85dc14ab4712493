//! People who call Label Studio's API, each with their own token.

use reqwest::Method;
use serde_json::{Value, json};

use super::server::{Server, TOKEN};
use crate::common::wait;

const CONFIG: &str = r#"<View><Text name="text" value="$text"/><Choices name="choice" toName="text">
<Choice value="sign"/><Choice value="light"/></Choices></View>"#;

/// A person with a token.
#[derive(Clone)]
pub(crate) struct User {
    header: String,
    origin: String,
    client: reqwest::Client,
}

/// A piece of work.
pub(crate) struct Work {
    pub(crate) seconds: f64,
    /// Ids of the regions in the result.
    pub(crate) labels: &'static [&'static str],
    pub(crate) skipped: bool,
    pub(crate) ground_truth: bool,
}

impl Work {
    pub(crate) fn of(seconds: f64, labels: &'static [&'static str]) -> Self {
        Self {
            seconds,
            labels,
            skipped: false,
            ground_truth: false,
        }
    }

    fn json(&self) -> Value {
        let region = |id: &&str| {
            json!({
                "id": id, "from_name": "choice", "to_name": "text", "type": "choices",
                "value": { "choices": ["sign"] },
            })
        };
        json!({
            "result": self.labels.iter().map(region).collect::<Vec<_>>(),
            "lead_time": self.seconds,
            "was_cancelled": self.skipped,
            "ground_truth": self.ground_truth,
        })
    }
}

impl User {
    pub(crate) fn admin(server: &Server) -> Self {
        Self::of(server, TOKEN)
    }

    pub(crate) fn of(server: &Server, token: &str) -> Self {
        Self {
            header: format!("Token {token}"),
            origin: server.origin.clone(),
            client: wait::client(),
        }
    }

    /// Makes one call. Returns its status, and its body if that is JSON.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (u16, Value) {
        let url = format!("{}{path}", self.origin);
        let mut request = self.client.request(method, url);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.header("authorization", &self.header).send();
        let answer = answer.await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or_default())
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        self.call(Method::GET, path, None).await
    }

    pub(crate) async fn make(&self, path: &str, body: Value) -> Value {
        let (status, made) = self.call(Method::POST, path, Some(body)).await;
        assert!((200..300).contains(&status), "{path}: {status} {made}");
        made
    }

    /// Creates a project with this number of texts. Returns its id.
    pub(crate) async fn project(&self, texts: usize) -> String {
        let wish =
            json!({ "title": "Street scenes", "label_config": CONFIG, "maximum_annotations": 3 });
        let id = self.make("/api/projects/", wish).await["id"].to_string();
        let texts: Vec<_> = (0..texts)
            .map(|number| json!({ "text": format!("canary text {number}") }))
            .collect();
        let import = format!("/api/projects/{id}/import");
        self.make(&import, Value::Array(texts)).await;
        id
    }

    /// The ids of a project's tasks.
    pub(crate) async fn tasks(&self, project: &str) -> Vec<i64> {
        let path = format!("/api/tasks?project={project}&fields=all&include=id&page_size=100");
        let (_, page) = self.get(&path).await;
        let tasks = page["tasks"].as_array().unwrap().iter();
        tasks.map(|task| task["id"].as_i64().unwrap()).collect()
    }

    /// Annotates a task. Returns the annotation's id.
    pub(crate) async fn annotate(&self, task: i64, work: &Work) -> i64 {
        let path = format!("/api/tasks/{task}/annotations/");
        self.make(&path, work.json()).await["id"].as_i64().unwrap()
    }

    /// The members' addresses, as this user sees them.
    pub(crate) async fn members(&self) -> Vec<String> {
        let path = "/api/organizations/1/memberships?page_size=-1";
        let (_, page) = self.get(path).await;
        let rows = page["results"].as_array().cloned().unwrap_or_default();
        let email = |row: &Value| row["user"]["email"].as_str().unwrap().to_owned();
        rows.iter().map(email).collect()
    }

    /// The current invitation token.
    pub(crate) async fn invite_token(&self) -> String {
        let (_, invite) = self.get("/api/invite").await;
        invite["token"].as_str().unwrap().to_owned()
    }
}
