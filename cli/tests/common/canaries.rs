//! Searches output for secrets and personal data.
//!
//! Every secret and every piece of personal data in a test contains one of these texts. They are searched in each line
//! of the log (at TRACE, all crates), in each answer, and in each report.

use std::io::{self, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, Once, PoisonError};

use tracing_subscriber::fmt::MakeWriter;

/// In test data: e-mails, display names, the tool's token, titles. From OpenTrain: the other two.
const CANARIES: [&str; 3] = ["canary", "ot_ptk_", "whsec_"];

static LINES: AtomicUsize = AtomicUsize::new(0);
static LEAKS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Records the process's log from now on.
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

/// Asserts that the log so far contains no canary.
pub(crate) fn assert_none_logged() {
    let leaks = LEAKS.lock().unwrap_or_else(PoisonError::into_inner);
    assert!(leaks.is_empty(), "the log leaks:\n{}", leaks.join("\n"));
}

/// Number of recorded lines, to assert that lines were recorded at all.
pub(crate) fn lines() -> usize {
    LINES.load(Ordering::SeqCst)
}

/// Asserts that `text` contains no canary.
pub(crate) fn assert_none_in(text: &str) {
    assert!(!sings(text), "it leaks: {text}");
}

/// Whether a text has a canary.
pub(crate) fn sings(text: &str) -> bool {
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
