//! Targets of the bridge.

use serde::Serialize;

use crate::figures::{Applied, Figures};

/// Maximum 99th percentile of the time until the 2xx of a paced delivery.
const P99_MS: f64 = 25.0;

/// Deliveries per second under full load.
const PER_SECOND: f64 = 3000.0;

/// The same with slow clients.
const SLOW_P99_MS: f64 = 1000.0;

/// A target and its result.
#[derive(Serialize)]
pub(crate) struct Target {
    pub(crate) asked: String,
    pub(crate) found: String,
    pub(crate) met: bool,
}

/// Compares the bridge's figures with the targets. Parts that were not measured are omitted.
pub(crate) fn targets(bridge: &Figures) -> Vec<Target> {
    let paced = bridge.paced.as_ref().map(|paced| Target {
        asked: format!("p99 under {P99_MS} ms at {} deliveries/s", paced.rate),
        found: format!("{:.1} ms, {} refused", paced.latency.p99_ms, paced.refused),
        met: paced.latency.p99_ms < P99_MS && paced.refused == 0,
    });
    let full = bridge.full.as_ref().map(|full| Target {
        asked: format!(
            "{PER_SECOND} deliveries/s from {} connections",
            full.connections
        ),
        found: format!("{:.0}/s, {} refused", full.per_second, full.refused),
        met: full.per_second >= PER_SECOND && full.refused == 0,
    });
    let slow = bridge.slow.as_ref().map(|slow| Target {
        asked: format!(
            "p99 under {SLOW_P99_MS} ms and none refused beside {} half-open heads and {} slow bodies",
            slow.heads, slow.bodies
        ),
        found: format!("{:.1} ms, {} refused", slow.latency.p99_ms, slow.refused),
        met: slow.latency.p99_ms < SLOW_P99_MS && slow.refused == 0,
    });
    let far_ends = [
        (
            "after the paced load",
            bridge.paced.as_ref().map(|it| &it.far_end),
        ),
        (
            "after the full load",
            bridge.full.as_ref().map(|it| &it.far_end),
        ),
        (
            "after kill -9 under full load",
            bridge.crash.as_ref().map(|it| &it.far_end),
        ),
    ];
    let lost = far_ends
        .into_iter()
        .filter_map(|(when, far_end)| Some(nothing_lost(when, far_end?)));
    let loads = paced.into_iter().chain(full).chain(slow);
    loads.chain(lost).collect()
}

fn nothing_lost(when: &str, far_end: &Applied) -> Target {
    let Applied {
        acknowledged,
        applied,
        missing,
        doubled,
        ..
    } = far_end;
    Target {
        asked: format!("nothing lost {when}"),
        found: format!(
            "{acknowledged} acknowledged, {applied} applied, {missing} missing, {doubled} doubled"
        ),
        met: *acknowledged > 0 && *missing == 0 && *doubled == 0,
    }
}
