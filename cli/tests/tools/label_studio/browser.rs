//! A browser: cookies, forms, and calls with a session.

use reqwest::header::{ACCEPT, CONTENT_TYPE, COOKIE, REFERER, SET_COOKIE};
use reqwest::{Method, Response};
use serde_json::Value;

use super::server::Server;
use crate::common::wait;

/// A person's browser.
pub(crate) struct Browser {
    origin: String,
    client: reqwest::Client,
    cookies: Vec<(String, String)>,
}

impl Browser {
    pub(crate) fn new(server: &Server) -> Self {
        Self {
            origin: server.origin.clone(),
            client: wait::client(),
            cookies: Vec::new(),
        }
    }

    /// Signs up with an invitation link. Returns the status (302 for success).
    pub(crate) async fn sign_up(&mut self, link: &str, email: &str, password: &str) -> u16 {
        let path = link.strip_prefix(&self.origin).unwrap().to_owned();
        self.open(&path).await;
        let fields = [
            ("email", email),
            ("password", password),
            ("allow_newsletters", "false"),
        ];
        self.send(&path, &fields).await
    }

    /// Logs in. Returns the status (302 for success).
    pub(crate) async fn log_in(&mut self, email: &str, password: &str) -> u16 {
        self.open("/user/login/").await;
        let fields = [("email", email), ("password", password)];
        self.send("/user/login/", &fields).await
    }

    /// Opens a page. Returns its status.
    pub(crate) async fn open(&mut self, path: &str) -> u16 {
        let request = self.client.get(format!("{}{path}", self.origin));
        let answer = request
            .header(ACCEPT, "text/html")
            .header(COOKIE, self.cookie())
            .send();
        self.keep(&answer.await.unwrap())
    }

    /// Makes an API call with the session.
    pub(crate) async fn call(
        &mut self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (u16, Value) {
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.origin))
            .header(COOKIE, self.cookie())
            .header("x-csrftoken", self.csrf())
            .header(REFERER, self.origin.clone());
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let status = self.keep(&answer);
        (status, answer.json().await.unwrap_or_default())
    }

    async fn send(&mut self, path: &str, fields: &[(&str, &str)]) -> u16 {
        let url = format!("{}{path}", self.origin);
        let token = self.csrf();
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .append_pair("csrfmiddlewaretoken", &token)
            .finish();
        let answer = self
            .client
            .post(&url)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(REFERER, &url)
            .header(COOKIE, self.cookie())
            .body(body)
            .send();
        self.keep(&answer.await.unwrap())
    }

    fn keep(&mut self, answer: &Response) -> u16 {
        for cookie in answer.headers().get_all(SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
        answer.status().as_u16()
    }

    fn csrf(&self) -> String {
        let token = self.cookies.iter().find(|(name, _)| name == "csrftoken");
        token.map(|(_, value)| value.clone()).unwrap_or_default()
    }

    fn cookie(&self) -> String {
        let all = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        all.collect::<Vec<_>>().join("; ")
    }
}
