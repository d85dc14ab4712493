//! Days of work that are reported.

use super::Reader;
use super::setting::USAGE_LOOK_BACK_DAYS;
use crate::usage::LOOK_BACK_DAYS;

/// Days of work that are reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsageSettings {
    /// Number of UTC days before today that are reported again.
    pub look_back_days: u16,
}

impl Default for UsageSettings {
    fn default() -> Self {
        Self {
            look_back_days: LOOK_BACK_DAYS,
        }
    }
}

impl UsageSettings {
    /// Reads the settings; `None` if one is wrong. The reader has recorded the fault.
    pub fn read(settings: &mut Reader<'_>) -> Option<Self> {
        let look_back_days = settings.parsed(&USAGE_LOOK_BACK_DAYS, |text| {
            let days = text.parse().ok().filter(|days| *days <= 30);
            let cure = "set it to a whole number of days from 0 to 30";
            days.ok_or_else(|| ("it is no number of days".to_owned(), cure.to_owned()))
        });
        Some(Self {
            look_back_days: look_back_days?,
        })
    }
}
