//! A service with a limit, and operations that call it.

use std::collections::BTreeMap;
use std::sync::Mutex;

use super::class::CLASSES;
use super::*;

/// A clock that runs with tokio's time, which a test may pause.
struct Along(Timestamp, Instant);

impl Clock for Along {
    fn now(&self) -> Timestamp {
        after(self.0, self.1.elapsed())
    }
}

/// A pause of one process, or shared by several.
#[derive(Default)]
struct Row(Mutex<Option<Timestamp>>, AtomicU32);

#[async_trait]
impl SharedPause for Row {
    async fn paused_until(&self) -> Option<Timestamp> {
        self.1.fetch_add(1, Ordering::Relaxed);
        *self.0.lock().unwrap()
    }

    async fn pause(&self, until: Timestamp) {
        *self.0.lock().unwrap() = Some(until);
    }
}

/// A service that serves `limit` calls in each second of its own.
struct Service {
    most: u32,
    begun: Instant,
    served: Mutex<BTreeMap<u64, u32>>,
    refused: AtomicU32,
    order: Mutex<Vec<Class>>,
}

impl Service {
    fn new(most: u32) -> Arc<Self> {
        Arc::new(Self {
            most,
            begun: Instant::now(),
            served: Mutex::default(),
            refused: AtomicU32::new(0),
            order: Mutex::default(),
        })
    }

    /// Makes one call.
    async fn call(&self, class: Class) -> Result<(), Busy> {
        loop {
            admit().await?;
            tokio::time::sleep(Duration::from_millis(5)).await;
            let second = self.begun.elapsed().as_secs();
            let is_served = {
                let mut served = self.served.lock().unwrap();
                let now = served.entry(second).or_default();
                *now += 1;
                *now <= self.most
            };
            if is_served {
                heard(200, None).await;
                self.order.lock().unwrap().push(class);
                return Ok(());
            }
            self.refused.fetch_add(1, Ordering::Relaxed);
            assert!(heard(429, Some(Duration::from_secs(1))).await);
        }
    }
}

fn pacer(most: Option<f64>, row: &Arc<Row>) -> Arc<Pacer> {
    let shared = Arc::clone(row) as Arc<dyn SharedPause>;
    let begun = "2026-06-12T10:00:00Z".parse().unwrap();
    let clock = Arc::new(Along(begun, Instant::now()));
    Arc::new(Pacer::new(most, shared, clock))
}

/// Runs the operations, at most 16 of each class at once, and returns the duration. An operation without capacity is
/// retried when the pacer says, as the retry queue does.
async fn all(pacer: &Arc<Pacer>, service: &Arc<Service>, jobs: &[(Class, u32)]) -> Duration {
    let begun = Instant::now();
    let places = [(); CLASSES].map(|()| Arc::new(tokio::sync::Semaphore::new(16)));
    let mut running = tokio::task::JoinSet::new();
    for (class, calls) in jobs.iter().copied() {
        let (pacer, service) = (Arc::clone(pacer), Arc::clone(service));
        let places = Arc::clone(&places[class as usize]);
        running.spawn(async move {
            loop {
                let place = places.acquire().await.unwrap();
                let operation = async {
                    for _ in 0..calls {
                        service.call(class).await?;
                    }
                    Ok::<(), Busy>(())
                };
                let done = pacer.run(class, operation).await;
                drop(place);
                match done {
                    Ok(()) => return,
                    Err(busy) => tokio::time::sleep(busy.after).await,
                }
            }
        });
    }
    running.join_all().await;
    begun.elapsed()
}

#[tokio::test(start_paused = true)]
async fn calls_reach_the_limit_of_a_service() {
    let (pacer, service) = (pacer(None, &Arc::default()), Service::new(20));
    let grants = vec![(Class::Grant, 1); 400];
    let took = all(&pacer, &service, &grants).await;
    assert!(took < Duration::from_secs(30), "400 calls took {took:?}");
    let refused = service.refused.load(Ordering::Relaxed);
    assert!(refused < 60, "{refused} calls were refused");
}

#[tokio::test(start_paused = true)]
async fn removals_go_first_and_grants_are_not_starved() {
    let (pacer, service) = (pacer(Some(19.0), &Arc::default()), Service::new(20));
    let mut jobs = vec![(Class::Grant, 1); 200];
    jobs.extend(vec![(Class::Removal, 2); 100]);
    all(&pacer, &service, &jobs).await;
    assert_eq!(service.refused.load(Ordering::Relaxed), 0);
    let order = service.order.lock().unwrap();
    let last = order.iter().rposition(|it| *it == Class::Removal).unwrap();
    let grants = order[..last].iter().filter(|it| **it == Class::Grant);
    let grants = grants.count();
    assert!(grants < 80, "{grants} grants went before the last removal");
    // Of the calls while removals wait, a tenth are grants.
    assert!(grants >= 10, "{grants} grants went meanwhile");
}

#[tokio::test(start_paused = true)]
async fn a_configured_limit_is_kept() {
    let (pacer, service) = (pacer(Some(5.0), &Arc::default()), Service::new(1000));
    let took = all(&pacer, &service, &vec![(Class::Removal, 1); 50]).await;
    let seconds = took.as_secs_f64();
    assert!((9.0..11.0).contains(&seconds), "50 calls took {took:?}");
}

#[tokio::test(start_paused = true)]
async fn calls_without_a_limit_do_not_wait() {
    let (pacer, service) = (pacer(None, &Arc::default()), Service::new(100_000));
    let took = all(&pacer, &service, &vec![(Class::Look, 1); 1000]).await;
    assert!(took < Duration::from_secs(1), "1000 calls took {took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_pause_is_shared_and_read_once_a_second() {
    let row = Arc::<Row>::default();
    let (first, second) = (pacer(None, &row), pacer(None, &row));
    let hour = Some(Duration::from_secs(3600));
    first
        .run(Class::Look, async { heard(429, hour).await })
        .await;
    for _ in 0..3 {
        let refused = second.run(Class::Grant, admit()).await;
        let busy = refused.unwrap_err();
        assert!(busy.after > Duration::from_secs(800), "{busy:?}");
        assert!(
            busy.after <= Duration::from_secs(910),
            "the longest: {busy:?}"
        );
    }
    assert_eq!(row.1.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn operations_without_capacity_are_retried_one_after_the_other() {
    let pacer = pacer(Some(10.0), &Arc::default());
    let pause = Some(Duration::from_secs(30));
    pacer
        .run(Class::Look, async { heard(503, pause).await })
        .await;
    let mut times = Vec::new();
    for _ in 0..5 {
        let busy = pacer.run(Class::Grant, admit()).await.unwrap_err();
        times.push(busy.after.as_millis());
    }
    for pair in times.windows(2) {
        assert_eq!(pair[1] - pair[0], 100, "{times:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_operations_own_limit_pauses_no_other_calls() {
    let pacer = pacer(None, &Arc::default());
    let hour = Some(Duration::from_secs(3600));
    let own = with_own_limit(async { heard(429, hour).await });
    assert!(!pacer.run(Class::Grant, own).await);
    assert_eq!(pacer.run(Class::Grant, admit()).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn work_for_a_removal_is_paced_as_a_removal() {
    let pacer = pacer(Some(1.0), &Arc::default());
    let class = async { OPERATION.with(|it| it.class) };
    assert_eq!(
        for_removal(pacer.run(Class::Look, class)).await,
        Class::Removal
    );
    let class = async { OPERATION.with(|it| it.class) };
    assert_eq!(pacer.run(Class::Look, class).await, Class::Look);
}
