//! A request for a page.

use super::{
    html::{Page, Section},
    outcome::Outcome,
};
use crate::{
    http::{operation::Request, shared::Shared},
    market::Market,
};

/// A request for a page.
pub(super) struct Visit<'a> {
    pub(super) request: Request<'a>,
    pub(super) shared: &'a Shared,
    pub(super) section: Option<Section>,
    /// The result of the form that led here.
    pub(super) outcome: Option<Outcome>,
}

impl Visit<'_> {
    pub(super) fn id(&self) -> &str {
        self.request.id()
    }

    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.request.query(name)
    }

    pub(super) fn look<T>(&self, read: impl FnOnce(&Market) -> T) -> T {
        self.shared.look(|market| read(market))
    }

    pub(super) fn page(&self, title: impl Into<String>, body: maud::Markup) -> Page {
        Page {
            title: title.into(),
            section: self.section,
            outcome: self.outcome.clone(),
            now: self.request.now,
            body,
        }
    }
}
