//! Tables of calls: one row has everything that is checked before a handler runs.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::public::schema::{Checked, Member, check};
use crate::{call::Call, refusal::Refusal};

/// Body of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Body {
    /// None.
    Nothing,
    /// A JSON object with these members.
    Json(&'static [Member]),
    /// As `Json`, where no body at all means an empty object.
    OptionalJson(&'static [Member]),
    /// A form with these fields.
    Form(&'static [&'static str]),
}

/// One call of an API.
pub(crate) struct Operation<A: 'static, H: 'static> {
    /// Name of the call, unique in its API.
    pub(crate) id: &'static str,
    pub(crate) method: &'static str,
    /// Path below the base; parts in braces are ids.
    pub(crate) path: &'static str,
    pub(crate) access: A,
    pub(crate) query: &'static [&'static str],
    pub(crate) body: Body,
    pub(crate) handler: H,
}

impl<A, H> Operation<A, H> {
    /// A call without query and body.
    pub(crate) const fn new(
        id: &'static str,
        (method, path): (&'static str, &'static str),
        access: A,
        handler: H,
    ) -> Self {
        Self {
            id,
            method,
            path,
            access,
            query: &[],
            body: Body::Nothing,
            handler,
        }
    }

    pub(crate) const fn query(mut self, query: &'static [&'static str]) -> Self {
        self.query = query;
        self
    }

    pub(crate) const fn body(mut self, body: Body) -> Self {
        self.body = body;
        self
    }
}

/// The call with this method and path, and the ids in the path. The first row that matches is taken.
pub(crate) fn find<'a, A, H>(
    table: &'static [Operation<A, H>],
    method: &str,
    below: &[&'a str],
) -> Option<(&'static Operation<A, H>, Vec<&'a str>)> {
    if below.contains(&"") {
        return None;
    }
    let rows = table.iter().filter(|own| own.method == method);
    let mut matches = rows.filter_map(|own| Some((own, ids(own.path, below)?)));
    matches.next()
}

/// The ids of a path that fits; `None` for another path.
fn ids<'a>(path: &str, below: &[&'a str]) -> Option<Vec<&'a str>> {
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    if parts.len() != below.len() {
        return None;
    }
    let mut ids = Vec::new();
    for (part, own) in parts.into_iter().zip(below) {
        match part.starts_with('{') {
            true => ids.push(*own),
            false if part == *own => {}
            false => return None,
        }
    }
    Some(ids)
}

/// A request to a call, with known query parameters only.
pub(crate) struct Request<'a> {
    call: &'a Call,
    body: Body,
    ids: Vec<&'a str>,
    query: BTreeMap<String, String>,
    pub(crate) now: Timestamp,
}

impl<'a> Request<'a> {
    /// Refuses undocumented query parameters, and a body where there is none.
    pub(crate) fn new<A, H>(
        call: &'a Call,
        operation: &Operation<A, H>,
        ids: Vec<&'a str>,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let query = call.query(operation.query)?;
        if matches!(operation.body, Body::Nothing) {
            call.no_body()?;
        }
        Ok(Self {
            call,
            body: operation.body,
            ids,
            query,
            now,
        })
    }

    /// The first id of the path.
    pub(crate) fn id(&self) -> &'a str {
        self.ids.first().copied().unwrap_or_default()
    }

    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }

    /// The body, checked against the description of the call.
    pub(crate) fn body(&self) -> Result<Checked, Refusal> {
        match self.body {
            Body::Nothing => Ok(Checked::default()),
            Body::OptionalJson(_) if self.call.no_body().is_ok() => Ok(Checked::default()),
            Body::Json(members) | Body::OptionalJson(members) => check(self.call.body()?, members),
            Body::Form(fields) => {
                let form = self.call.form(fields)?;
                let fields = form.into_iter().map(|(name, value)| (name, value.into()));
                Ok(Checked::of(fields.collect()))
            }
        }
    }
}
