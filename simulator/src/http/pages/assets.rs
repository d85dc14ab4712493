//! The style sheet, the one script and the icon.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use super::html::with_headers;
use crate::kit::refusal::Refusal;

const STYLE: &str = concat!(
    include_str!("assets/base.css"),
    include_str!("assets/style.css")
);
const COPY: &str = include_str!("assets/copy.js");
const ICON: &str = include_str!("assets/icon.svg");

pub(super) fn serve(name: &str) -> Result<Response, Refusal> {
    match name {
        "style.css" => Ok(asset("text/css; charset=utf-8", STYLE)),
        "copy.js" => Ok(asset("text/javascript; charset=utf-8", COPY)),
        "icon.svg" => Ok(icon()),
        _ => Err(Refusal::not_found("asset")),
    }
}

pub(super) fn icon() -> Response {
    asset("image/svg+xml", ICON)
}

fn asset(kind: &'static str, body: &'static str) -> Response {
    with_headers((StatusCode::OK, [(header::CONTENT_TYPE, kind)], body).into_response())
}
