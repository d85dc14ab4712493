use futures::FutureExt;
use futures::future::poll_immediate;

use super::*;

fn open(all: &Arc<Connections>) -> Arc<Connection> {
    all.open().unwrap()
}

/// Whether it was chosen to be closed, as its own task finds out.
async fn is_closed(connection: &Connection) -> bool {
    let told = poll_immediate(connection.chosen()).await.is_some();
    told && connection.must_close(false)
}

/// Time passes, so that one is older than the next.
async fn later() {
    tokio::time::advance(Duration::from_millis(10)).await;
}

#[tokio::test(start_paused = true)]
async fn no_more_are_open_than_may_be() {
    let all = Connections::new(2);
    let first = open(&all);
    assert!(!all.is_nearly_full());
    let _second = open(&all);
    assert!(all.is_nearly_full() && all.open().is_none());
    first.close();
    assert!(all.any_closed().now_or_never().is_some());
    assert!(all.open().is_some());
    assert_eq!(all.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_oldest_incomplete_head_goes_first_then_the_oldest_body() {
    let all = Connections::new(5);
    let with_body = open(&all);
    let body = with_body.request();
    later().await;
    let stored = open(&all);
    let request = stored.request();
    request.storing();
    later().await;
    let idle = open(&all);
    drop(idle.request());
    later().await;
    let new = open(&all);

    let close_one = || {
        all.close_oldest();
        all.closed_for_room.swap(0, Ordering::Relaxed)
    };
    assert_eq!(close_one(), 1);
    assert!(is_closed(&idle).await && !is_closed(&new).await);
    assert_eq!(close_one(), 0, "one is on its way out already");
    idle.close();
    close_one();
    assert!(is_closed(&new).await && !is_closed(&with_body).await);
    new.close();
    close_one();
    assert!(is_closed(&with_body).await);
    drop(body);
    with_body.close();
    assert_eq!(close_one(), 0, "a whole request is never cut");
    assert!(!is_closed(&stored).await);
    drop(request);
    close_one();
    assert!(is_closed(&stored).await);
}

/// It arrived whole between being chosen and being closed.
#[tokio::test(start_paused = true)]
async fn one_that_was_chosen_and_is_whole_by_now_stays() {
    let all = Connections::new(1);
    let connection = open(&all);
    all.close_oldest();
    let request = connection.request();
    request.storing();
    assert!(!is_closed(&connection).await);
    assert!(
        all.any_closed().now_or_never().is_some(),
        "another one has to be chosen"
    );
    assert!(!connection.must_close(true), "not even by a stop");
    drop(request);
    assert!(!connection.must_close(false));
    assert!(connection.must_close(true));
}

#[tokio::test(start_paused = true)]
async fn a_head_has_ten_seconds_and_an_idle_connection_five_minutes() {
    let seconds = |s| tokio::time::advance(Duration::from_secs(s));
    let all = Connections::new(9);
    let silent = open(&all);
    seconds(9).await;
    assert!(!silent.must_close(false));
    seconds(1).await;
    assert!(silent.must_close(false));

    let kept = open(&all);
    kept.arrived();
    drop(kept.request());
    seconds(299).await;
    assert!(!kept.must_close(false));
    kept.arrived();
    seconds(9).await;
    kept.arrived();
    assert!(!kept.must_close(false), "a head has begun");
    seconds(1).await;
    assert!(kept.must_close(false), "one byte more gives no more time");

    let idle = open(&all);
    drop(idle.request());
    seconds(300).await;
    assert!(idle.must_close(false));
}

/// The memory of bodies is bounded; the oldest incomplete ones give way.
#[tokio::test(start_paused = true)]
async fn bodies_that_stall_give_way_to_new_ones() {
    const LARGE: usize = 256 * 1024;
    let all = Connections::new(2_000);
    let stalled: Vec<_> = (0..BODY_BYTES / LARGE).map(|_| open(&all)).collect();
    let requests: Vec<_> = stalled.iter().map(|it| it.request()).collect();
    for request in &requests {
        request.hold(LARGE);
    }
    later().await;
    let honest = open(&all);
    let request = honest.request();
    request.hold(2_000);
    assert!(!is_closed(&honest).await);
    let mut closed = 0;
    for connection in &stalled {
        closed += usize::from(is_closed(connection).await);
    }
    assert_eq!(closed, BODY_BYTES_FREED / LARGE);
    drop(requests);
    drop(request);
    assert_eq!(all.body_bytes.load(Ordering::Relaxed), 0);
}

/// What is stored stays; the one that arrives has to give way itself.
#[tokio::test(start_paused = true)]
async fn bodies_that_are_stored_stay() {
    let all = Connections::new(3);
    let stored = open(&all);
    let request = stored.request();
    request.hold(BODY_BYTES);
    request.storing();
    let late = open(&all);
    let waiting = late.request();
    waiting.hold(1);
    assert!(is_closed(&late).await && !is_closed(&stored).await);
}
