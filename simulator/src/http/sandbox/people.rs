//! What people do: trainers apply, write and work; the employer's humans confirm, pay and consent.

use serde_json::{Value, json};

use crate::{
    http::{bodies::first_milestone, operation::Request, shared::Shared},
    kit::{
        clock::iso,
        refusal::Refusal,
        reply::{Answer, ok},
        schema::{Checked, at},
    },
    market::{
        Market,
        accounts::parse_scopes,
        confirmations::Choice,
        conflict,
        data::{
            approval::PaymentMethod,
            feature::{Feature, Rollout},
            proposal::ProposalStatus,
        },
        samples,
    },
    model::{
        install::ConsentOptions, milestone::NewMilestone, scope::Scope, trainer::TrainerOptions,
    },
    tool,
};

pub(super) fn done() -> Answer {
    ok(json!({"ok": true}))
}

/// A new trainer, by default with a work e-mail.
fn newcomer(market: &mut Market, body: &Checked) -> Result<String, Refusal> {
    let options = TrainerOptions::default();
    let number = market.world.trainers.len() + 1;
    let email = body.text("workEmail").map(str::to_owned);
    let name = samples::name(market.seed, number);
    let text = |name: &str, default: String| body.text(name).map_or(default, str::to_owned);
    Ok(market.world.create_trainer(TrainerOptions {
        id: None,
        display_name: text("displayName", name),
        country: text("country", options.country),
        work_email: email.or_else(|| Some(format!("trainer-{number}@opentrain.work"))),
    })?)
}

pub(super) fn trainer(request: &Request<'_>, market: &mut Market) -> Answer {
    let body = request.body()?;
    let id = newcomer(market, &body)?;
    let mut profile = market.profile(&id);
    profile.available = body.flag("available").unwrap_or(profile.available);
    let rate = body.number("hourlyRateUsd");
    profile.hourly_rate_usd = rate.unwrap_or(profile.hourly_rate_usd);
    market.profiles.insert(id.clone(), profile);
    ok(json!({"trainerId": id}))
}

/// A trainer, or a new one, applies for a job.
pub(super) fn propose(request: &Request<'_>, market: &mut Market) -> Answer {
    let body = request.body()?;
    let job = body.get("jobId");
    market.ad(job)?;
    let trainer = match body.text("trainerId") {
        Some(id) if market.world.trainers.contains_key(id) => id.to_owned(),
        Some(_) => return Err(Refusal::not_found("trainer")),
        None => newcomer(market, &Checked::default())?,
    };
    let interviewed = body.flag("interview").unwrap_or(true);
    let bid = body.number("bidUsd");
    let id = market.apply(job, &trainer, bid, interviewed, request.now)?;
    ok(json!({"proposalId": id, "trainerId": trainer}))
}

/// The employer reviews a proposal in the app. Only a confirmed hire makes it HIRED.
pub(super) fn review(request: &Request<'_>, market: &mut Market) -> Answer {
    let body = request.body()?;
    let status = ProposalStatus::parse(body.get("status"));
    let status = status.ok_or_else(|| at("status", "is not known"))?;
    market.review(request.id(), status, request.now)?;
    done()
}

pub(super) fn approvals(request: &Request<'_>, market: &mut Market) -> Answer {
    ok(json!({"approvals": market.pending_approvals(request.now)?}))
}

pub(super) fn confirm(request: &Request<'_>, market: &mut Market) -> Answer {
    let body = request.body()?;
    let milestone = body.object("milestone");
    let milestone = milestone.map(|_| first_milestone(&body));
    let choice = choice(&body, milestone);
    market.confirm(request.id(), choice, request.now)?;
    approval(request, market)
}

/// The payment method of a body, and these terms.
pub(super) fn choice(body: &Checked, milestone: Option<NewMilestone>) -> Choice {
    let method = body.text("paymentMethod").map(|method| match method {
        "card" => PaymentMethod::Card,
        _ => PaymentMethod::Credits,
    });
    Choice { method, milestone }
}

pub(super) fn decline(request: &Request<'_>, market: &mut Market) -> Answer {
    request.body()?;
    market.decline(request.id(), request.now)?;
    approval(request, market)
}

fn approval(request: &Request<'_>, market: &Market) -> Answer {
    let own = market.approval(request.id())?;
    ok(json!({"approval": own.view(&market.world.origin)}))
}

pub(super) fn claim(request: &Request<'_>, market: &mut Market) -> Answer {
    let body = request.body()?;
    let organization = market.confirm_claim(request.id(), body.text("email"), request.now)?;
    ok(json!({"organizationId": organization}))
}

