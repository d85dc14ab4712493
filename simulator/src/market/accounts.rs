//! Personal API tokens and the accounts behind them.

use jiff::Timestamp;
use serde_json::json;

use super::{
    Market, conflict,
    data::{
        account::Employer,
        scope::{TokenScope, grants},
        token::{Actor, MOST_TOKENS, Token, TokenRecord, TokenStatus},
    },
};
use crate::kit::{draw::Draw, refusal::Refusal, schema::at};

impl Market {
    /// The caller with this bearer token.
    pub(crate) fn authenticate(&mut self, secret: &str, now: Timestamp) -> Result<Actor, Refusal> {
        let refused = || Refusal::unauthorized("the token is invalid, expired or revoked");
        let id = self.secrets.get(secret).ok_or_else(refused)?;
        let token = self.tokens.get_mut(id).ok_or_else(refused)?;
        if token.status(now) != TokenStatus::Active {
            return Err(refused());
        }
        token.last_used = Some(now);
        Ok(Actor {
            organization: token.organization.clone(),
            user: token.user.clone(),
            token: token.id.clone(),
            scopes: token.scopes.clone(),
        })
    }

    pub(crate) fn employer(&self, organization: &str) -> Result<&Employer, Refusal> {
        let employer = self.employers.get(organization);
        employer.ok_or_else(|| Refusal::not_found("organization"))
    }

    pub(crate) fn employer_mut(&mut self, organization: &str) -> Result<&mut Employer, Refusal> {
        let employer = self.employers.get_mut(organization);
        employer.ok_or_else(|| Refusal::not_found("organization"))
    }

    /// Makes a token for a person of an organisation. Returns its id.
    pub(crate) fn mint(
        &mut self,
        (organization, user): (&str, &str),
        name: &str,
        scopes: Vec<TokenScope>,
        expires: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<String, Refusal> {
        let employer = self.employer(organization)?;
        let unclaimed = employer.claimed.is_none();
        let active = self.tokens.iter();
        let active = active.filter(|own| {
            own.organization == organization && own.status(now) == TokenStatus::Active
        });
        if active.count() >= MOST_TOKENS {
            let message = format!("an account has at most {MOST_TOKENS} active tokens");
            return Err(conflict("token_limit_reached", &message));
        }
        let secret = new_secret(&mut self.world.draw);
        let id = self.tokens.add(|id| Token {
            id,
            name: name.to_owned(),
            secret: secret.clone(),
            scopes,
            organization: organization.to_owned(),
            user: user.to_owned(),
            created: now,
            last_used: None,
            expires,
            revoked: None,
            unclaimed,
        });
        self.secrets.insert(secret, id.clone());
        Ok(id)
    }

    /// The secret of a token, which is shown when it is made.
    pub(crate) fn secret(&self, id: &str) -> &str {
        let token = self.tokens.get(id);
        token.map_or("", |token| &token.secret)
    }

    /// Makes a token for the caller, with no more than the caller's scopes.
    pub(crate) fn mint_for(
        &mut self,
        actor: &Actor,
        name: &str,
        scopes: Vec<TokenScope>,
        expires: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<String, Refusal> {
        let missing = scopes.iter().find(|own| !grants(&actor.scopes, **own));
        if missing.is_some() {
            let details = json!({"requiredScopes": scopes, "grantedScopes": actor.scopes});
            let refusal = Refusal::forbidden("a token cannot grant scopes that it does not have");
            return Err(refusal.with_details(details));
        }
        self.mint(
            (&actor.organization, &actor.user),
            name,
            scopes,
            expires,
            now,
        )
    }

    /// The organisation's tokens, newest first.
    pub(crate) fn tokens_of<'a>(
        &'a self,
        organization: &'a str,
    ) -> impl Iterator<Item = &'a Token> + 'a {
        let newest = self.tokens.iter().rev();
        newest.filter(move |own| own.organization == organization)
    }

    pub(crate) fn revoke_pat(
        &mut self,
        organization: &str,
        id: &str,
        now: Timestamp,
    ) -> Result<TokenRecord, Refusal> {
        let token = self.tokens.get_mut(id);
        let token = token.filter(|own| own.organization == organization);
        let token = token
            .ok_or_else(|| Refusal::not_found("token").with_details(json!({"tokenId": id})))?;
        token.revoked.get_or_insert(now);
        Ok(token.record(now))
    }
}

/// Known scopes, each once and at least one.
pub(crate) fn parse_scopes(names: &[&str]) -> Result<Vec<TokenScope>, Refusal> {
    let unknown: Vec<&&str> = names
        .iter()
        .filter(|name| TokenScope::parse(name).is_none())
        .collect();
    if !unknown.is_empty() {
        let details = json!({"unknownScopes": unknown, "supportedScopes": TokenScope::ALL});
        return Err(Refusal::bad("unknown scopes").with_details(details));
    }
    if names.is_empty() {
        return Err(at("scopes", "must not be empty"));
    }
    let mut scopes: Vec<TokenScope> = names
        .iter()
        .filter_map(|name| TokenScope::parse(name))
        .collect();
    scopes.sort();
    scopes.dedup();
    Ok(scopes)
}

/// `ot_pat_<publicId>_<secret>`. The public id begins with `sandbox`, so that it is no token of the real OpenTrain.
fn new_secret(draw: &mut Draw) -> String {
    let public = draw.hex::<4>();
    let secret = draw.hex::<20>();
    format!("ot_pat_sandbox{public}_{secret}")
}
