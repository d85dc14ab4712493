//! Values of parameters.

use jiff::Timestamp;
use jiff::civil::Date;
use shared::model::ConnectionName;

use crate::exit::CliError;

/// The connection, if one is named.
pub(super) fn connection(name: Option<&str>) -> Result<Option<ConnectionName>, CliError> {
    let name = name.map(ConnectionName::parse).transpose();
    name.map_err(|error| CliError::Usage(error.to_string()))
}

pub(super) fn time(text: &str) -> Result<Timestamp, CliError> {
    text.parse().map_err(|_| {
        CliError::Usage(format!(
            "`since` is no time: `{text}`. Write it such as 2026-06-12T10:00:00Z"
        ))
    })
}

pub(super) fn day(name: &str, text: &str) -> Result<Date, CliError> {
    text.parse().map_err(|_| {
        CliError::Usage(format!(
            "`{name}` is no day: `{text}`. Write it such as 2026-06-12"
        ))
    })
}
