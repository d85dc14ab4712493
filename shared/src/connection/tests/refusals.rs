//! How many deliveries are refused because connections can't be read.

use std::sync::atomic::Ordering;

use tokio::time::Instant;

use super::world::World;

/// Ten refusals in a row disable the endpoint. One failed read refuses no delivery, because all wait for the next read.
#[tokio::test(start_paused = true)]
async fn a_read_that_fails_once_refuses_nothing() {
    let world = World::new();
    world.store.fails_for.store(1, Ordering::SeqCst);
    assert_eq!(world.refused_of(20).await, 0);
    assert_eq!(world.store.asked(), (2, 1), "one reads for all");
}

/// A delivery waits a second and is then refused. A failing read refuses only deliveries that came after the previous
/// read.
#[tokio::test(start_paused = true)]
async fn a_failure_is_waited_for_a_second() {
    let world = World::new();
    world.store.fails.store(true, Ordering::SeqCst);
    let came = Instant::now();
    assert_eq!(world.refused_of(20).await, 20);
    let took = came.elapsed();
    assert!((1000..1100).contains(&took.as_millis()), "{took:?}");
    assert_eq!(world.store.asked(), (2, 0), "the store is left alone");
    world.store.fails.store(false, Ordering::SeqCst);
    assert_eq!(world.refused_of(20).await, 0);
    assert_eq!(world.store.asked(), (3, 1));
}

/// As in a function, which works on one delivery after the other. At most three in a row may be refused.
#[tokio::test(start_paused = true)]
async fn four_reads_in_a_row_that_fail_refuse_three_deliveries() {
    for (fail, refused) in [(1, 0), (2, 1), (3, 2), (4, 3)] {
        let world = World::new();
        world.store.fails_for.store(fail, Ordering::SeqCst);
        let mut were_refused = 0;
        for _ in 0..10 {
            were_refused += world.refused_of(1).await;
        }
        assert_eq!(were_refused, refused, "{fail}");
    }
}
