//! Logs: one line an event, for people or for collectors. Personal data can't get in: the types that
//! hold it have nothing to print.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people; colours only on a terminal.
    Text {
        /// Whether there are colours.
        colours: bool,
    },
    /// One JSON object a line.
    Json,
}

/// Sends the process's log to `writer`. A second call changes nothing.
pub fn init<W>(filter: EnvFilter, format: Format, writer: W)
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer)
        .with_target(false);
    // A subscriber that is set already is the one to keep.
    let _already_set = match format {
        Format::Text { colours } => log.with_ansi(colours).try_init(),
        Format::Json => log.json().flatten_event(true).try_init(),
    };
}
