//! Runs the rules of the contract suites, each by its name.
#![allow(
    clippy::panic,
    reason = "a broken rule is reported as a failed test is"
)]

use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;

use futures::FutureExt;

/// The messages of the broken rules.
#[derive(Default)]
pub(crate) struct Verdicts(Vec<String>);

impl Verdicts {
    /// Runs one rule.
    pub(crate) async fn hear(&mut self, name: &str, rule: impl Future<Output = ()>) {
        self.0.extend(try_out(name, rule).await);
    }

    /// Panics with the names of the broken rules, if there are any.
    pub(crate) fn announce(self) {
        assert!(self.0.is_empty(), "{}", self.0.join("\n"));
    }
}

/// Runs one rule, and returns a message if it is broken.
async fn try_out(name: &str, rule: impl Future<Output = ()>) -> Option<String> {
    let panic = AssertUnwindSafe(rule).catch_unwind().await.err()?;
    Some(format!("`{name}` is broken: {}", text(panic.as_ref())))
}

fn text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message")
}
