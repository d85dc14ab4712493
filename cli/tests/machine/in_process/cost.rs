//! What a hire and its end cost on a table that bills by the item. docs/aws.md states the prices.

use shared::ledger::Policy;

use crate::common::bench::{Bench, Claims, Ground};
use crate::common::events::{Link, ended, started};
use crate::common::table::Units;

#[tokio::test]
async fn a_hire_an_end_and_a_repeat_cost_what_the_documentation_states() {
    let ground = Ground::new();
    let b = Bench::new(&ground, &["default"], Policy::default(), Claims::On);
    let link = Link::new("link_1", "streets");
    let cost = async |event| {
        b.forget_duplicates();
        b.counting.take();
        b.deliver("default", &event).await;
        b.drain().await;
        b.counting.take()
    };
    let units = |reads, writes| Units { reads, writes };

    let first = cost(started(1, "ctr_1", "maria", &link)).await;
    assert_eq!(first, units(4, 5), "a hire on a link that was not known");
    // One write of each is the row of the audit record.
    let hire = cost(started(2, "ctr_2", "ben", &link)).await;
    assert_eq!(hire, units(4, 4), "a hire on a known link");
    let repeat = cost(started(2, "ctr_2", "ben", &link)).await;
    assert_eq!(repeat, units(1, 0), "a repeat of it");
    let end = cost(ended(3, "ctr_2", "ben", &link)).await;
    // One read of them is for the last reading of the hours, which finds nothing new.
    assert_eq!(end, units(5, 3), "its end");
    let repeat = cost(ended(3, "ctr_2", "ben", &link)).await;
    assert_eq!(repeat, units(1, 0), "a repeat of it");
    assert_eq!(b.tool.members("streets").len(), 1);
}
