//! A superuser's session: cookies, and the pages behind them.

use std::time::Duration;

use reqwest::header::{
    ACCEPT, CONTENT_TYPE, COOKIE, HeaderMap, LOCATION, REFERER, RETRY_AFTER, SET_COOKIE,
};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;
use url::Url;

use super::super::super::outcome::{no_answer, operator, unreadable};
use super::super::Admin;
use super::form::Form;
use crate::http::{BaseUrl, MAX_ANSWER, SetupError, client};
use crate::tool::ToolError;

/// A superuser's session.
pub(super) struct Session {
    client: Client,
    base: BaseUrl,
    admin: Admin,
    cookies: Mutex<Option<SecretString>>,
}

/// What came back.
struct Page {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Session {
    pub(super) fn new(base: &BaseUrl, admin: Admin, timeout: Duration) -> Result<Self, SetupError> {
        Ok(Self {
            client: client(base, timeout)?,
            base: base.clone(),
            admin,
            cookies: Mutex::new(None),
        })
    }

    /// A page of the admin.
    pub(super) async fn page(&self, path: &str) -> Result<String, ToolError> {
        let page = self.open(path).await?;
        match page.status {
            StatusCode::OK => Ok(page.text),
            _ => Err(refused(&page)),
        }
    }

    /// Sends a form back to where it came from.
    pub(super) async fn send(&self, path: &str, form: &Form) -> Result<(), ToolError> {
        let cookies = self.cookies().await?;
        let page = self.post(path, form.body(), &cookies).await?;
        match page.status {
            StatusCode::FOUND if !leads_to_login(&page) => Ok(()),
            // The form comes back with what is wrong written into it.
            StatusCode::OK => Err(operator(
                "Label Studio's admin did not take its own form back, and nothing was changed: do it by hand there",
            )),
            _ => Err(refused(&page)),
        }
    }

    /// A page, logged in afresh if the session is over.
    async fn open(&self, path: &str) -> Result<Page, ToolError> {
        let page = self.get(path, Some(&self.cookies().await?)).await?;
        if !leads_to_login(&page) {
            return Ok(page);
        }
        *self.cookies.lock().await = None;
        let page = self.get(path, Some(&self.cookies().await?)).await?;
        match leads_to_login(&page) {
            false => Ok(page),
            true => Err(operator(
                "the account of TOOL_ADMIN_EMAIL may not enter Label Studio's admin: it has to be a superuser's",
            )),
        }
    }

    async fn cookies(&self) -> Result<SecretString, ToolError> {
        let mut cookies = self.cookies.lock().await;
        if let Some(known) = cookies.as_ref() {
            return Ok(known.clone());
        }
        let new = self.log_in().await?;
        *cookies = Some(new.clone());
        Ok(new)
    }

    async fn log_in(&self) -> Result<SecretString, ToolError> {
        let path = "user/login/";
        let before = self.get(path, None).await?;
        let form = Form::find(&before.text, "login-form");
        let token = form.as_ref().and_then(|it| it.value("csrfmiddlewaretoken"));
        let (Some(token), Some(csrf)) = (token, cookie(&before, "csrftoken")) else {
            return Err(operator(
                "Label Studio's login page looks different from the one that this bridge knows: check TOOL_BASE_URL, and \
                 whether people log in by SSO alone; then unset TOOL_ADMIN_EMAIL and TOOL_ADMIN_PASSWORD",
            ));
        };
        let body = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("csrfmiddlewaretoken", token)
            .append_pair("email", self.admin.email.expose())
            .append_pair("password", self.admin.password.expose_secret())
            .finish();
        let csrf_cookie = SecretString::from(format!("csrftoken={csrf}"));
        let after = self.post(path, body, &csrf_cookie).await?;
        match (after.status, cookie(&after, "sessionid")) {
            (StatusCode::FOUND, Some(session)) => {
                let csrf = cookie(&after, "csrftoken").unwrap_or(csrf);
                let cookies = format!("csrftoken={csrf}; sessionid={session}");
                Ok(SecretString::from(cookies))
            }
            (StatusCode::OK, _) => Err(operator(
                "Label Studio does not let TOOL_ADMIN_EMAIL in with TOOL_ADMIN_PASSWORD: set them to those of a superuser",
            )),
            _ => Err(refused(&after)),
        }
    }

    async fn get(&self, path: &str, cookies: Option<&SecretString>) -> Result<Page, ToolError> {
        let request = self.client.get(self.url(path)?);
        let request = match cookies {
            Some(cookies) => request.header(COOKIE, cookies.expose_secret()),
            None => request,
        };
        read(request).await
    }

    async fn post(
        &self,
        path: &str,
        body: String,
        cookies: &SecretString,
    ) -> Result<Page, ToolError> {
        let url = self.url(path)?;
        let request = self
            .client
            .post(url.clone())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(COOKIE, cookies.expose_secret())
            .header(REFERER, url.as_str())
            .body(body);
        read(request).await
    }

    fn url(&self, path: &str) -> Result<Url, ToolError> {
        let whole = format!("{}/{path}", self.base);
        whole
            .parse()
            .map_err(|_| unreadable("the admin's address can't be written"))
    }
}

async fn read(request: RequestBuilder) -> Result<Page, ToolError> {
    let response = request.header(ACCEPT, "text/html").send().await;
    let response = response.map_err(|error| no_answer(error.into()))?;
    let (status, headers) = (response.status(), response.headers().clone());
    let text = text(response).await?;
    Ok(Page {
        status,
        headers,
        text,
    })
}

async fn text(mut response: Response) -> Result<String, ToolError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| no_answer(error.into()))?
    {
        if bytes.len() + chunk.len() > MAX_ANSWER {
            return Err(unreadable("a page of the admin is larger than 8 MiB"));
        }
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).map_err(|_| unreadable("a page of the admin is not in UTF-8"))
}

fn leads_to_login(page: &Page) -> bool {
    let to = page.headers.get(LOCATION).and_then(|to| to.to_str().ok());
    page.status.is_redirection() && to.is_some_and(|to| to.contains("/login/"))
}

fn cookie(page: &Page, name: &str) -> Option<String> {
    let all = page.headers.get_all(SET_COOKIE).iter();
    let mut pairs = all.filter_map(|it| it.to_str().ok()?.split(';').next()?.split_once('='));
    let (_, value) = pairs.find(|(own, value)| own.trim() == name && !value.is_empty())?;
    Some(value.trim().to_owned())
}

fn refused(page: &Page) -> ToolError {
    let status = page.status.as_u16();
    match status {
        403 => operator(
            "Label Studio's admin refuses the account of TOOL_ADMIN_EMAIL (403): it has to be a superuser's; behind a \
             proxy, CSRF_TRUSTED_ORIGINS of Label Studio has to name the address in TOOL_BASE_URL",
        ),
        404 => operator(
            "Label Studio's admin has no such page (404): check that TOOL_BASE_URL leads to /admin/ too",
        ),
        408 | 425 | 429 | 500.. => ToolError::Transient {
            reason: format!("Label Studio's admin failed ({status})"),
            after: page
                .headers
                .get(RETRY_AFTER)
                .and_then(|it| it.to_str().ok()?.parse().ok())
                .map(Duration::from_secs),
        },
        _ => operator(format!(
            "Label Studio's admin answers unexpectedly ({status}), and redirects are not followed: check that \
             TOOL_BASE_URL is the address that answers"
        )),
    }
}
