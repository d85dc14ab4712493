//! The style sheet, the script and the icon.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::web::style;

const STYLE: &str = style!("assets/style.css");
const LIVE: &str = include_str!("assets/live.js");
const ICON: &str = include_str!("assets/icon.svg");

pub(super) async fn style() -> Response {
    asset("text/css; charset=utf-8", STYLE)
}

pub(super) async fn live() -> Response {
    asset("text/javascript; charset=utf-8", LIVE)
}

pub(super) async fn icon() -> Response {
    asset("image/svg+xml", ICON)
}

fn asset(kind: &'static str, body: &'static str) -> Response {
    (StatusCode::OK, [(header::CONTENT_TYPE, kind)], body).into_response()
}
