//! `kill -9` during the load, several times. Then the acknowledged deliveries are searched in the tool.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use crate::far_end::look;
use crate::figures::Crash;
use crate::full;
use crate::ground::Ground;
use crate::load::Tally;
use crate::requests::FIRST;
use crate::subject::Subject;

/// Times of the kills after each start. The second and third find a backlog.
const KILLS: [Duration; 3] = [
    Duration::from_millis(2500),
    Duration::from_millis(1100),
    Duration::from_millis(1900),
];

/// Longer than the time until any kill, so the load ends because its connections break.
const LOAD: Duration = Duration::from_secs(60);

/// Kills the subject three times under full load with one database, starts it a last time, and counts.
pub(crate) fn measure(
    ground: &Ground,
    subject: Subject,
    connections: u64,
) -> anyhow::Result<Crash> {
    let stage = format!("{}-crash", subject.slug());
    let folder = ground.stage(&stage)?;
    let requests = ground.requests(subject.path(), &stage)?;
    let numbers = Arc::new(AtomicU64::new(FIRST));
    let mut all = Tally::new()?;
    for after in KILLS {
        let mut process = subject.start(ground, &folder)?;
        let load = full::load(process.address(), &requests, &numbers, connections, LOAD);
        let kill = async {
            tokio::time::sleep(after).await;
            process.kill()
        };
        let (tally, killed) = ground.load.block_on(async { tokio::join!(load, kill) });
        killed?;
        all = all.with(tally?)?;
    }
    let process = subject.start(ground, &folder)?;
    process.drain()?;
    let far_end = look(&ground.tool, &stage, &all.acknowledged);
    Ok(Crash {
        kills: KILLS.len() as u64,
        far_end,
    })
}
