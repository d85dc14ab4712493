//! Tables of calls: one row has everything that is checked before a handler runs, and everything that the OpenAPI
//! document contains about the call.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::param::{Param, page_limit};
use crate::kit::{
    call::Call,
    refusal::Refusal,
    schema::{Checked, Member, Rule, at, check},
    shape::{Refused, Reply},
};

/// Body of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Body {
    /// None.
    Nothing,
    /// A JSON object with these members.
    Json(&'static [Member]),
    /// As `Json`, where no body at all means an empty object.
    OptionalJson(&'static [Member]),
    /// A form with these fields, which are strings.
    Form(&'static [Member]),
}

/// One call of an API.
pub(crate) struct Operation<A: 'static, H: 'static> {
    /// Name of the call, unique in its API.
    pub(crate) id: &'static str,
    pub(crate) method: &'static str,
    /// Path below the base; parts in braces are ids.
    pub(crate) path: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) access: A,
    pub(crate) query: &'static [Param],
    /// Largest number of characters of an id in the path.
    pub(crate) longest_id: Option<usize>,
    pub(crate) body: Body,
    pub(crate) rule: Rule,
    pub(crate) answers: &'static [Reply],
    /// Errors beside those that follow from the other members.
    pub(crate) refusals: &'static [Refused],
    pub(crate) handler: H,
}

/// Calls about one subject.
pub(crate) struct Group<A: 'static, H: 'static> {
    pub(crate) tag: &'static str,
    pub(crate) calls: &'static [Operation<A, H>],
}

impl<A, H> Operation<A, H> {
    /// A call without query and body.
    pub(crate) const fn new(
        id: &'static str,
        (method, path): (&'static str, &'static str),
        summary: &'static str,
        access: A,
        handler: H,
    ) -> Self {
        Self {
            id,
            method,
            path,
            summary,
            access,
            query: &[],
            longest_id: None,
            body: Body::Nothing,
            rule: Rule::Free,
            answers: &[],
            refusals: &[],
            handler,
        }
    }

    pub(crate) const fn query(mut self, query: &'static [Param]) -> Self {
        self.query = query;
        self
    }

    pub(crate) const fn longest_id(mut self, characters: usize) -> Self {
        self.longest_id = Some(characters);
        self
    }

    pub(crate) const fn body(mut self, body: Body) -> Self {
        self.body = body;
        self
    }

    pub(crate) const fn rule(mut self, rule: Rule) -> Self {
        self.rule = rule;
        self
    }

    pub(crate) const fn answers(mut self, answers: &'static [Reply]) -> Self {
        self.answers = answers;
        self
    }

    pub(crate) const fn refuses(mut self, refusals: &'static [Refused]) -> Self {
        self.refusals = refusals;
        self
    }
}

/// All rows of a table, in their order.
pub(crate) fn rows<A, H>(
    table: &'static [Group<A, H>],
) -> impl Iterator<Item = &'static Operation<A, H>> {
    table.iter().flat_map(|group| group.calls)
}

/// A call, and the ids in its path.
pub(crate) type Found<'a, A, H> = (&'static Operation<A, H>, Vec<&'a str>);

/// The call with this method and path. Of two paths that fit, the one with fewer ids is taken.
///
/// An unknown path is a 404. A known path with another method is a 405 that lists the methods.
pub(crate) fn find<'a, A, H>(
    table: &'static [Group<A, H>],
    method: &str,
    below: &[&'a str],
) -> Result<Found<'a, A, H>, Refusal> {
    let fitting = rows(table).filter_map(|row| Some((row, ids(row.path, below)?)));
    let Some((first, ids)) = fitting.min_by_key(|(_, ids)| ids.len()) else {
        return Err(Refusal::not_found("path").into_violation());
    };
    let same = || rows(table).filter(|row| row.path == first.path);
    match same().find(|row| row.method == method) {
        Some(row) => Ok((row, ids)),
        None => {
            let methods: Vec<&str> = same().map(|row| row.method).collect();
            Err(Refusal::not_allowed(&methods))
        }
    }
}

/// The ids of a path that fits; `None` for another path.
fn ids<'a>(path: &str, below: &[&'a str]) -> Option<Vec<&'a str>> {
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    if parts.len() != below.len() || below.contains(&"") {
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
    rule: Rule,
    ids: Vec<&'a str>,
    params: &'static [Param],
    query: BTreeMap<String, String>,
    pub(crate) now: Timestamp,
}

impl<'a> Request<'a> {
    /// Refuses undocumented and bad query parameters, and a body where there is none.
    pub(crate) fn new<A, H>(
        call: &'a Call,
        operation: &Operation<A, H>,
        ids: Vec<&'a str>,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let names: Vec<&str> = operation.query.iter().map(|own| own.name).collect();
        let query = call.query(&names)?;
        for param in operation.query {
            param.check(query.get(param.name).map(String::as_str))?;
        }
        if let Some(most) = operation.longest_id
            && ids.iter().any(|id| id.chars().count() > most)
        {
            return Err(at("id", &format!("is longer than {most}")));
        }
        if matches!(operation.body, Body::Nothing) {
            call.no_body()?;
        }
        Ok(Self {
            call,
            body: operation.body,
            rule: operation.rule,
            ids,
            params: operation.query,
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

    /// Largest number of rows of the page.
    pub(crate) fn limit(&self) -> usize {
        page_limit(self.params, self.query("limit"))
    }

    /// The body, checked against the description of the call.
    pub(crate) fn body(&self) -> Result<Checked, Refusal> {
        let body = match self.body {
            Body::Nothing => Checked::default(),
            Body::OptionalJson(_) if self.call.no_body().is_ok() => Checked::default(),
            Body::Json(members) | Body::OptionalJson(members) => check(self.call.body()?, members)?,
            Body::Form(members) => {
                let names: Vec<&str> = members.iter().map(|own| own.name).collect();
                let form = self.call.form(&names)?;
                check(form.into_iter().collect(), members)?
            }
        };
        self.rule.check(body.fields())?;
        Ok(body)
    }
}
