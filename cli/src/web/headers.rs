//! Headers of pages.

use hyper::HeaderMap;
use hyper::header::{self, HeaderName, HeaderValue};

/// Headers of each answer. Pages have personal data, so no cache keeps them.
const HEADERS: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::CACHE_CONTROL, "no-store"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// Sets the headers of a page: these, its content security policy, and its referrer policy.
pub(crate) fn protect(headers: &mut HeaderMap, policy: &'static str, referrer: &'static str) {
    let own = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::REFERRER_POLICY, referrer),
    ];
    for (name, value) in HEADERS.into_iter().chain(own) {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
