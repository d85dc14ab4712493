//! Tries `TRIES` forged deliveries against the product's verifier, with all cores. Ends with 1 if one was accepted, or a
//! valid one was refused.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a tool of developers"
)]

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use checks::forge::{Count, Kind, product, run};

/// Deliveries of one seed, so that the number of threads changes nothing.
const CHUNK: u64 = 100_000;

/// Chunks between two lines of progress.
const TELL_EVERY: u64 = 100;

fn main() -> ExitCode {
    let tries = std::env::var("TRIES").map_or(Ok(100_000_000), |it| it.parse::<u64>());
    let Ok(tries) = tries else {
        println!("TRIES is not a whole number");
        return ExitCode::from(2);
    };
    let chunks = tries.div_ceil(CHUNK);
    let began = Instant::now();
    let (next, all) = (AtomicU64::new(0), Mutex::new((0, Count::default())));
    let work = || {
        while let seed = next.fetch_add(1, Ordering::Relaxed)
            && seed < chunks
        {
            let part = CHUNK.min(tries - seed * CHUNK);
            let count = run(seed, part, product);
            let Ok(mut all) = all.lock() else { return };
            all.0 += 1;
            all.1.add(&count);
            if all.0 % TELL_EVERY == 0 {
                println!("{}", line(&all.1, began));
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    let Ok((_, count)) = all.into_inner() else {
        return ExitCode::FAILURE;
    };
    for (at, kind) in Kind::ALL.into_iter().enumerate() {
        let kind = format!("{kind:?}");
        println!(
            "{kind:<14} {:>12} tried {:>3} accepted",
            count.tried[at], count.accepted[at]
        );
    }
    println!("{}", line(&count, began));
    let is_good = count.all_tried() == tries && count.all_accepted() == 0 && count.refused == 0;
    ExitCode::from(u8::from(!is_good))
}

fn line(count: &Count, began: Instant) -> String {
    let (tried, accepted, seconds) = (
        count.all_tried(),
        count.all_accepted(),
        began.elapsed().as_secs(),
    );
    let (valid, refused) = (count.valid, count.refused);
    format!("{tried} forged, {accepted} accepted; {valid} valid, {refused} refused; {seconds} s")
}
