use crate::server::http::budget::FREE_BYTES;
use futures::FutureExt;
use futures::future::poll_immediate;

use super::*;
use crate::server::http::budget::BODY_BYTES;

fn open(all: &Arc<Connections>) -> Arc<Connection> {
    all.open().unwrap()
}

/// Whether it is marked to be closed, as its own task sees it.
async fn is_closed(connection: &Connection) -> bool {
    let told = poll_immediate(connection.chosen()).await.is_some();
    told && connection.must_close(false)
}

/// Advances the time, so that the next connection is younger.
async fn later() {
    tokio::time::advance(Duration::from_millis(10)).await;
}

#[tokio::test(start_paused = true)]
async fn the_number_of_connections_is_bounded() {
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

/// The request became complete after its connection was marked and before it was closed.
#[tokio::test(start_paused = true)]
async fn a_marked_connection_with_a_complete_request_stays_open() {
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

const LARGE: usize = 256 * 1024;

/// Bytes of a large body that the budget counts.
const COUNTED: usize = LARGE - FREE_BYTES;

fn is_reserved(request: &InRequest<'_>, size: usize) -> bool {
    request.reserve(size).now_or_never().is_some()
}

/// The memory of bodies is bounded: the oldest incomplete ones are closed, and a new one waits until they are.
#[tokio::test(start_paused = true)]
async fn stalled_bodies_are_closed_for_new_ones() {
    let all = Connections::new(2_000);
    let stalled: Vec<_> = (0..BODY_BYTES / COUNTED).map(|_| open(&all)).collect();
    let mut requests: Vec<_> = stalled.iter().map(|it| it.request()).collect();
    for request in &requests {
        assert!(is_reserved(request, LARGE));
        later().await;
    }
    let small = open(&all);
    let request = small.request();
    assert!(is_reserved(&request, FREE_BYTES), "a small one never waits");
    let honest = open(&all);
    let request = honest.request();
    let mut reserving = Box::pin(request.reserve(LARGE));
    assert!(poll_immediate(&mut reserving).await.is_none());
    assert!(all.bodies.reserved() <= BODY_BYTES);
    assert!(!is_closed(&honest).await);
    let mut closed = Vec::new();
    for (index, connection) in stalled.iter().enumerate() {
        closed.extend(is_closed(connection).await.then_some(index));
    }
    let oldest = 0..BODY_BYTES_FREED.div_ceil(COUNTED);
    assert_eq!(closed, oldest.collect::<Vec<_>>(), "the oldest go first");
    drop(requests.remove(0));
    reserving.await;
    assert!(all.bodies.reserved() <= BODY_BYTES);
    drop(requests);
    drop(request);
    assert_eq!(all.bodies.reserved(), 0);
    assert_eq!(all.bodies.closing(), 0);
}

/// Bodies that are being stored stay open; a new one waits.
#[tokio::test(start_paused = true)]
async fn bodies_that_are_being_stored_stay_open() {
    let all = Connections::new(2_000);
    let stored: Vec<_> = (0..BODY_BYTES / COUNTED).map(|_| open(&all)).collect();
    let requests: Vec<_> = stored.iter().map(|it| it.request()).collect();
    for request in &requests {
        assert!(is_reserved(request, LARGE));
        request.storing();
    }
    let late = open(&all);
    let waiting = late.request();
    let limit = Duration::from_secs(60);
    let waited = tokio::time::timeout(limit, waiting.reserve(LARGE)).await;
    assert!(waited.is_err(), "there is no room");
    for connection in &stored {
        assert!(!is_closed(connection).await);
    }
    drop(requests);
    assert!(is_reserved(&waiting, LARGE));
}
