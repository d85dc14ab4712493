//! Table of the results.

use anstyle::{AnsiColor, Style};
use comfy_table::{Cell, CellAlignment, Table, presets::UTF8_BORDERS_ONLY};

use crate::figures::{Figures, Latency, Report};
use crate::targets::Target;

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();

/// Prints the report. With `json` it is written to standard output, and the table to standard error.
pub(crate) fn show(report: &Report, json: bool) -> anyhow::Result<()> {
    let text = format!(
        "{}\n{}\n{}{}",
        machine(report),
        figures(&report.subjects),
        notes(report),
        verdicts(&report.targets)
    );
    if json {
        anstream::eprintln!("{text}");
        anstream::println!("{}", serde_json::to_string_pretty(report)?);
    } else {
        anstream::println!("{text}");
    }
    Ok(())
}

fn machine(report: &Report) -> String {
    let it = &report.machine;
    let node = it.node.as_deref().unwrap_or("no node");
    format!(
        "{}, {} cores, {} memory, Linux {}, {}, node {node}\n\
         database on {}, 4 KiB append + fdatasync: p50 {:.2} ms, p99 {:.2} ms; load before: {}\n\
         body {} bytes; {}",
        it.cpu,
        it.cores,
        it.memory,
        it.kernel,
        it.rustc,
        it.filesystem,
        it.fsync_p50_ms,
        it.fsync_p99_ms,
        it.load_before,
        report.body_bytes,
        report.command
    )
}

type Show = fn(&Figures) -> Option<String>;

const ROWS: &[(&str, Show)] = &[
    ("steady load: 2xx p50 / p90", |it| {
        it.paced
            .as_ref()
            .map(|it| pair(it.latency.p50_ms, it.latency.p90_ms))
    }),
    ("steady load: 2xx p99 / max", |it| {
        it.paced.as_ref().map(|it| tail(&it.latency))
    }),
    ("full load: deliveries/s answered 2xx", |it| {
        it.full.as_ref().map(|it| format!("{:.0}", it.per_second))
    }),
    ("full load: 2xx p50 / p90", |it| {
        it.full
            .as_ref()
            .map(|it| pair(it.latency.p50_ms, it.latency.p90_ms))
    }),
    ("full load: 2xx p99 / max", |it| {
        it.full.as_ref().map(|it| tail(&it.latency))
    }),
    ("full load: applied in the tool /s", |it| {
        it.full
            .as_ref()
            .map(|it| format!("{:.0}", it.applied_per_second))
    }),
    ("full load: backlog processed in", |it| {
        it.full
            .as_ref()
            .map(|it| format!("{:.1} s", it.drained_in_s))
    }),
    ("full load: CPU per delivery, applied", |it| {
        it.full.as_ref().map(|it| format!("{:.0} µs", it.cpu_us))
    }),
    ("full load: peak RSS", |it| {
        it.full.as_ref().map(|it| mib(it.peak_rss_kib))
    }),
    ("kill -9 ×3: acknowledged / applied", |it| {
        it.crash
            .as_ref()
            .map(|it| format!("{} / {}", it.far_end.acknowledged, it.far_end.applied))
    }),
    ("kill -9 ×3: missing / doubled", |it| {
        it.crash
            .as_ref()
            .map(|it| format!("{} / {}", it.far_end.missing, it.far_end.doubled))
    }),
    (
        "kill -9 ×3: applied without answer / repeated calls",
        |it| {
            it.crash
                .as_ref()
                .map(|it| format!("{} / {}", it.far_end.unheard, it.far_end.repeated))
        },
    ),
    ("start-up: exec → 200, median / max", |it| {
        it.startup.as_ref().map(|it| pair(it.median_ms, it.max_ms))
    }),
    ("start-up: idle RSS", |it| {
        it.startup.as_ref().map(|it| mib(it.idle_rss_kib))
    }),
    ("slow clients: deliveries 2xx / not", |it| {
        it.slow
            .as_ref()
            .map(|it| format!("{} / {}", it.deliveries, it.refused))
    }),
    ("slow clients: 2xx p50 / p90", |it| {
        it.slow
            .as_ref()
            .map(|it| pair(it.latency.p50_ms, it.latency.p90_ms))
    }),
    ("slow clients: 2xx p99 / max", |it| {
        it.slow.as_ref().map(|it| tail(&it.latency))
    }),
    ("slow clients: connections opened", |it| {
        it.slow.as_ref().map(|it| it.opened.to_string())
    }),
    ("slow clients: peak RSS", |it| {
        it.slow.as_ref().map(|it| mib(it.peak_rss_kib))
    }),
    ("forged: refused /s", |it| {
        it.forged.as_ref().map(|it| format!("{:.0}", it.per_second))
    }),
    ("forged: CPU for each", |it| {
        it.forged.as_ref().map(|it| format!("{:.1} µs", it.cpu_us))
    }),
    ("forged: RSS before / peak", |it| {
        it.forged
            .as_ref()
            .map(|it| format!("{} / {}", mib(it.rss_before_kib), mib(it.peak_rss_kib)))
    }),
];

#[allow(
    clippy::disallowed_methods,
    reason = "all texts are the benchmark's own"
)]
fn figures(subjects: &[Figures]) -> String {
    let mut table = Table::new();
    table.load_style(UTF8_BORDERS_ONLY);
    table.set_header(std::iter::once("").chain(subjects.iter().map(|it| it.name)));
    for (name, show) in ROWS {
        let values: Vec<_> = subjects.iter().map(show).collect();
        if values.iter().any(Option::is_some) {
            let cell = |value: Option<String>| {
                Cell::new(value.unwrap_or_else(|| "–".into())).set_alignment(CellAlignment::Right)
            };
            table.add_row(std::iter::once(Cell::new(name)).chain(values.into_iter().map(cell)));
        }
    }
    table.to_string()
}

/// Notes that do not fit into columns.
fn notes(report: &Report) -> &'static str {
    if report.subjects.len() < 2 {
        return "";
    }
    "The bridge syncs each delivery to disk before its 2xx, processes each trainer's in order, claims and records its\n\
     work, retries, and continues after a crash. The receivers on Node check the signature, remember ids in memory and\n\
     call the tool once: no ledger, no order, no retries, no durability. Answered deliveries that are not applied yet are\n\
     lost with the process; the one with fsync has them in a file that is never read.\n"
}

fn verdicts(targets: &[Target]) -> String {
    let verdict = |target: &Target| {
        let (style, word) = if target.met {
            (GOOD, "met   ")
        } else {
            (BAD, "MISSED")
        };
        format!(
            "{style}{word}{style:#} {}: {}\n",
            target.asked, target.found
        )
    };
    targets.iter().map(verdict).collect()
}

fn tail(latency: &Latency) -> String {
    pair(latency.p99_ms, latency.max_ms)
}

fn pair(one: f64, other: f64) -> String {
    format!("{one:.1} / {other:.1} ms")
}

fn mib(kib: u64) -> String {
    format!("{:.1} MiB", kib as f64 / 1024.0)
}
