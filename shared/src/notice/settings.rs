//! Settings for notices.

use super::Webhook;

/// Settings for notices.
#[derive(Debug, Clone)]
pub struct NoticeSettings {
    /// URL where the customer funds more work (`NOTICE_TOP_UP_URL`).
    pub top_up_url: String,
    /// Webhook for crossings (`NOTICE_WEBHOOK_URL`).
    pub webhook: Option<Webhook>,
}

impl Default for NoticeSettings {
    fn default() -> Self {
        Self {
            top_up_url: "https://app.opentrain.ai".into(),
            webhook: None,
        }
    }
}
