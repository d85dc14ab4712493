//! Shortens a failing story.

use crate::run::play;
use crate::story::Story;

/// Most runs that shrinking takes.
const MOST_RUNS: usize = 400;

/// The shortest story found that still fails: acts and kinds of faults are left out one by one.
pub fn shrink(story: &Story) -> Story {
    let mut shortest = story.clone();
    let mut runs = 0;
    loop {
        let before = shortest.clone();
        let mut at = shortest.steps.len();
        while at > 0 {
            at -= 1;
            let mut shorter = shortest.clone();
            let gone = shorter.steps.remove(at);
            if let Some(next) = shorter.steps.get_mut(at) {
                next.after += gone.after;
            }
            if fails(&shorter, &mut runs) {
                shortest = shorter;
            }
        }
        for weather in shortest.weather.simpler() {
            let calmer = Story {
                weather,
                ..shortest.clone()
            };
            if fails(&calmer, &mut runs) {
                shortest = calmer;
                break;
            }
        }
        let is_same =
            before.steps.len() == shortest.steps.len() && before.weather == shortest.weather;
        if is_same || runs >= MOST_RUNS {
            return shortest;
        }
    }
}

fn fails(story: &Story, runs: &mut usize) -> bool {
    *runs += 1;
    *runs <= MOST_RUNS && !play(story).violations.is_empty()
}
