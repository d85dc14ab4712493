//! Variables that template.yaml sets for the functions of a stack.

use super::setting::{
    BRIDGE_CLAIMS_TABLE, BRIDGE_CONNECTIONS_SECRET, BRIDGE_DEAD_LETTER_QUEUE_URL,
    BRIDGE_JOBS_QUEUE_URL, BRIDGE_QUEUE_URL, BRIDGE_RETRY_QUEUE_URL, BRIDGE_SETTINGS_SECRET,
    BRIDGE_STACK, BRIDGE_TABLE,
};
use super::{Reader, Setting};
use crate::http::BaseUrl;

/// The stack's name.
pub fn stack_name(settings: &mut Reader<'_>) -> Option<String> {
    name(settings, &BRIDGE_STACK)
}

/// The address of the queue.
pub fn queue_url(settings: &mut Reader<'_>) -> Option<String> {
    settings.parsed(&BRIDGE_QUEUE_URL, address)
}

/// The address of its dead-letter queue.
pub fn dead_letter_queue_url(settings: &mut Reader<'_>) -> Option<String> {
    settings.parsed(&BRIDGE_DEAD_LETTER_QUEUE_URL, address)
}

/// Address of the retry queue.
pub fn retry_queue_url(settings: &mut Reader<'_>) -> Option<String> {
    settings.parsed(&BRIDGE_RETRY_QUEUE_URL, address)
}

/// Address of the queue of a scheduled function's jobs.
pub fn jobs_queue_url(settings: &mut Reader<'_>) -> Option<String> {
    settings.parsed(&BRIDGE_JOBS_QUEUE_URL, address)
}

/// The ledger's table.
pub fn table(settings: &mut Reader<'_>) -> Option<String> {
    name(settings, &BRIDGE_TABLE)
}

/// The table of the claims.
pub fn claims_table(settings: &mut Reader<'_>) -> Option<String> {
    name(settings, &BRIDGE_CLAIMS_TABLE)
}

/// The secret that holds the connections.
pub fn connections_secret(settings: &mut Reader<'_>) -> Option<String> {
    name(settings, &BRIDGE_CONNECTIONS_SECRET)
}

/// The secret that holds settings.
pub fn settings_secret(settings: &mut Reader<'_>) -> Option<String> {
    name(settings, &BRIDGE_SETTINGS_SECRET)
}

fn name(settings: &mut Reader<'_>, setting: &'static Setting) -> Option<String> {
    settings.text(setting).map(str::to_owned)
}

fn address(text: &str) -> Result<String, (String, String)> {
    BaseUrl::parse(text)
        .map(|url| url.to_string())
        .map_err(|error| ("it can't be used".into(), error.to_string()))
}
