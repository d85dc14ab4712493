//! How the contract suites run their rules: one after the other, all of them, each by its name.
#![allow(
    clippy::panic,
    reason = "a broken rule is reported as a failed test is"
)]

use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;

use futures::FutureExt;

/// What was found to be broken.
#[derive(Default)]
pub(crate) struct Verdicts(Vec<String>);

impl Verdicts {
    /// Runs one rule.
    pub(crate) async fn hear(&mut self, name: &str, rule: impl Future<Output = ()>) {
        if let Err(panic) = AssertUnwindSafe(rule).catch_unwind().await {
            self.0
                .push(format!("`{name}` is broken: {}", text(panic.as_ref())));
        }
    }

    /// Panics with the names of the broken rules, if there are any.
    pub(crate) fn announce(self) {
        assert!(self.0.is_empty(), "{}", self.0.join("\n"));
    }
}

fn text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message")
}
