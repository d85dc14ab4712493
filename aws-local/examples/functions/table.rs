//! Table of the figures.

use comfy_table::{Table, presets::UTF8_BORDERS_ONLY};

use super::measure::Figures;

/// Prints one row for each function.
#[allow(clippy::print_stdout, reason = "the table is what this program is for")]
pub(super) fn show(figures: &[Figures]) {
    let mut table = Table::new();
    table.load_style(UTF8_BORDERS_ONLY).set_header([
        "function",
        "exec → first next: median",
        "least",
        "RSS after 1,000 deliveries",
        "call, median",
        "CPU per delivery",
        "CPU per refusal",
    ]);
    for it in figures {
        let ms = |time: std::time::Duration| format!("{:.2} ms", time.as_secs_f64() * 1000.0);
        let warm = it.warm.as_ref();
        table.add_row([
            it.name.clone(),
            ms(it.start.median),
            ms(it.start.least),
            warm.map_or_else(String::new, |warm| {
                format!("{}.{} MiB", warm.rss / 1024, warm.rss % 1024 * 10 / 1024)
            }),
            warm.map_or_else(String::new, |warm| ms(warm.call)),
            warm.map_or_else(String::new, |warm| ms(warm.cpu)),
            warm.map_or_else(String::new, |warm| ms(warm.refused)),
        ]);
    }
    println!("{table}");
}
