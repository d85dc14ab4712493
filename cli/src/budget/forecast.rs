//! Forecast of the day on which funded work ends, from the pace of accepted work. No I/O.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;
use serde::Serialize;

use super::figures::unit;
use super::report::Row;

/// Days of the recent rate.
const RECENT: i64 = 7;

/// Minimum number of days with work for a forecast.
const FEWEST: usize = 3;

/// Days ahead beyond which there is no forecast: the pace will have changed.
const FURTHEST: i64 = 730;

/// The pace of a contract, in units (hours, labels) a day.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Pace {
    /// Of the last seven days before today.
    #[serde(rename = "lastSevenDays")]
    pub(crate) recent: f64,
    /// Since the first day of work.
    #[serde(rename = "sinceFirstDay")]
    pub(crate) all: f64,
}

/// Earliest and latest day on which the funded work is consumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Ends {
    pub(crate) earliest: Date,
    /// `None`: one of the two rates never consumes it.
    pub(crate) latest: Option<Date>,
}

/// When the funded work of a contract ends.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Forecast {
    /// Hours or labels; none for a fixed price.
    pub(crate) unit: Option<&'static str>,
    /// Units a day; none without a day of accepted work.
    pub(crate) per_day: Option<Pace>,
    pub(crate) ends: Option<Ends>,
    /// Why there is no forecast.
    pub(crate) unknown_because: Option<String>,
}

/// The forecast, from the accepted work by UTC day.
pub(crate) fn forecast(row: &Row, days: &BTreeMap<Date, f64>, today: Date) -> Forecast {
    let unit = unit(row);
    let left = row.funded.zip(row.consumed);
    let left = left.map(|(funded, consumed)| funded - consumed);
    let ends = match (unit, left) {
        (None, _) => Err("the contract is not paid by the hour or by the label".to_owned()),
        (_, None) => Err("OpenTrain states no funded amount".to_owned()),
        (Some(_), Some(left)) => ends(days, left, today),
    };
    Forecast {
        unit,
        per_day: unit.and_then(|_| pace(days, today)),
        ends: ends.as_ref().ok().copied(),
        unknown_because: ends.err(),
    }
}

/// The pace of the accepted work by UTC day. Today is not over, so it does not count. `None` without a day of work.
fn pace(days: &BTreeMap<Date, f64>, today: Date) -> Option<Pace> {
    let over = days.range(..today).filter(|(_, units)| **units > 0.0);
    let first = over.clone().next()?.0;
    let from = today.checked_sub(RECENT.days()).unwrap_or(Date::MIN);
    let sum = |from: Date| -> f64 { days.range(from..today).map(|(_, units)| units).sum() };
    let length = |from: Date| f64::from((today - from).get_days().max(1));
    Some(Pace {
        recent: sum(from) / RECENT as f64,
        all: sum(*first) / length(*first),
    })
}

/// Earliest and latest day on which `left` units are consumed.
///
/// # Errors
/// The reason why there is no forecast.
fn ends(days: &BTreeMap<Date, f64>, left: f64, today: Date) -> Result<Ends, String> {
    let worked = days.range(..today).filter(|(_, units)| **units > 0.0);
    let worked = worked.count();
    if worked < FEWEST {
        return Err(format!(
            "work was accepted on {worked} days before today, and a forecast needs {FEWEST}"
        ));
    }
    if left <= 0.0 {
        return Err("all of the funded work is consumed".to_owned());
    }
    let Some(pace) = pace(days, today) else {
        return Err("no work was accepted".to_owned());
    };
    let day = |rate: f64| {
        let days = (left / rate).ceil();
        let is_near = days.is_finite() && days <= FURTHEST as f64;
        is_near.then(|| today.checked_add((days as i64).days()).unwrap_or(Date::MAX))
    };
    match (day(pace.recent), day(pace.all)) {
        (Some(one), Some(other)) => Ok(Ends {
            earliest: one.min(other),
            latest: Some(one.max(other)),
        }),
        (Some(one), None) | (None, Some(one)) => Ok(Ends {
            earliest: one,
            latest: None,
        }),
        (None, None) => Err("at this pace it lasts for more than two years".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn days(all: &[(i8, f64)]) -> BTreeMap<Date, f64> {
        all.iter()
            .map(|(day, units)| (date(2026, 6, *day), *units))
            .collect()
    }

    #[test]
    fn the_range_is_that_of_both_rates() {
        let work = days(&[(1, 14.0), (2, 7.0), (10, 7.0), (12, 7.0), (15, 100.0)]);
        let today = date(2026, 6, 15);
        let pace = pace(&work, today).unwrap();
        assert_eq!(
            pace,
            Pace {
                recent: 2.0,
                all: 2.5
            }
        );
        let ends = ends(&work, 20.0, today).unwrap();
        assert_eq!(ends.earliest, date(2026, 6, 23));
        assert_eq!(ends.latest, Some(date(2026, 6, 25)));
    }

    #[test]
    fn there_is_none_without_a_pace() {
        let today = date(2026, 6, 15);
        let none = ends(&days(&[(13, 8.0), (14, 8.0), (15, 8.0)]), 20.0, today);
        assert!(none.unwrap_err().contains("on 2 days"));
        let work = days(&[(1, 1.0), (2, 1.0), (3, 1.0)]);
        let over = ends(&work, 0.0, today).unwrap_err();
        assert!(over.contains("consumed"), "{over}");
        let paused = ends(&work, 1.0, today).unwrap();
        assert_eq!(paused.latest, None, "no work in the last seven days");
        assert_eq!(pace(&BTreeMap::new(), today), None);
    }
}
