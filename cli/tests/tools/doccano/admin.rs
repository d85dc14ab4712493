//! Actions of people in doccano: its administrator, and annotators.

use reqwest::header::{AUTHORIZATION, COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};

use super::server::{ADMIN, Server};
use crate::common::wait;

/// A user who is logged in by API.
#[derive(Clone)]
pub(crate) struct User {
    pub(crate) token: String,
    origin: String,
    client: reqwest::Client,
}

/// An answer: its status, and its body if it is JSON.
pub(crate) type Reply = (u16, Value);

impl User {
    pub(crate) async fn admin(server: &Server) -> Self {
        Self::log_in(server, ADMIN.0, ADMIN.1).await.unwrap()
    }

    /// Logs in; `Err` is the status of a refusal.
    pub(crate) async fn log_in(server: &Server, name: &str, password: &str) -> Result<Self, u16> {
        let client = wait::client();
        let url = format!("{}/v1/auth/login/", server.origin);
        let wish = json!({ "username": name, "password": password });
        let answer = client.post(url).json(&wish).send().await.unwrap();
        if !answer.status().is_success() {
            return Err(answer.status().as_u16());
        }
        let body: Value = answer.json().await.unwrap();
        Ok(Self {
            token: body["key"].as_str().unwrap().to_owned(),
            origin: server.origin.clone(),
            client,
        })
    }

    /// One call below `/v1`.
    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Reply {
        let url = format!("{}/v1{path}", self.origin);
        let token = format!("Token {}", self.token);
        let mut request = self
            .client
            .request(method, url)
            .header(AUTHORIZATION, token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or_default())
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.call(Method::GET, path, None).await
    }

    /// Creates something. Returns its id, if it has one.
    pub(crate) async fn make(&self, path: &str, body: Value) -> i64 {
        let (status, made) = self.call(Method::POST, path, Some(body)).await;
        assert_eq!(status, 201, "{path}: {made}");
        made["id"].as_i64().unwrap_or_default()
    }

    /// Creates an account whose owner knows the password. Returns its user id.
    pub(crate) async fn account(&self, name: &str, email: &str, password: &str) -> i64 {
        let wish = json!({
            "username": name, "email": email, "password1": password, "password2": password,
        });
        self.make("/users/create", wish).await
    }

    /// Creates a text classification project with one category and this number of texts. Returns its id, and those of
    /// the texts.
    pub(crate) async fn project(&self, texts: usize) -> Project {
        let id = self
            .make(
                "/projects",
                json!({
                    "name": "Street scenes", "description": "Signs", "guideline": "Label *each* sign.",
                    "project_type": "DocumentClassification", "resourcetype": "TextClassificationProject",
                }),
            )
            .await;
        let kinds = format!("/projects/{id}/category-types");
        let mut categories = Vec::new();
        for text in ["sign", "light"] {
            categories.push(self.make(&kinds, json!({ "text": text })).await);
        }
        let mut examples = Vec::new();
        for number in 0..texts {
            let text = json!({ "text": format!("Text {number}") });
            examples.push(self.make(&format!("/projects/{id}/examples"), text).await);
        }
        Project {
            id,
            categories,
            examples,
        }
    }

    /// Deletes the first texts, and adds others at the end.
    pub(crate) async fn replace_texts(&self, project: &mut Project, gone: usize, new: usize) {
        let path = format!("/projects/{}/examples", project.id);
        for example in project.examples.drain(..gone) {
            self.delete(&format!("{path}/{example}")).await;
        }
        for number in 0..new {
            let text = json!({ "text": format!("New text {number}") });
            project.examples.push(self.make(&path, text).await);
        }
    }

    /// Deletes the first category, with its labels.
    pub(crate) async fn delete_category(&self, project: &mut Project) {
        let category = project.categories.remove(0);
        let path = format!("/projects/{}/category-types/{category}", project.id);
        self.delete(&path).await;
    }

