//! Many changes at once, on a tool that admits few calls.

use std::time::{Duration, Instant};

use simulator::AnnotationPlatform;

use crate::common::world::{World, play};

/// Calls that the tool admits per second.
const LIMIT: u32 = 20;

/// Hires so many people; their contracts.
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

/// Waits until the number of these people who are in is as wanted; how long that took.
async fn until_in(w: &World, people: &[String], wanted: usize) -> Duration {
    let begun = Instant::now();
    let is = |_: &AnnotationPlatform| {
        let members = w.members("streets");
        people.iter().filter(|id| members.contains(id)).count() == wanted
    };
    w.tool.until(is).await.unwrap();
    begun.elapsed()
}

#[tokio::test]
async fn a_burst_is_done_at_the_pace_of_the_tool_and_removals_go_first() {
    play(async |w| {
        let job = w.job("streets").await;
        w.idle().await;
        w.tool.limit(LIMIT);
        // At the limit 80 calls take 4 s.
        let first = people("usr_a", 80);
        let contracts = hire(w, &job, &first);
        let took = until_in(w, &first, 80).await;
        assert!(took < Duration::from_secs(10), "80 hires took {took:?}");
        w.idle().await;
        let refused = w.tool.refused_by_limit();
        // Leavers and newcomers together.
        let second = people("usr_b", 60);
        hire(w, &job, &second);
        contracts[..40].iter().for_each(|contract| w.end(contract));
        let took = until_in(w, &first, 40).await;
        assert!(took < Duration::from_secs(16), "40 removals took {took:?}");
        let newcomers = w.members("streets").len() - 40;
        assert!(
            newcomers < 40,
            "{newcomers} were hired before the last removal"
        );
        until_in(w, &second, 60).await;
        w.idle().await;
        let more = w.tool.refused_by_limit() - refused;
        assert!(more < 100, "{more} calls were refused");
    })
    .await;
}
