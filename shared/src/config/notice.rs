//! Settings of budget notices and of alerts.

use url::Url;

use super::network::roots;
use super::setting::{ALERT_WEBHOOK_URL, NOTICE_TOP_UP_URL, NOTICE_WEBHOOK_URL};
use super::{Reader, Setting};
use crate::notice::{NoticeSettings, Webhook};

impl NoticeSettings {
    /// Reads the settings; `None` if one is wrong. The reader has recorded the fault.
    pub fn read(settings: &mut Reader<'_>) -> Option<Self> {
        let top_up_url = settings.parsed(&NOTICE_TOP_UP_URL, top_up_url);
        let webhook = webhook(settings, &NOTICE_WEBHOOK_URL);
        Some(Self {
            top_up_url: top_up_url?,
            webhook: webhook?,
        })
    }
}

/// The webhook for alerts, if one is set.
pub fn alert_webhook(settings: &mut Reader<'_>) -> Option<Option<Webhook>> {
    webhook(settings, &ALERT_WEBHOOK_URL)
}

fn webhook(settings: &mut Reader<'_>, setting: &'static Setting) -> Option<Option<Webhook>> {
    let roots = roots(settings);
    let webhook = settings.optional(setting, |text| {
        let webhook = Webhook::trusting(text, roots.clone().unwrap_or_default());
        let webhook = webhook.map(|it| it.of_setting(setting.name));
        webhook.map_err(|error| ("it can't be used".into(), error.to_string()))
    });
    roots?;
    webhook
}

/// A link for people: any http or https address, without the rules for addresses that get a token.
fn top_up_url(text: &str) -> Result<String, (String, String)> {
    let link = Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "https" | "http"));
    let cure = "set it to a whole address, such as https://app.opentrain.ai";
    link.map(|_| text.to_owned())
        .ok_or_else(|| ("it is no address of a page".into(), cure.into()))
}
