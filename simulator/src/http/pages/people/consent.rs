//! The consent page: a customer connects an annotation platform's app.

use maud::{Markup, html};
use url::Url;

use crate::{
    http::pages::{
        form::{Control, Field, Form, Tone},
        html::Page,
        parts::{code, copied, facts, or_dash, text},
        visit::Visit,
        words,
    },
    kit::refusal::Refusal,
    market::Market,
    model::{app::App, scope::Scope},
};

pub(in crate::http::pages) fn show(visit: &Visit<'_>) -> Result<Page, Refusal> {
    visit.look(|market| {
        let app = app(market, visit.id())?;
        let back = redirect(visit, app)?;
        let granted = visit.outcome.as_ref();
        let granted = granted.and_then(|own| own.answer_of("createInstall"));
        if let Some(granted) = granted {
            let text = |name: &str| granted[name].as_str().unwrap_or_default().to_owned();
            let body = connected(visit, app, (&text("installId"), &text("token")), back);
            return Ok(visit.page(format!("{} is connected", app.name), body));
        }
        if visit.query("declined").is_some() {
            return Ok(visit.page("Nothing was connected", declined(app)));
        }
        let body = html! { (asked(visit, app, back.as_ref())) (decision(visit, market, app)) };
        Ok(visit.page(format!("Connect {}?", app.name), body))
    })
}

fn app<'w>(market: &'w Market, slug: &str) -> Result<&'w App, Refusal> {
    if !market.world.app_active {
        return Err(Refusal::forbidden("the app is deactivated"));
    }
    market.world.apps.get(slug).ok_or_else(|| {
        let message = format!(
            "app {slug} not found: register it with POST /sandbox/apps, or on the desk under Installs & links"
        );
        Refusal::new(axum::http::StatusCode::NOT_FOUND, message)
    })
}

/// The address to return to. It must be one that the app registered, because anyone can send a link to this page.
fn redirect(visit: &Visit<'_>, app: &App) -> Result<Option<Url>, Refusal> {
    let Some(text) = visit.query("redirect_uri") else {
        return Ok(None);
    };
    match Url::parse(text).ok().filter(|to| app.may_redirect(to)) {
        Some(to) => Ok(Some(to)),
        None => Err(Refusal::bad(
            "redirect_uri is not below a redirect address that the app registered",
        )),
    }
}

fn asked(visit: &Visit<'_>, app: &App, back: Option<&Url>) -> Markup {
    let project = visit.query("external_project_id");
    html! {
        p { strong { (app.name) } " asks for access to a part of your OpenTrain account. You can disconnect it at any \
            time." }
        (facts(&[
            ("App", html! { (app.name) " " (code(&app.slug)) }),
            ("Description", or_dash(app.description.as_deref().map(text))),
            ("Its project", or_dash(project.map(code))),
            ("Then back to", or_dash(back.map(|own| code(own.origin().ascii_serialization())))),
        ]))
        section.ask {
            h2 { "It may" }
            ul.scopes {
                @for scope in &app.scopes {
                    li { (words::scope(*scope)) " " code { (scope.as_str()) } }
                }
            }
        }
    }
}

fn decision(visit: &Visit<'_>, market: &Market, app: &App) -> Markup {
    let here = address(visit);
    let mut form = Form::new("createInstall", "Connect", &here)
        .tone(Tone::Primary)
        .hidden("appSlug", &app.slug);
    for scope in &app.scopes {
        form = form.hidden("scopes", scope.as_str());
    }
    let claimed = market.employers.values();
    let claimed = claimed.filter(|own| own.claimed.is_some());
    let accounts: Vec<(String, String)> = claimed
        .map(|own| {
            (
                own.organization.clone(),
                format!("{} ({})", own.name, own.organization),
            )
        })
        .collect();
    let current = &market.current;
    form = form.field(Field::new(
        "organizationId",
        "Connect to the account that you own",
        current,
        Control::Select(accounts),
    ));
    if app.scopes.contains(&Scope::ParticipantsEmail) {
        let label =
            "Share the trainers' work e-mails (personal data). Without it, the app sees no e-mail.";
        form = form.field(Field::new("piiConsent", label, "", Control::Check));
    }
    let glue = if here.contains('?') { '&' } else { '?' };
    html! {
        section.ask {
            h2 { "Your decision" }
            p { "A token is shown once, on the next page. You copy it into " (app.name) " yourself." }
            (form.shown())
            p { a.button href={ (here) (glue) "declined=1" } { "Decline" } }
        }
    }
}

/// This page with its parameters, so that the result is shown here.
fn address(visit: &Visit<'_>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for name in ["external_project_id", "redirect_uri", "state"] {
        if let Some(value) = visit.query(name) {
            query.append_pair(name, value);
        }
    }
    let query = query.finish();
    let path = format!("/integrations/{}/connect", visit.id());
    match query.is_empty() {
        true => path,
        false => format!("{path}?{query}"),
    }
}

/// The token, shown once, and the way back. The address back never has the token.
fn connected(
    visit: &Visit<'_>,
    app: &App,
    (install, token): (&str, &str),
    back: Option<Url>,
) -> Markup {
    let back = back.map(|mut url| {
        {
            let mut pairs = url.query_pairs_mut();
            pairs.append_pair("opentrain_install_id", install);
            for name in ["state", "external_project_id"] {
                if let Some(value) = visit.query(name) {
                    pairs.append_pair(name, value);
                }
            }
        }
        url
    });
    html! {
        section.ask.token {
            h2 { "The token, shown once" }
            p { "Copy it into " (app.name) " now. If it is lost, connect again." }
            (copied("Token", token))
            (facts(&[("Install", code(install))]))
        }
        @match back {
            Some(url) => p { a.button.primary href=(url.as_str()) rel="noreferrer" { "Continue to " (app.name) } },
            None => p { "You can close this page." },
        }
    }
}

fn declined(app: &App) -> Markup {
    html! {
        p { (app.name) " got no access, and no token was made." }
        p { "You can close this page, or "
            a href={ "/integrations/" (app.slug) "/connect" } { "decide again" } "." }
    }
}
