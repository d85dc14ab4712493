//! How budgets are shown.

use url::Url;

use super::Reader;
use super::network::roots;
use super::setting::{NOTICE_TOP_UP_URL, NOTICE_WEBHOOK_URL};
use crate::notice::{NoticeSettings, Webhook};

impl NoticeSettings {
    /// Reads them; `None` when something is wrong, which the reader has then noted.
    pub fn read(settings: &mut Reader<'_>) -> Option<Self> {
        let top_up_url = settings.parsed(&NOTICE_TOP_UP_URL, top_up_url);
        let roots = roots(settings);
        let webhook = settings.optional(&NOTICE_WEBHOOK_URL, |text| {
            Webhook::trusting(text, roots.clone().unwrap_or_default())
                .map_err(|error| ("it can't be used".into(), error.to_string()))
        });
        roots?;
        Some(Self {
            top_up_url: top_up_url?,
            webhook: webhook?,
        })
    }
}

/// A link that people follow: it may be anywhere, and it is shown.
fn top_up_url(text: &str) -> Result<String, (String, String)> {
    let link = Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "https" | "http"));
    let cure = "set it to a whole address, such as https://app.opentrain.ai";
    link.map(|_| text.to_owned())
        .ok_or_else(|| ("it is no address of a page".into(), cure.into()))
}
