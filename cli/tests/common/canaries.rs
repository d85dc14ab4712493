//! What must never be printed, and who looks for it.
//!
//! Every secret and every piece of personal data that a test plants has one of these texts in it. They
//! are looked for in each line of the log (at TRACE, all crates), in each answer, and in each report.

use std::io::{self, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, Once, PoisonError};

use tracing_subscriber::fmt::MakeWriter;

/// Planted: e-mails, display names, the tool's token, titles. Given by OpenTrain: the other two.
const CANARIES: [&str; 3] = ["canary", "ot_ptk_", "whsec_"];

static LINES: AtomicUsize = AtomicUsize::new(0);
static LEAKS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Listens to the process's log from now on.
pub(crate) fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing_subscriber::fmt()
            .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
            .with_ansi(false)
            .with_writer(Listener)
            .init();
    });
}

/// Nothing that was logged so far has a canary in it.
pub(crate) fn assert_none_logged() {
    let leaks = LEAKS.lock().unwrap_or_else(PoisonError::into_inner);
    assert!(leaks.is_empty(), "the log leaks:\n{}", leaks.join("\n"));
}

/// How many lines were heard: a listener that hears nothing finds nothing.
pub(crate) fn lines() -> usize {
    LINES.load(Ordering::SeqCst)
}

/// `text` has no canary in it.
pub(crate) fn assert_none_in(text: &str) {
    assert!(!sings(text), "it leaks: {text}");
}

fn sings(text: &str) -> bool {
    let text = text.to_lowercase();
    CANARIES.iter().any(|canary| text.contains(canary))
}

struct Listener;

impl<'a> MakeWriter<'a> for Listener {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        Self
    }
}

impl Write for Listener {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        LINES.fetch_add(1, Ordering::SeqCst);
        let text = String::from_utf8_lossy(line);
        if sings(&text) {
            let mut leaks = LEAKS.lock().unwrap_or_else(PoisonError::into_inner);
            leaks.push(text.into_owned());
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
