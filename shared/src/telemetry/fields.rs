//! Format of the fields in a line of the text log.

use std::fmt::{self, Write};

use tracing_subscriber::field::MakeExt;
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::{Writer, debug_fn};

use crate::model::text::write_escaped;

/// `name=value`, with control and bidirectional characters escaped: no value starts a line of its own or
/// moves a terminal's cursor.
pub(super) fn escaped() -> impl for<'w> FormatFields<'w> + Send + Sync + 'static {
    debug_fn(|writer, field, value| {
        let colours = writer.has_ansi_escapes();
        match field.name() {
            "message" => {}
            name if colours => write!(writer, "\u{1b}[3m{name}\u{1b}[0m\u{1b}[2m=\u{1b}[0m")?,
            name => write!(writer, "{name}=")?,
        }
        write!(Escaping(writer), "{value:?}")
    })
    .delimited(" ")
}

struct Escaping<'a, 'w>(&'a mut Writer<'w>);

impl fmt::Write for Escaping<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        write_escaped(self.0, text)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use crate::telemetry::{Format, lines};
    use tracing_subscriber::layer::SubscriberExt;

    /// Content of the text log after `log` has run.
    fn text(log: impl FnOnce()) -> String {
        let written = Arc::new(Mutex::new(Vec::new()));
        let writer = {
            let written = Arc::clone(&written);
            move || Shared(Arc::clone(&written))
        };
        let layer = lines(
            "info".parse().unwrap(),
            Format::Text { colours: false },
            writer,
        );
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), log);
        let written = written.lock().unwrap().clone();
        String::from_utf8(written).unwrap()
    }

    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn no_value_starts_a_line_or_moves_the_cursor() {
        let odd = "a\n2026-11-26T00:00:00Z ERROR forged\u{1b}[2J\u{202e}";
        let text = text(|| {
            let error = std::io::Error::other(odd);
            tracing::info!(id = %odd, quoted = odd, %error, n = 3, "told: {odd}");
        });
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text}");
        let escaped = r"a\u{a}2026-11-26T00:00:00Z ERROR forged\u{1b}[2J\u{202e}";
        for part in [
            format!("INFO told: {escaped}"),
            format!("id={escaped}"),
            format!("error={escaped}"),
            "n=3".to_owned(),
        ] {
            assert!(text.contains(&part), "{part} is not in {text}");
        }
    }
}
