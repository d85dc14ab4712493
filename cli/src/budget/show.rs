//! Table of the report.

use comfy_table::Cell;
use jiff::Timestamp;
use shared::opentrain::PaymentType;

use super::figures::{level_name, short, unit};
use super::gauge::{colour, gauge};
use super::report::{Report, Row, Shown};
use crate::paint::{BAD, BOLD, DIM, paint};
use crate::screen::{cells, dated, own, plain, table};

pub fn show(report: &Report, now: Timestamp) {
    if report.contracts.is_empty() {
        anstream::println!(
            "No budget received yet. OpenTrain sends the first one in its answer to a usage report (`bridge usage`), or when a milestone is funded."
        );
        return;
    }
    let mut table = table([
        "contract",
        "project",
        "consumed",
        "",
        "state",
        "updated (UTC)",
    ]);
    for row in &report.contracts {
        table.add_row([
            name(row),
            cells(&row.projects),
            own(bar(row)),
            own(volume(row)),
            own(state(row)),
            own(dated(row.reported_at, now)),
        ]);
    }
    anstream::println!("{table}");
    anstream::println!(
        "  {} from OpenTrain. They include work that OpenTrain tracked itself, so they can exceed what the bridge has reported",
        paint(DIM, "figures")
    );
    report.notices.iter().for_each(notice);
}

fn name(row: &Row) -> Cell {
    let connection = paint(DIM, row.connection.as_str());
    own(format!("{}\n{connection}", plain(&row.contract)))
}

fn bar(row: &Row) -> String {
    let style = if row.live { colour(row.level) } else { DIM };
    match (&row.payment_type, row.fraction) {
        (Some(PaymentType::FixedPrice), _) => paint(DIM, "fixed price, never runs out"),
        (_, Some(fraction)) => gauge(fraction, style),
        (_, None) if row.funded.is_some_and(|funded| funded > 0.0) => String::new(),
        (_, None) => paint(DIM, "nothing funded"),
    }
}

fn volume(row: &Row) -> String {
    match (unit(row), row.consumed, row.funded) {
        (Some(unit), Some(consumed), Some(funded)) => {
            format!("{} / {} {unit}", short(consumed), short(funded))
        }
        _ => String::new(),
    }
}

fn state(row: &Row) -> String {
    let word = level_name(row.level);
    if row.live {
        paint(colour(row.level), word)
    } else {
        paint(DIM, &format!("{word}, contract not active"))
    }
}

fn notice(shown: &Shown) {
    let project = plain(&shown.project);
    if let Some(trouble) = &shown.trouble {
        anstream::println!(
            "{} on {project} can't be shown: {}",
            paint(BAD, "Notice"),
            plain(&trouble.reason)
        );
    } else if !shown.placed {
        anstream::println!(
            "{} on {project}: the tool can't show notices",
            paint(BOLD, "Notice")
        );
    } else if let Some(notice) = &shown.notice {
        let text = plain(&notice.text);
        anstream::println!("{} on {project}: {text}", paint(BOLD, "Notice"));
    }
}
