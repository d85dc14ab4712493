//! A share as a bar. Pages show its figures as text, too, because not all readers can see the bar.

use maud::{Markup, html};

use super::Tone;

/// Width of the drawing.
const WIDTH: f64 = 200.0;

/// Marks on the bar.
const MARKS: [f64; 3] = [0.5, 0.75, 0.9];

/// A bar of a share from 0 to 1; more than 1 is drawn as full.
pub(in super::super) fn bar(share: f64, tone: Tone, label: &str) -> Markup {
    let filled = format!("{:.1}", share.clamp(0.0, 1.0) * WIDTH);
    let class = match tone {
        Tone::Good => "fill good",
        Tone::Bad => "fill bad",
        Tone::Open => "fill open",
        Tone::Quiet => "fill",
    };
    html! {
        svg.share role="img" aria-label=(label) viewBox=(format!("0 0 {WIDTH} 14")) width="200" height="14"
            preserveAspectRatio="none" {
            rect class="ground" x="0" y="0" width=(WIDTH) height="14" rx="3" {}
            rect class=(class) x="0" y="0" width=(filled) height="14" rx="3" {}
            @for mark in MARKS {
                line class="mark" x1=(format!("{:.0}", mark * WIDTH)) x2=(format!("{:.0}", mark * WIDTH)) y1="0" y2="14" {}
            }
        }
    }
}
