//! What the owner of an account does in the app without an agent, and what an annotation platform registers.

use serde_json::json;
use url::Url;

use super::people::{choice, done, organization_of, scopes};
use crate::{
    http::{bodies::first_milestone, operation::Request},
    kit::{
        refusal::Refusal,
        reply::{Answer, ok},
        schema::{Checked, at},
    },
    market::{Market, data::ad::price_key},
    model::{
        app::{App, MOST_REDIRECTS, is_web},
        milestone::NewMilestone,
    },
};

/// Registers an app, or replaces its registration. Installs keep their scopes.
pub(super) fn register(request: &Request<'_>, market: &mut Market) -> Answer {
    let body = request.body()?;
    let slug = body.get("slug");
    let app = App {
        slug: slug.to_owned(),
        name: body.get("name").to_owned(),
        description: body.text("description").map(str::to_owned),
        scopes: scopes(&body),
        redirect_uris: redirect_uris(&body)?,
    };
    market.world.apps.insert(slug.to_owned(), app);
    let consent = format!("{}/integrations/{slug}/connect", market.world.origin);
    ok(json!({"ok": true, "consentUrl": consent}))
}

fn redirect_uris(body: &Checked) -> Result<Vec<String>, Refusal> {
    let uris = body.texts("redirectUris").unwrap_or_default();
    if uris.len() > MOST_REDIRECTS {
        let message = format!("must hold at most {MOST_REDIRECTS} addresses");
        return Err(at("redirectUris", &message));
    }
    let known = |own: &&str| Url::parse(own).is_ok_and(|url| is_web(&url));
    match uris.iter().all(known) {
        true => Ok(uris.into_iter().map(str::to_owned).collect()),
        false => Err(at("redirectUris", "must hold http or https addresses")),
    }
}

/// The customer disconnects an app.
pub(super) fn disconnect(request: &Request<'_>, market: &mut Market) -> Answer {
    request.body()?;
    market.world.revoke(request.id(), request.now)?;
    done()
}

pub(super) fn post_job(request: &Request<'_>, market: &mut Market) -> Answer {
    let body = request.body()?;
    let mut fields = serde_json::Map::new();
    fields.insert("jobTitle".to_owned(), body.get("title").into());
    let payment = body.text("paymentType").unwrap_or("PAY_PER_HOUR");
    fields.insert("paymentType".to_owned(), payment.into());
    let price = body.number("price").unwrap_or(20.0);
    fields.insert(price_name(payment).to_owned(), price.into());
    let organization = organization_of(market, &body);
    let id = market.post_job(&organization, fields, request.now)?;
    ok(json!({"jobId": id, "jobUrl": market.job_url(&id)}))
}

fn price_name(payment: &str) -> &'static str {
    use crate::model::payment::PaymentType;
    price_key(match payment {
        "PAY_PER_LABEL" => PaymentType::PayPerLabel,
        "FIXED_PRICE" => PaymentType::FixedPrice,
        _ => PaymentType::PayPerHour,
    })
}

pub(super) fn publish(request: &Request<'_>, market: &mut Market) -> Answer {
    request.body()?;
    let organization = market.world.job(request.id())?.organization.clone();
    market.publish(&organization, request.id(), request.now)?;
    done()
}

pub(super) fn close(request: &Request<'_>, market: &mut Market) -> Answer {
    request.body()?;
    let organization = market.world.job(request.id())?.organization.clone();
    market.close_job(&organization, request.id(), request.now)?;
    done()
}

/// The human hires without an agent's request.
pub(super) fn hire(request: &Request<'_>, market: &mut Market) -> Answer {
    let body = request.body()?;
    let terms = first_milestone(&body);
    let contract = market.hire_in_app(request.id(), terms, choice(&body, None), request.now)?;
    ok(json!({"contractId": contract}))
}

pub(super) fn fund(request: &Request<'_>, market: &mut Market) -> Answer {
    let body = request.body()?;
    let new = NewMilestone {
        name: body.text("name").map(str::to_owned),
        volume: body.number("volume"),
        ..NewMilestone::default()
    };
    let amount = body.number("amountUsd");
    let choice = choice(&body, None);
    let id = market.fund_in_app(request.id(), (new, amount), choice, request.now)?;
    ok(json!({"milestoneId": id}))
}

pub(super) fn release(request: &Request<'_>, market: &mut Market) -> Answer {
    request.body()?;
    market.release_in_app(request.id(), request.now)?;
    done()
}

pub(super) fn end(request: &Request<'_>, market: &mut Market) -> Answer {
    request.body()?;
    market.end_in_app(request.id(), request.now)?;
    done()
}

/// The trainer works in OpenTrain's own time tracker.
pub(super) fn track_time(request: &Request<'_>, market: &mut Market) -> Answer {
    let hours = request.body()?.number("hours").unwrap_or_default();
    let seconds = (hours * 3600.0).round() as u64;
    market.track_time(request.id(), seconds, request.now)?;
    done()
}
