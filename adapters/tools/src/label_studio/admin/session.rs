//! A superuser's session: its cookies, and requests with them.

use std::time::Duration;

use reqwest::header::{COOKIE, REFERER};
use reqwest::{Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::sync::Mutex;
use url::Url;

use super::super::Admin;
use super::form::Form;
use super::pages::{Page, Pages, cookie, leads_to_login, refused};
use crate::outcome::{no_answer, operator};
use shared::http::{Answer, BaseUrl, Http, SetupError};
use shared::tool::ToolError;

/// A superuser's session.
pub(super) struct Session {
    pages: Pages,
    admin: Admin,
    cookies: Mutex<Option<Cookies>>,
}

/// Cookies of a session.
#[derive(Clone)]
struct Cookies {
    /// The `Cookie` header.
    header: SecretString,
    /// The CSRF token.
    csrf: SecretString,
}

impl Session {
    pub(super) fn new(base: &BaseUrl, admin: Admin, timeout: Duration) -> Result<Self, SetupError> {
        Ok(Self {
            pages: Pages::new(base, timeout)?,
            admin,
            cookies: Mutex::new(None),
        })
    }

    /// Makes an API call as the superuser. Logs in again if the session has ended.
    pub(super) async fn call(
        &self,
        http: &Http,
        method: &Method,
        url: &Url,
        body: Option<&Value>,
    ) -> Result<Answer, ToolError> {
        let mut is_fresh = self.cookies.lock().await.is_none();
        loop {
            let cookies = self.cookies().await?;
            let request = http.unsigned(method.clone(), url.clone());
            let mut request = request
                .header(COOKIE, cookies.header.expose_secret())
                .header("X-CSRFToken", cookies.csrf.expose_secret())
                .header(REFERER, url.as_str());
            if let Some(body) = body {
                request = request.json(body);
            }
            let answer = http.answer(request).await.map_err(no_answer)?;
            let is_over = matches!(answer.status.as_u16(), 401 | 403);
            if !is_over || is_fresh {
                return Ok(answer);
            }
            *self.cookies.lock().await = None;
            is_fresh = true;
        }
    }

    /// Reads a page of the admin.
    pub(super) async fn page(&self, path: &str) -> Result<String, ToolError> {
        let page = self.open(path).await?;
        match page.status {
            StatusCode::OK => Ok(page.text),
            _ => Err(refused(&page)),
        }
    }

    /// Sends a form back to its page.
    pub(super) async fn send(&self, path: &str, form: &Form) -> Result<(), ToolError> {
        let cookies = self.cookies().await?;
        let page = self.pages.post(path, form.body(), &cookies.header).await?;
        match page.status {
            StatusCode::FOUND if !leads_to_login(&page) => Ok(()),
            // Django returns the form with the errors in it.
            StatusCode::OK => Err(operator(
                "Label Studio's admin refused its own form, and nothing was changed: make the change there by hand",
            )),
            _ => Err(refused(&page)),
        }
    }

    /// Opens a page. Logs in again if the session has ended.
    async fn open(&self, path: &str) -> Result<Page, ToolError> {
        let page = self
            .pages
            .get(path, Some(&self.cookies().await?.header))
            .await?;
        if !leads_to_login(&page) {
            return Ok(page);
        }
        *self.cookies.lock().await = None;
        let page = self
            .pages
            .get(path, Some(&self.cookies().await?.header))
            .await?;
        match leads_to_login(&page) {
            false => Ok(page),
            true => Err(operator(
                "the account of TOOL_ADMIN_EMAIL may not enter Label Studio's admin: it has to be a superuser's",
            )),
        }
    }

    async fn cookies(&self) -> Result<Cookies, ToolError> {
        let mut cookies = self.cookies.lock().await;
        if let Some(known) = cookies.as_ref() {
            return Ok(known.clone());
        }
        let new = self.log_in().await?;
        *cookies = Some(new.clone());
        Ok(new)
    }

    async fn log_in(&self) -> Result<Cookies, ToolError> {
        let path = "user/login/";
        let before = self.pages.get(path, None).await?;
        let form = Form::find(&before.text, "login-form");
        let token = form.as_ref().and_then(|it| it.value("csrfmiddlewaretoken"));
        let (Some(token), Some(csrf)) = (token, cookie(&before, "csrftoken")) else {
            return Err(operator(
                "Label Studio's login page differs from that of the supported version: check TOOL_BASE_URL, and \
                 whether people log in by SSO alone; then unset TOOL_ADMIN_EMAIL and TOOL_ADMIN_PASSWORD",
            ));
        };
        let body = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("csrfmiddlewaretoken", token)
            .append_pair("email", self.admin.email.expose())
            .append_pair("password", self.admin.password.expose_secret())
            .finish();
        let csrf_cookie = SecretString::from(format!("csrftoken={csrf}"));
        let after = self.pages.post(path, body, &csrf_cookie).await?;
        match (after.status, cookie(&after, "sessionid")) {
            (StatusCode::FOUND, Some(session)) => {
                let csrf = cookie(&after, "csrftoken").unwrap_or(csrf);
                let header = format!("csrftoken={csrf}; sessionid={session}");
                Ok(Cookies {
                    header: header.into(),
                    csrf: csrf.into(),
                })
            }
            (StatusCode::OK, _) => Err(operator(
                "Label Studio does not let TOOL_ADMIN_EMAIL in with TOOL_ADMIN_PASSWORD: set them to those of a superuser",
            )),
            _ => Err(refused(&after)),
        }
    }
}
