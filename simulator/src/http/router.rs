//! All addresses of the server.

use std::{sync::Arc, time::Instant};

use axum::{
    Router,
    extract::{self, ConnectInfo, State},
    response::Response,
};

use super::{
    agent::{self, discovery},
    control, llms, pages, platform, public as public_api, sandbox,
    shared::Shared,
};
use crate::kit::{call::Call, server::Line};

/// Matches every path: the handler checks strictly, without a table of routes.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new().fallback(serve).with_state(shared)
}

pub(crate) async fn serve(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: extract::Request,
) -> Response {
    let began = Instant::now();
    let call = Call::read(request).await;
    let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
    let answer = match segments[..] {
        ["control", ..] => control::answer(&shared, &call),
        ["sandbox", ..] => sandbox::serve(&shared, &call).await,
        ["llms.txt"] => llms::serve(&shared, &call),
        [".well-known", ..] => discovery::serve(&shared, &call),
        ["api", "agent", ..] => agent::serve(&shared, &call, line).await,
        ["api", "public", ..] => public_api::serve(&shared, &call, line).await,
        ["api", ..] => platform::serve(&shared, &call, line).await,
        _ => match pages::serve(&shared, &call).await {
            Some(page) => page,
            None => platform::serve(&shared, &call, line).await,
        },
    };
    if let Some(api) = api(&segments) {
        let time = ((shared.clock)(), began.elapsed());
        shared.calls.record((api, &call), &answer, time);
    }
    shared.progress.made();
    answer
}

/// The API of a request, as the calls below `/sandbox` name it.
fn api(segments: &[&str]) -> Option<&'static str> {
    match segments {
        ["api", "agent", ..] => Some("agent"),
        ["api", "public", ..] => Some("public"),
        ["api", "partner", ..] => Some("platform"),
        _ => None,
    }
}
