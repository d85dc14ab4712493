//! Limits and schedules of the bridge's jobs.

use std::time::Duration;

use super::reader::period;
use super::setting::{RECONCILE_EVERY, RECONCILE_MAX_REMOVALS_PERCENT, USAGE_EVERY};
use super::{Reader, UsageSettings};
use crate::reconcile::Guard;

/// Limits and schedules of the bridge's jobs. By default no job is scheduled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JobSettings {
    /// Schedule of `bridge serve`. On AWS, EventBridge has the schedule.
    pub schedule: Schedule,
    /// Days of work that are reported.
    pub usage: UsageSettings,
    /// Limit of the removals that a reconcile makes without an operator's confirmation.
    pub guard: Guard,
}

/// Periods of the jobs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Schedule {
    /// Period of reconciles.
    pub reconcile_every: Option<Duration>,
    /// Period of usage reports.
    pub usage_every: Option<Duration>,
}

impl Schedule {
    /// Reads the settings; `None` if one is wrong. The reader has recorded the fault.
    pub fn read(settings: &mut Reader<'_>) -> Option<Self> {
        let reconcile_every = settings.parsed(&RECONCILE_EVERY, period);
        let usage_every = settings.parsed(&USAGE_EVERY, period);
        Some(Self {
            reconcile_every: Some(reconcile_every?),
            usage_every: Some(usage_every?),
        })
    }
}

impl JobSettings {
    /// Reads the limits, without a schedule; `None` if one is wrong. The reader has recorded the fault.
    pub fn read(settings: &mut Reader<'_>) -> Option<Self> {
        let usage = UsageSettings::read(settings);
        let percent = settings.parsed(&RECONCILE_MAX_REMOVALS_PERCENT, percent);
        Some(Self {
            schedule: Schedule::default(),
            usage: usage?,
            guard: Guard { percent: percent? },
        })
    }
}

fn percent(text: &str) -> Result<u8, (String, String)> {
    let number = text.trim_end_matches('%').trim_end().parse().ok();
    number.filter(|percent| *percent <= 100).ok_or_else(|| {
        let cure = "set it to a whole number from 0 to 100";
        ("it is no percentage".to_owned(), cure.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Vars;

    fn read<T>(
        name: &str,
        value: &str,
        of: impl FnOnce(&mut Reader<'_>) -> Option<T>,
    ) -> Result<T, String> {
        let vars = Vars::default().with(name, Some(value));
        let mut reader = Reader::new(&vars);
        let settings = of(&mut reader);
        reader.finish(settings).map_err(|faults| faults.to_string())
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, seconds) in [("15m", 900), ("1h 30m", 5400), ("90s", 90), ("PT15M", 900)] {
            let schedule = read("RECONCILE_EVERY", text, Schedule::read).unwrap();
            let period = schedule.reconcile_every;
            assert_eq!(period, Some(Duration::from_secs(seconds)), "{text}");
        }
        let unset = read("USAGE_EVERY", "", Schedule::read).unwrap();
        assert_eq!(unset.usage_every, Some(Duration::from_secs(3600)));
    }

    #[test]
    fn no_time_at_all_is_refused_with_the_cure() {
        for text in ["0s", "-15m", "15", "soon", "999ms"] {
            let fault = read("USAGE_EVERY", text, Schedule::read).unwrap_err();
            assert!(
                fault.contains("USAGE_EVERY") && fault.contains("such as 15m"),
                "{fault}"
            );
        }
    }

    #[test]
    fn a_percentage_stays_within_a_hundred() {
        let percent = |text| read("RECONCILE_MAX_REMOVALS_PERCENT", text, JobSettings::read);
        assert_eq!(percent("35 %").unwrap().guard.percent, 35);
        assert_eq!(percent("").unwrap().guard.percent, 20);
        assert!(percent("101").is_err() && percent("-1").is_err());
    }
}
