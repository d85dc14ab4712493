//! What the operator chose about notices.

use super::Webhook;

/// What the operator chose about notices.
#[derive(Debug, Clone)]
pub struct NoticeSettings {
    /// Where funded work is topped up (`NOTICE_TOP_UP_URL`).
    pub top_up_url: String,
    /// Where crossings are posted, if anywhere (`NOTICE_WEBHOOK_URL`).
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
