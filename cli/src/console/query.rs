//! Filters of a page, in its address, and fields of a form.

use std::sync::Arc;
use std::time::Duration;

use axum::body::to_bytes;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::Method;
use axum::http::request::Parts;
use axum::response::Response;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use shared::model::ConnectionName;

use super::app::Console;
use super::html::{Problem, Section};

/// Maximum bytes of a form: a thousand ids of dead letters.
const MAX_FORM: usize = 64 * 1024;

/// Time limit for receiving a form.
const FORM_WITHIN: Duration = Duration::from_secs(10);

/// The filters. An unknown filter and an invalid value are errors: without the filter, the page would show unwanted
/// rows.
pub(super) struct Filters<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<Arc<Console>> for Filters<T> {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut Parts,
        console: &Arc<Console>,
    ) -> Result<Self, Response> {
        match Query::<T>::try_from_uri(&parts.uri) {
            Ok(Query(filters)) => Ok(Self(filters)),
            Err(error) => {
                let text = error.body_text();
                let reason = text.rsplit_once("string: ").map_or(&*text, |it| it.1);
                let problem = Problem::Misused(format!(
                    "The address of this page has an invalid filter: {reason}. Choose a filter on the page."
                ));
                Err(console.answer(Section::of(parts.uri.path()), Err(problem)))
            }
        }
    }
}

/// Fields of a form in their order, from the body or from the address.
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let fields = self.0.iter().filter(move |(own, _)| own == name);
        fields.map(|(_, value)| value.as_str())
    }

    /// The first field with this name; empty if there is none.
    pub(super) fn get(&self, name: &str) -> &str {
        let mut fields = self.0.iter();
        let found = fields.find(|(own, _)| own == name);
        found.map_or("", |(_, value)| value.trim())
    }

    /// The connection that was chosen; `None` for all.
    pub(super) fn connection(&self) -> Result<Option<ConnectionName>, Problem> {
        match self.get("connection") {
            "" => Ok(None),
            name => match ConnectionName::parse(name) {
                Ok(name) => Ok(Some(name)),
                Err(error) => Err(Problem::Misused(error.to_string())),
            },
        }
    }
}

impl FromRequest<Arc<Console>> for Form {
    type Rejection = Response;

    async fn from_request(request: Request, console: &Arc<Console>) -> Result<Self, Response> {
        if request.method() == Method::GET {
            let query = request.uri().query().unwrap_or_default();
            let fields = url::form_urlencoded::parse(query.as_bytes());
            return Ok(Self(fields.into_owned().collect()));
        }
        let section = Section::of(request.uri().path());
        let body = to_bytes(request.into_body(), MAX_FORM);
        match tokio::time::timeout(FORM_WITHIN, body).await {
            Ok(Ok(body)) => Ok(Self(
                url::form_urlencoded::parse(&body).into_owned().collect(),
            )),
            Ok(Err(_)) | Err(_) => {
                let text = format!(
                    "The form is longer than {MAX_FORM} bytes, or was not sent in time. Nothing was changed. Choose fewer rows."
                );
                Err(console.answer(section, Err(Problem::Misused(text))))
            }
        }
    }
}

/// Reads a filter. An empty value means no filter.
pub(super) fn chosen<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    Ok(text.filter(|it| !it.is_empty()))
}
