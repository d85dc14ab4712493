//! Many changes at once, on a tool that admits few calls.

use std::time::{Duration, Instant};

use crate::common::world::{World, play};

/// Calls that the tool admits per second; more are answered with 429 and `Retry-After: 1`.
const LIMIT: u32 = 20;

/// Hires these people. Returns their contracts.
fn hire(w: &World, job: &str, people: &[String]) -> Vec<String> {
    let hire = |id: &String| {
        w.trainer(id);
        w.hire(job, id)
    };
    people.iter().map(hire).collect()
}

fn people(name: &str, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{name}{number}")).collect()
}

/// Waits until `wanted` of these people have access. Returns the time that it took.
async fn until_in(w: &World, people: &[String], wanted: usize, most: Duration) -> Duration {
    let begun = Instant::now();
    let mut look = tokio::time::interval(Duration::from_millis(20));
    loop {
        look.tick().await;
        let members = w.members("streets");
        let count = people.iter().filter(|id| members.contains(id)).count();
        if count == wanted {
            return begun.elapsed();
        }
        assert!(
            begun.elapsed() < most,
            "{count} are in after {most:?}, not {wanted}"
        );
    }
}

#[tokio::test]
async fn a_burst_is_done_at_the_pace_of_the_tool_and_removals_go_first() {
    play(async |w| {
        let job = w.job("streets").await;
        w.idle().await;
        w.tool.limit(LIMIT);
        let first = people("usr_a", 160);
        let contracts = hire(w, &job, &first);
        let took = until_in(w, &first, 160, Duration::from_secs(20)).await;
        eprintln!(
            "160 hires: {took:?}, {} refusals",
            w.tool.refused_by_limit()
        );
        w.idle().await;
        let refused = w.tool.refused_by_limit();
        // Leavers and newcomers together.
        let second = people("usr_b", 60);
        hire(w, &job, &second);
        contracts[..120].iter().for_each(|contract| w.end(contract));
        let took = until_in(w, &first, 40, Duration::from_secs(30)).await;
        let newcomers = w.members("streets").len() - 40;
        eprintln!("120 removals: {took:?}, {newcomers} newcomers meanwhile");
        assert!(
            newcomers < 40,
            "{newcomers} were hired before the last removal"
        );
        until_in(w, &second, 60, Duration::from_secs(20)).await;
        w.idle().await;
        let more = w.tool.refused_by_limit() - refused;
        assert!(more < 80, "{more} calls were refused");
    })
    .await;
}
