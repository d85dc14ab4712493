//! The caller and its tokens.

use jiff::Timestamp;
use serde_json::json;

use super::{
    access::{PublicCall, PublicGroup},
    caller::Caller,
};
use crate::{
    http::{
        bodies::TOKEN,
        operation::{Body, Group},
    },
    kit::{
        refusal::Refusal,
        reply::{Answer, created, ok},
        schema::{Checked, at, time},
        shape::{Refused, Reply, Shape, has, or_null},
    },
    market::{
        Market,
        accounts::parse_scopes,
        data::{
            scope::TokenScope,
            token::{RECORD, TokenRecord},
        },
    },
};

pub(super) const GROUP: PublicGroup = Group {
    tag: "Tokens and account",
    calls: &[
        PublicCall::token(
            "getMe",
            ("GET", "/auth/me"),
            "Read the user, the token and the account of the caller",
            me,
        )
        .answers(&[Reply::ok(ME)])
        .refuses(&[Refused::not_found()]),
        PublicCall::token(
            "createToken",
            ("POST", "/tokens"),
            "Make a token with no more scopes than the caller's",
            create_token,
        )
        .body(Body::OptionalJson(&TOKEN))
        .answers(&[Reply::created(NEW_TOKEN)])
        .refuses(&[
            Refused::forbidden(&[]),
            Refused::conflict(&["token_limit_reached"]),
        ]),
        PublicCall::token(
            "listTokens",
            ("GET", "/tokens"),
            "List the tokens of the organization, newest first",
            list_tokens,
        )
        .answers(&[Reply::ok(MANY)]),
        PublicCall::token(
            "revokeToken",
            ("DELETE", "/tokens/{tokenId}"),
            "Revoke a token at once and for good",
            revoke_token,
        )
        .answers(&[Reply::ok(ONE)]),
    ],
};

const SCOPES: Shape = Shape::List(&Shape::OneOf(&TokenScope::NAMES));
const ME: Shape = Shape::Object(&[
    has("actor", ACTOR),
    has("token", OWN_TOKEN),
    has("account", ACCOUNT),
]);
const ACTOR: Shape = Shape::Object(&[
    has("userId", Shape::Text),
    or_null("email", Shape::Text),
    or_null("firstName", Shape::Text),
    or_null("lastName", Shape::Text),
    or_null("fullName", Shape::Text),
    has("userType", Shape::OneOf(&["EMPLOYER"])),
]);
const OWN_TOKEN: Shape = Shape::Object(&[
    has("id", Shape::Text),
    or_null("label", Shape::Text),
    has("scopes", SCOPES),
    has("ownerOrganizationId", Shape::Text),
]);
const ACCOUNT: Shape = Shape::Object(&[
    has("kind", Shape::OneOf(&["employer_organization"])),
    has("organizationId", Shape::Text),
    has("ownerUserId", Shape::Text),
    or_null("memberRole", Shape::Text),
]);
const NEW_TOKEN: Shape = Shape::Object(&[
    has("token", Shape::Text),
    has("tokenType", Shape::OneOf(&["bearer"])),
    has("metadata", RECORD),
]);
const MANY: Shape = Shape::Object(&[has("tokens", Shape::List(&RECORD))]);
const ONE: Shape = Shape::Object(&[has("token", RECORD)]);

fn me(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let actor = &caller.actor;
    let employer = market.employer(&actor.organization)?;
    let user = market.users.get(&actor.user);
    let user = user.ok_or_else(|| Refusal::not_found("user"))?;
    let token = market.tokens.get(&actor.token);
    let mut members = employer.members.iter();
    let membership = members.find(|own| own.user == actor.user);
    ok(json!({
        "actor": {
            "userId": user.id,
            "email": user.email,
            "firstName": user.first_name,
            "lastName": user.last_name,
            "fullName": user.full_name(),
            "userType": "EMPLOYER",
        },
        "token": {
            "id": actor.token,
            "label": token.map(|token| &token.name),
            "scopes": actor.scopes,
            "ownerOrganizationId": actor.organization,
        },
        "account": {
            "kind": "employer_organization",
            "organizationId": actor.organization,
            "ownerUserId": employer.owner,
            "memberRole": membership.map(|own| own.role),
        },
    }))
}

fn create_token(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let body = caller.request.body()?;
    let scopes = match body.texts("scopes") {
        Some(names) => parse_scopes(&names)?,
        None => caller.actor.scopes.clone(),
    };
    let expires = expiry(&body, caller.now())?;
    let name = body.text("name").unwrap_or("API token");
    let id = market.mint_for(&caller.actor, name, scopes, expires, caller.now())?;
    let record = market.tokens.get(&id);
    created(json!({
        "token": market.secret(&id),
        "tokenType": "bearer",
        "metadata": record.map(|own| own.record(caller.now())),
    }))
}

fn expiry(body: &Checked, now: Timestamp) -> Result<Option<Timestamp>, Refusal> {
    let Some(text) = body.text("expiresAt") else {
        return Ok(None);
    };
    match time(text).filter(|at| *at > now) {
        Some(at) => Ok(Some(at)),
        None => Err(at("expiresAt", "must be in the future")),
    }
}

fn list_tokens(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let tokens = market.tokens_of(caller.organization());
    let tokens: Vec<TokenRecord> = tokens.map(|own| own.record(caller.now())).collect();
    ok(json!({"tokens": tokens}))
}

fn revoke_token(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let record = market.revoke_pat(caller.organization(), caller.id(), caller.now())?;
    ok(json!({"token": record}))
}
