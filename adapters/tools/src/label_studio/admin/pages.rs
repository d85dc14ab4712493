//! Label Studio's own pages and their forms.

use std::time::Duration;

use reqwest::header::{
    ACCEPT, CONTENT_TYPE, COOKIE, HeaderMap, LOCATION, REFERER, RETRY_AFTER, SET_COOKIE,
};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::form::Form;
use crate::outcome::{no_answer, operator, unreadable};
use shared::http::{BaseUrl, MAX_ANSWER, SetupError, client, pace};
use shared::tool::ToolError;

/// A page.
pub(super) struct Page {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

/// Client for the pages of a server.
pub(in super::super) struct Pages {
    client: Client,
    base: BaseUrl,
}

impl Pages {
    pub(in super::super) fn new(base: &BaseUrl, timeout: Duration) -> Result<Self, SetupError> {
        Ok(Self {
            client: client(base, timeout)?,
            base: base.clone(),
        })
    }

    /// Whether a person without an invitation can sign up. Sends an empty form: Label Studio refuses it before reading
    /// it, or returns it. Nothing is created.
    pub(in super::super) async fn is_open(&self) -> Result<bool, ToolError> {
        let path = "user/signup/";
        let page = self.get(path, None).await?;
        let odd = || unreadable("the sign-up page differs from that of the supported version");
        let csrf = cookie(&page, "csrftoken").ok_or_else(odd)?;
        let body = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("csrfmiddlewaretoken", &csrf)
            .finish();
        let cookies = SecretString::from(format!("csrftoken={csrf}"));
        let answer = self.post(path, body, &cookies).await?;
        match answer.status {
            StatusCode::FORBIDDEN => Ok(false),
            StatusCode::OK if Form::find(&answer.text, "signup-form").is_some() => Ok(true),
            _ => Err(odd()),
        }
    }

    pub(super) async fn get(
        &self,
        path: &str,
        cookies: Option<&SecretString>,
    ) -> Result<Page, ToolError> {
        let request = self.client.get(self.url(path)?);
        let request = match cookies {
            Some(cookies) => request.header(COOKIE, cookies.expose_secret()),
            None => request,
        };
        read(request).await
    }

    pub(super) async fn post(
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
    let turn = pace::admit().await;
    turn.map_err(|busy| no_answer(busy.into()))?;
    let response = request.header(ACCEPT, "text/html").send().await;
    let response = response.map_err(|error| no_answer(error.into()))?;
    let (status, headers) = (response.status(), response.headers().clone());
    pace::heard(status.as_u16(), retry_after(&headers)).await;
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

pub(super) fn leads_to_login(page: &Page) -> bool {
    let to = page.headers.get(LOCATION).and_then(|to| to.to_str().ok());
    page.status.is_redirection() && to.is_some_and(|to| to.contains("/login/"))
}

pub(super) fn cookie(page: &Page, name: &str) -> Option<String> {
    let all = page.headers.get_all(SET_COOKIE).iter();
    let mut pairs = all.filter_map(|it| it.to_str().ok()?.split(';').next()?.split_once('='));
    let (_, value) = pairs.find(|(own, value)| own.trim() == name && !value.is_empty())?;
    Some(value.trim().to_owned())
}

pub(super) fn refused(page: &Page) -> ToolError {
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
            after: retry_after(&page.headers),
        },
        _ => operator(format!(
            "Label Studio's admin answers unexpectedly ({status}), and redirects are not followed: check that \
             TOOL_BASE_URL is the address that answers"
        )),
    }
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?;
    text.parse().ok().map(Duration::from_secs)
}
