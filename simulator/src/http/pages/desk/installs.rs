//! Apps, installs, project links, and tokens of the Public API.

use maud::{Markup, html};

use crate::{
    http::pages::{
        form::{Control, Field, Form, Tone},
        html::Page,
        lists::{hundred, pager},
        parts::{code, copied, link, or_dash, state, table, table_or, text, utc},
        visit::Visit,
        words,
    },
    kit::refusal::Refusal,
    market::{Market, data::scope::TokenScope},
    model::{install::Install, scope::Scope},
};

const PATH: &str = "/desk/installs";
/// Links that are shown of each list, newest first.
const MOST: usize = 100;

pub(in crate::http::pages) fn show(visit: &Visit<'_>) -> Result<Page, Refusal> {
    let made = visit.outcome.as_ref();
    let made = made.and_then(|own| own.answer_of("createToken"));
    visit.look(|market| {
        let body = html! {
            @if let Some(token) = made.and_then(|own| own["token"].as_str()) {
                section.ask.token { h2 { "The token, shown once" } (copied("Token", token)) }
            }
            (installs(visit, market)?)
            (links(market))
            (apps(market))
            (tokens(visit, market))
        };
        Ok(visit.page("Installs & links", body))
    })
}

fn installs(visit: &Visit<'_>, market: &Market) -> Result<Markup, Refusal> {
    let newest = market.world.installs.iter().rev();
    let (page, next) = hundred(visit, newest, |own: &&Install| &own.id)?;
    let rows: Vec<Vec<Markup>> = page.into_iter().map(|own| install(market, own)).collect();
    let heads = [
        "Install",
        "App",
        "Account",
        "State",
        "May",
        "E-mails",
        "Since",
        "Disconnect",
    ];
    Ok(html! {
        section {
            h2 { "Installs" }
            (table_or("No platform is connected. Open an app's consent page below.", "Installs", &heads, &rows))
            (pager(visit, PATH, &[], next.as_deref()))
        }
    })
}

fn install(market: &Market, own: &Install) -> Vec<Markup> {
    let status = if own.is_active() { "ACTIVE" } else { "REVOKED" };
    let disconnect = own.is_active().then(|| {
        let form = Form::new("disconnectInstall", "Disconnect", PATH)
            .tone(Tone::Danger)
            .hidden("installId", &own.id);
        html! { details { summary { "Disconnect" span.hide { " " (own.id) } } (form.shown()) } }
    });
    vec![
        code(&own.id),
        html! { (market.world.app_name(&own.app_slug)) " " (code(&own.app_slug)) },
        text(&own.organization),
        html! { (state(status)) @if own.is_active() && !own.token_live { " token revoked" } },
        html! {
            details { summary { (own.scopes.len()) " scopes" span.hide { " of " (own.id) } }
                ul { @for scope in &own.scopes { li { (words::scope(*scope)) " " code { (scope.as_str()) } } } }
            }
        },
        text(if own.sees_email() {
            "shared"
        } else {
            "not shared"
        }),
        utc(own.created_at),
        or_dash(disconnect),
    ]
}

fn links(market: &Market) -> Markup {
    let all = market.world.links.iter().count();
    let rows: Vec<Vec<Markup>> = market
        .world
        .links
        .iter()
        .rev()
        .take(MOST)
        .map(|own| {
            let job = own.job_id.as_deref();
            let name = own.external_project_name.as_deref().unwrap_or("–");
            vec![
                code(&own.id),
                html! { (name) " " (code(&own.external_project_id)) },
                or_dash(job.map(|id| link(&format!("/desk/jobs/{id}"), id))),
                code(&own.install_id),
                or_dash(own.created_at.parse().ok().map(utc)),
            ]
        })
        .collect();
    html! {
        section {
            h2 { "Project links" }
            (table_or("No project is linked. The platform calls POST /project-links.", "Project links",
                &["Link", "Project", "Job", "Install", "Created"], &rows))
            @if all > MOST { p.hint { "The newest " (MOST) " of " (all) "." } }
        }
    }
}

fn apps(market: &Market) -> Markup {
    let rows: Vec<Vec<Markup>> = market.world
        .apps
        .values()
        .map(|own| {
            let consent = format!("/integrations/{}/connect", own.slug);
            vec![
                html! { (own.name) " " (code(&own.slug)) },
                text(own.scopes.len()),
                html! { @for uri in &own.redirect_uris { (code(uri)) " " } @if own.redirect_uris.is_empty() { "none" } },
                link(&consent, "Consent page"),
            ]
        })
        .collect();
    let mut form = Form::new("registerApp", "Register", PATH)
        .field(Field::text("name", "Name", "My tool").required())
        .field(Field::text("slug", "Slug (a-z, 0-9, -)", "my-tool").required())
        .field(Field::new(
            "redirectUris",
            "Redirect addresses, one a line",
            "",
            Control::Area,
        ));
    for scope in Scope::ALL {
        form = form.hidden("scopes", scope.as_str());
    }
    html! {
        section {
            h2 { "Apps" }
            (table("Apps", &["App", "Scopes", "Redirects to", "Connect"], &rows))
            details { summary { "Register an app, or change one" } (form.shown()) }
        }
    }
}

/// Tokens that only a human makes: for payments and webhooks.
fn tokens(visit: &Visit<'_>, market: &Market) -> Markup {
    let now = visit.request.now;
    let rows: Vec<Vec<Markup>> = market
        .tokens
        .iter()
        .rev()
        .take(MOST)
        .map(|own| {
            let scopes = own.scopes.iter().map(|own| own.as_str());
            let status = serde_json::json!(own.status(now));
            vec![
                code(&own.id),
                text(&own.name),
                text(&own.organization),
                state(status.as_str().unwrap_or_default()),
                text(scopes.collect::<Vec<_>>().join(" ")),
                or_dash(own.last_used.map(utc)),
            ]
        })
        .collect();
    let all = TokenScope::ALL.map(TokenScope::as_str).join(" ");
    let form = Form::new("createToken", "Make a token", PATH)
        .field(Field::text("name", "Name", "Payments"))
        .field(Field::new("scopes", "Scopes, separated by spaces", all, Control::Area).required());
    html! {
        section {
            h2 { "Tokens of the Public API" }
            (table_or("No token yet.", "Tokens of the Public API",
                &["Token", "Name", "Account", "State", "Scopes", "Last used"], &rows))
            details { summary { "Make a token for account " (market.current) } (form.shown()) }
        }
    }
}