/// The named organisation, or the one that was claimed last.
pub(super) fn organization_of(market: &Market, body: &Checked) -> String {
    let named = body.text("organizationId").map(str::to_owned);
    named.unwrap_or_else(|| market.current.clone())
}

/// The human makes a token in the app, with any scopes.
pub(super) fn token(request: &Request<'_>, market: &mut Market) -> Answer {
    let body = request.body()?;
    let scopes = parse_scopes(&body.texts("scopes").unwrap_or_default())?;
    let organization = organization_of(market, &body);
    let employer = market.employer(&organization)?;
    if employer.claimed.is_none() {
        return Err(conflict(
            "account_claim_required",
            "no human has claimed the account",
        ));
    }
    let user = body.text("userId").unwrap_or(&employer.owner).to_owned();
    if !employer.members.iter().any(|own| own.user == user) {
        return Err(Refusal::not_found("member"));
    }
    let name = body.text("name").unwrap_or("API token");
    let id = market.mint((&organization, &user), name, scopes, None, request.now)?;
    ok(json!({"token": market.secret(&id), "tokenId": id, "organizationId": organization}))
}

/// The scopes of an install or an app.
pub(super) fn scopes(body: &Checked) -> Vec<Scope> {
    let names = body.texts("scopes").unwrap_or_default();
    names.into_iter().filter_map(Scope::parse).collect()
}

/// The owner consents to a platform's app.
pub(super) fn install(request: &Request<'_>, market: &mut Market) -> Answer {
    let body = request.body()?;
    let slug = body.get("appSlug");
    let organization = organization_of(market, &body);
    let options = ConsentOptions {
        scopes: scopes(&body),
        pii_consent: body.flag("piiConsent").unwrap_or_default(),
        organization: organization.clone(),
        app_slug: slug.to_owned(),
    };
    let grant = market.world.consent(options, request.now);
    ok(json!({
        "installId": grant.install_id,
        "token": grant.token,
        "organizationId": organization,
    }))
}

pub(super) fn pay_top_up(request: &Request<'_>, market: &mut Market) -> Answer {
    request.body()?;
    market.complete_top_up(request.id(), request.now)?;
    done()
}

/// The trainer of a conversation writes.
pub(super) fn message(request: &Request<'_>, market: &mut Market) -> Answer {
    let body = request.body()?;
    let conversation = body.get("conversationId");
    let id = market.answer_as_trainer(conversation, body.get("content"), request.now)?;
    ok(json!({"messageId": id}))
}

pub(super) fn ask_for_payout(request: &Request<'_>, market: &mut Market) -> Answer {
    request.body()?;
    market.ask_for_payout(request.id(), request.now)?;
    done()
}

pub(super) fn organization(request: &Request<'_>, market: &mut Market) -> Answer {
    let body = request.body()?;
    let employer = market.employer_mut(request.id())?;
    employer.card_on_file = body.flag("cardOnFile").unwrap_or(employer.card_on_file);
    employer.teams_enabled = body.flag("teamsEnabled").unwrap_or(employer.teams_enabled);
    done()
}

pub(super) fn feature(request: &Request<'_>, market: &mut Market) -> Answer {
    let body = request.body()?;
    let feature = Feature::parse(body.get("feature"));
    let feature = feature.ok_or_else(|| at("feature", "is not known"))?;
    let list = body.texts("organizationIds").unwrap_or_default();
    let rollout = match body.get("mode") {
        "ALL" => Rollout::All,
        _ => Rollout::Allowlist(list.into_iter().map(str::to_owned).collect()),
    };
    market.rollouts.insert(feature, rollout);
    done()
}

pub(super) fn registration(request: &Request<'_>, market: &mut Market) -> Answer {
    market.registration = request.body()?.flag("enabled").unwrap_or(true);
    done()
}

/// Work in the annotation tool of this process.
pub(super) fn work(request: &Request<'_>, shared: &Shared) -> Answer {
    let body = request.body()?;
    let Some(tool) = shared.tool.get() else {
        return Err(conflict(
            "no_tool",
            "this sandbox has no annotation tool of its own",
        ));
    };
    let body = Value::Object(body.into_fields());
    tool.look(|floor| tool::control::record_work(floor, &body))?;
    tool.progress.made();
    done()
}

pub(super) fn time(request: &Request<'_>, _: &mut Market) -> Answer {
    ok(json!({"now": iso(request.now)}))
}

/// Back to the state after the start.
pub(super) fn reset(request: &Request<'_>, shared: &Shared) -> Answer {
    request.body()?;
    shared.reset();
    ok(json!({"ok": true, "now": iso((shared.clock)())}))
}
