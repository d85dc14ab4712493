//! Row of a call of the Public API.

use super::caller::Caller;
use crate::{
    http::{
        openapi::Gate,
        operation::{Group, Operation, Request},
    },
    kit::{reply::Answer, shape::Refused},
    market::{
        Market,
        data::{feature::Feature, scope::TokenScope},
    },
};

/// Gates of a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Access {
    /// No token is needed.
    open: bool,
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
    Open(fn(&Request<'_>, &mut Market) -> Answer),
    Token(fn(&Caller<'_>, &mut Market) -> Answer),
}

pub(crate) type PublicCall = Operation<Access, Handler>;
pub(crate) type PublicGroup = Group<Access, Handler>;
type Own = fn(&Caller<'_>, &mut Market) -> Answer;

const ANY_TOKEN: Access = Access {
    open: false,
    any_of: &[],
    feature: None,
    claimed: false,
};

impl Gate for Access {
    fn scopes(&self) -> Option<Vec<&'static str>> {
        let scopes = self.any_of.iter().map(|own| own.as_str());
        (!self.open).then(|| scopes.collect())
    }

    fn refusals(&self) -> Vec<Refused> {
        if self.open {
            return vec![Refused::too_many()];
        }
        let mut refusals = vec![Refused::unauthorized()];
        if !self.any_of.is_empty() || self.feature.is_some() {
            refusals.push(Refused::forbidden(&[]));
        }
        if self.claimed {
            refusals.push(Refused::forbidden(&["account_claim_required"]));
        }
        refusals
    }

    fn about(&self) -> String {
        let feature = self.feature.map(Feature::as_str);
        match (feature, self.claimed) {
            (Some(feature), true) => {
                format!("Needs the feature `{feature}` and a claimed account.")
            }
            (Some(feature), false) => format!("Needs the feature `{feature}`."),
            (None, true) => "Needs a claimed account.".to_owned(),
            (None, false) => String::new(),
        }
    }
}

impl PublicCall {
    /// A call with any token.
    pub(super) const fn token(
        id: &'static str,
        at: (&'static str, &'static str),
        summary: &'static str,
        handler: Own,
    ) -> Self {
        Self::new(id, at, summary, ANY_TOKEN, Handler::Token(handler))
    }

    /// A call without a token.
    pub(super) const fn open(
        id: &'static str,
        path: &'static str,
        summary: &'static str,
        handler: fn(&Request<'_>, &mut Market) -> Answer,
    ) -> Self {
        let access = Access {
            open: true,
            ..ANY_TOKEN
        };
        Self::new(id, ("GET", path), summary, access, Handler::Open(handler))
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
