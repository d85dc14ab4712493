//! Row of a call of the Public API.

use super::caller::Caller;
use crate::{
    opentrain::{
        operation::{Operation, Request},
        public::{feature::Feature, scope::TokenScope},
        world::World,
    },
    reply::Answer,
};

/// Gates of a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Access {
    /// One of these scopes is required; none if it is empty.
    pub(crate) any_of: &'static [TokenScope],
    pub(crate) feature: Option<Feature>,
    /// The account must be claimed.
    pub(crate) claimed: bool,
}

/// Carries a call out.
#[derive(Clone, Copy)]
pub(crate) enum Handler {
    /// Without a token.
    Open(fn(&Request<'_>, &mut World) -> Answer),
    Token(fn(&Caller<'_>, &mut World) -> Answer),
}

pub(crate) type PublicCall = Operation<Access, Handler>;
type Own = fn(&Caller<'_>, &mut World) -> Answer;

const NO_ACCESS: Access = Access {
    any_of: &[],
    feature: None,
    claimed: false,
};

impl PublicCall {
    /// A call with any token.
    pub(super) const fn token(
        id: &'static str,
        at: (&'static str, &'static str),
        handler: Own,
    ) -> Self {
        Self::new(id, at, NO_ACCESS, Handler::Token(handler))
    }

    /// A call without a token.
    pub(super) const fn open(
        id: &'static str,
        path: &'static str,
        handler: fn(&Request<'_>, &mut World) -> Answer,
    ) -> Self {
        Self::new(id, ("GET", path), NO_ACCESS, Handler::Open(handler))
    }

    pub(super) const fn scope(mut self, any_of: &'static [TokenScope]) -> Self {
        self.access.any_of = any_of;
        self
    }

    pub(super) const fn feature(mut self, feature: Feature) -> Self {
        self.access.feature = Some(feature);
        self
    }

    pub(super) const fn claimed(mut self) -> Self {
        self.access.claimed = true;
        self
    }
}
