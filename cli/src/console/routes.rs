//! The routes.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};

use super::act::dead_letters::Deed;
use super::app::Console;
use super::html::{Problem, Section};
use super::query::{Filters, Form};
use super::{act, assets, guard, live, pages};

/// Time limit for an answer. Only the stream of changes lasts longer.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);

type App = State<Arc<Console>>;

pub(super) fn router(console: Arc<Console>) -> Router {
    let checked = from_fn_with_state(Arc::clone(&console), guard::check);
    Router::new()
        .route("/", get(overview))
        .route("/people", get(people))
        .route("/people/of", get(person))
        .route("/people/retry", get(ask_retry).post(retry))
        .route("/projects", get(projects))
        .route("/projects/of", get(project))
        .route("/budgets", get(budgets))
        .route("/budgets/of", get(contract))
        .route("/deliveries", get(deliveries))
        .route("/dead-letters", get(dead_letters))
        .route("/dead-letters/of", get(dead_letter))
        .route("/dead-letters/redrive", get(ask_redrive).post(redrive))
        .route("/dead-letters/drop", get(ask_drop).post(drop_dead))
        .route("/usage", get(usage))
        .route("/audit", get(audit))
        .route("/audit/late", get(late))
        .route("/audit/verify", post(verify))
        .route("/check", get(check).post(run_check))
        .route("/reconcile", get(reconcile))
        .route("/reconcile/plan", post(plan))
        .route("/reconcile/apply", get(ask_apply).post(apply))
        .fallback(unknown)
        .layer(from_fn_with_state(Arc::clone(&console), in_time))
        .route("/live", get(live::stream))
        .route("/open", get(guard::open))
        .route("/favicon.ico", get(assets::icon))
        .route("/assets/icon.svg", get(assets::icon))
        .route("/assets/style.css", get(assets::style))
        .route("/assets/live.js", get(assets::live))
        .layer(checked)
        .with_state(console)
}

async fn in_time(State(console): App, request: Request, next: Next) -> Response {
    let section = Section::of(request.uri().path());
    let answer = tokio::time::timeout(ANSWER_WITHIN, next.run(request)).await;
    answer.unwrap_or_else(|_| {
        let late = anyhow::anyhow!(
            "this took more than {} s: try again, or use the command of the same name",
            ANSWER_WITHIN.as_secs()
        );
        console.answer(section, Err(Problem::Failed(late.into())))
    })
}

async fn unknown(State(console): App, request: Request) -> Response {
    let path = request.uri().path();
    let text = format!("The console has no page {path}, or not with this method.");
    console.answer(Section::of(path), Err(Problem::NotFound(text)))
}

async fn overview(State(console): App) -> Response {
    console.answer(Section::Overview, pages::overview::show(&console).await)
}

async fn people(State(console): App, Filters(asked): Filters<pages::people::Filter>) -> Response {
    console.answer(Section::People, pages::people::show(&console, &asked).await)
}

async fn person(State(console): App, Filters(asked): Filters<pages::person::Of>) -> Response {
    console.answer(Section::People, pages::person::show(&console, &asked).await)
}

async fn ask_retry(State(console): App, Filters(asked): Filters<act::Retry>) -> Response {
    console.answer(Section::People, act::ask_retry(&console, &asked))
}

async fn retry(State(console): App, form: Form) -> Response {
    act::retry(&console, &form).await
}

async fn check(State(console): App) -> Response {
    console.answer(Section::Check, pages::check::show(&console).await)
}

async fn run_check(State(console): App, form: Form) -> Response {
    pages::check::run(&console, &form).await
}

async fn reconcile(State(console): App) -> Response {
    console.answer(Section::Reconcile, pages::reconcile::show(&console).await)
}

async fn plan(State(console): App, form: Form) -> Response {
    act::plan::read(&console, &form).await
}

async fn ask_apply(State(console): App, Filters(asked): Filters<act::plan::Asked>) -> Response {
    console.answer(Section::Reconcile, act::plan::ask(&console, &asked))
}

async fn apply(State(console): App, form: Form) -> Response {
    act::plan::apply(&console, &form).await
}

async fn projects(
    State(console): App,
    Filters(asked): Filters<pages::projects::Filter>,
) -> Response {
    console.answer(
        Section::Projects,
        pages::projects::list(&console, &asked).await,
    )
}

async fn project(State(console): App, Filters(asked): Filters<pages::projects::Of>) -> Response {
    console.answer(
        Section::Projects,
        pages::projects::show(&console, &asked).await,
    )
}

async fn budgets(State(console): App, Filters(asked): Filters<pages::budgets::Filter>) -> Response {
    console.answer(
        Section::Budgets,
        pages::budgets::list(&console, &asked).await,
    )
}

async fn contract(State(console): App, Filters(asked): Filters<pages::contract::Of>) -> Response {
    console.answer(
        Section::Budgets,
        pages::contract::show(&console, &asked).await,
    )
}

async fn deliveries(
    State(console): App,
    Filters(asked): Filters<pages::deliveries::Filter>,
) -> Response {
    console.answer(
        Section::Deliveries,
        pages::deliveries::show(&console, &asked).await,
    )
}

async fn dead_letters(
    State(console): App,
    Filters(asked): Filters<pages::dead_letters::Filter>,
) -> Response {
    console.answer(
        Section::DeadLetters,
        pages::dead_letters::list(&console, &asked).await,
    )
}

async fn dead_letter(
    State(console): App,
    Filters(asked): Filters<pages::dead_letters::Of>,
) -> Response {
    console.answer(
        Section::DeadLetters,
        pages::dead_letters::show(&console, &asked).await,
    )
}

async fn usage(State(console): App, Filters(asked): Filters<pages::usage::Filter>) -> Response {
    console.answer(Section::Usage, pages::usage::show(&console, &asked).await)
}

async fn audit(State(console): App, Filters(asked): Filters<pages::audit::Filter>) -> Response {
    console.answer(Section::Audit, pages::audit::show(&console, &asked).await)
}

async fn late(State(console): App) -> Response {
    console.answer(Section::Audit, pages::audit::late(&console).await)
}

async fn verify(State(console): App) -> Response {
    pages::audit::verify(&console).await
}

async fn ask_redrive(State(console): App, query: Form) -> Response {
    let page = act::dead_letters::ask(&console, Deed::Redrive, &query).await;
    console.answer(Section::DeadLetters, page)
}

async fn ask_drop(State(console): App, query: Form) -> Response {
    let page = act::dead_letters::ask(&console, Deed::Drop, &query).await;
    console.answer(Section::DeadLetters, page)
}

async fn redrive(State(console): App, form: Form) -> Response {
    act::dead_letters::act(&console, Deed::Redrive, &form).await
}

async fn drop_dead(State(console): App, form: Form) -> Response {
    act::dead_letters::act(&console, Deed::Drop, &form).await
}