    async fn delete(&self, path: &str) {
        let (status, said) = self.call(Method::DELETE, path, None).await;
        assert_eq!(status, 204, "{path}: {said}");
    }

    /// Adds this number of labels to a text.
    pub(crate) async fn label(&self, project: &Project, text: usize, labels: usize) {
        let example = project.examples[text];
        let path = format!("/projects/{}/examples/{example}/categories", project.id);
        for category in &project.categories[..labels] {
            self.make(&path, json!({ "label": category })).await;
        }
    }

    /// Confirms a text, or reopens it.
    pub(crate) async fn confirm(&self, project: &Project, text: usize) {
        let example = project.examples[text];
        let path = format!("/projects/{}/examples/{example}/states", project.id);
        self.make(&path, json!({})).await;
    }

    /// `name: role` of each member.
    pub(crate) async fn members(&self, project: &Project) -> Vec<String> {
        let (_, members) = self.get(&format!("/projects/{}/members", project.id)).await;
        let text = |member: &Value| {
            let word = |key: &str| member[key].as_str().unwrap().to_owned();
            format!("{}: {}", word("username"), word("rolename"))
        };
        members.as_array().unwrap().iter().map(text).collect()
    }

    /// The id of the user with exactly that name, if there is one.
    pub(crate) async fn user_id(&self, name: &str) -> Option<i64> {
        let (_, users) = self.get("/users").await;
        let users = users.as_array().unwrap();
        let found = users.iter().find(|it| it["username"] == name)?;
        found["id"].as_i64()
    }
}

/// A project and its content.
pub(crate) struct Project {
    pub(crate) id: i64,
    categories: Vec<i64>,
    examples: Vec<i64>,
}

impl Project {
    /// The id in a link.
    pub(crate) fn name(&self) -> String {
        self.id.to_string()
    }
}

/// Sets a password on the page in the bridge's message, as an administrator does in a browser.
pub(crate) async fn set_password(server: &Server, page: &str, password: &str) {
    let browser = Browser::log_in(server).await;
    let fields = [("password1", password), ("password2", password)];
    let answer = browser.post(page, &fields).await;
    assert_eq!(answer.status(), 302, "{page}");
}

/// Deletes an account on the admin's page.
pub(crate) async fn delete_account(server: &Server, id: i64) {
    let browser = Browser::log_in(server).await;
    let page = format!("{}/admin/auth/user/{id}/delete/", server.origin);
    let answer = browser.post(&page, &[("post", "yes")]).await;
    assert_eq!(answer.status(), 302, "{page}");
}

/// A session of the administrator.
struct Browser {
    client: reqwest::Client,
    cookies: Vec<(String, String)>,
}

impl Browser {
    async fn log_in(server: &Server) -> Self {
        let page = format!("{}/admin/login/", server.origin);
        let mut browser = Self {
            client: wait::client(),
            cookies: Vec::new(),
        };
        let form = browser.client.get(&page).send().await.unwrap();
        browser.keep(&form);
        let fields = [
            ("username", ADMIN.0),
            ("password", ADMIN.1),
            ("next", "/admin/"),
        ];
        let answer = browser.post(&page, &fields).await;
        assert_eq!(answer.headers()[LOCATION], "/admin/");
        browser.keep(&answer);
        browser
    }

    fn keep(&mut self, answer: &Response) {
        for cookie in answer.headers().get_all(SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
    }

    async fn post(&self, page: &str, fields: &[(&str, &str)]) -> Response {
        let csrf = self.cookies.iter().find(|(name, _)| name == "csrftoken");
        let token = ("csrfmiddlewaretoken", csrf.unwrap().1.as_str());
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .extend_pairs([token])
            .finish();
        let request: RequestBuilder = self.client.post(page).body(body);
        let cookies = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        request
            .header("content-type", "application/x-www-form-urlencoded")
            .header("referer", page)
            .header(COOKIE, cookies.collect::<Vec<_>>().join("; "))
            .send()
            .await
            .unwrap()
    }
}
