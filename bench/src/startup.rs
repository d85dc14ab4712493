//! Time from exec to the first 200 of `/healthz`.

use crate::figures::Startup;
use crate::ground::Ground;
use crate::subject::Subject;

/// Number of starts.
const RUNS: usize = 20;

/// Starts it repeatedly with one database. The first start creates the file and is not counted.
pub(crate) fn measure(ground: &Ground, subject: Subject) -> anyhow::Result<Startup> {
    let folder = ground.stage(&format!("{}-startup", subject.slug()))?;
    subject.start(ground, &folder)?;
    let (mut times, mut sizes) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let process = subject.start(ground, &folder)?;
        times.push(process.started_in);
        // The idle size includes the work after the first answer (calls to OpenTrain).
        std::thread::sleep(std::time::Duration::from_millis(50));
        sizes.push(process.rss()?);
    }
    times.sort();
    sizes.sort_unstable();
    Ok(Startup {
        runs: RUNS,
        median_ms: times[RUNS / 2].as_secs_f64() * 1e3,
        max_ms: times[RUNS - 1].as_secs_f64() * 1e3,
        idle_rss_kib: sizes[RUNS / 2],
    })
}
