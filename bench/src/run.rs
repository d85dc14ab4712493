//! Measures each subject in each part, and prints the table.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use crate::args::{Args, Part};
use crate::far_end::look;
use crate::figures::{Figures, Forged, Full, Paced, Report, Slow};
use crate::ground::Ground;
use crate::machine::Machine;
use crate::requests::FIRST;
use crate::subject::Subject;
use crate::{binary, crash, forged, full, paced, slow, startup, table, targets};

/// Measures and prints. Returns whether every target was met, or targets were not checked.
pub(crate) fn run(args: &Args) -> anyhow::Result<bool> {
    let bridge = args.bridge.clone().map_or_else(binary::bridge, Ok)?;
    let ground = Ground::set(args, bridge)?;
    let machine = Machine::look(ground.folder())?;
    let mut subjects = vec![Subject::Bridge];
    if args.wants(Part::Peer) {
        match &machine.node {
            Some(_) => subjects.extend([Subject::Peer, Subject::PeerWithJournal]),
            None => ground
                .progress
                .line("skipped: the receiver on Node, since there is no `node` on PATH"),
        }
    }
    let measured = subjects
        .into_iter()
        .map(|subject| measure(&ground, args, subject));
    let measured = measured.collect::<anyhow::Result<Vec<_>>>()?;
    let report = Report {
        command: command(),
        body_bytes: ground.requests(Subject::Bridge.path(), "size")?.length(),
        targets: measured.first().map(targets::targets).unwrap_or_default(),
        machine,
        subjects: measured,
    };
    drop(ground);
    table::show(&report, args.json)?;
    Ok(args.no_targets || report.targets.iter().all(|target| target.met))
}

fn command() -> String {
    let own = std::env::args().skip(1);
    std::iter::once("cargo run --release -p bench --".to_owned())
        .chain(own)
        .collect::<Vec<_>>()
        .join(" ")
}

fn measure(ground: &Ground, args: &Args, subject: Subject) -> anyhow::Result<Figures> {
    let part = |part, what: &str| {
        let wanted = args.wants(part);
        if wanted {
            ground.progress.now(format!("{}: {what}", subject.name()));
        }
        wanted
    };
    let startup = part(Part::Startup, "start-up").then(|| startup::measure(ground, subject));
    let paced = part(Part::Paced, "steady load").then(|| steady(ground, args, subject));
    let full = part(Part::Full, "full load").then(|| flat_out(ground, args, subject));
    let crash =
        part(Part::Crash, "kill -9").then(|| crash::measure(ground, subject, args.connections));
    let bridge = subject == Subject::Bridge;
    let slow = bridge && part(Part::Slow, "slow clients");
    let slow = slow.then(|| slow_clients(ground, args, subject));
    let forged = bridge && part(Part::Forged, "forged deliveries");
    let forged = forged.then(|| refusals(ground, args, subject));
    Ok(Figures {
        name: subject.name(),
        paced: paced.transpose()?,
        full: full.transpose()?,
        crash: crash.transpose()?,
        startup: startup.transpose()?,
        slow: slow.transpose()?,
        forged: forged.transpose()?,
    })
}

fn steady(ground: &Ground, args: &Args, subject: Subject) -> anyhow::Result<Paced> {
    let stage = format!("{}-paced", subject.slug());
    let folder = ground.stage(&stage)?;
    let requests = ground.requests(subject.path(), &stage)?;
    let process = subject.start(ground, &folder)?;
    let load = paced::load(process.address(), &requests, args.rate, args.seconds);
    let tally = ground.load.block_on(load)?;
    process.drain()?;
    Ok(Paced {
        rate: args.rate,
        refused: tally.refused + tally.unanswered,
        latency: tally.latency(),
        far_end: look(&ground.tool, &stage, &tally.acknowledged),
    })
}

fn flat_out(ground: &Ground, args: &Args, subject: Subject) -> anyhow::Result<Full> {
    let stage = format!("{}-full", subject.slug());
    let folder = ground.stage(&stage)?;
    let requests = ground.requests(subject.path(), &stage)?;
    let process = subject.start(ground, &folder)?;
    let numbers = Arc::new(AtomicU64::new(FIRST));
    let (start, cpu) = (Instant::now(), process.cpu()?);
    let length = Duration::from_secs(args.seconds);
    let load = full::load(
        process.address(),
        &requests,
        &numbers,
        args.connections,
        length,
    );
    let tally = ground.load.block_on(load)?;
    let loaded = start.elapsed();
    process.drain()?;
    let (drained, cpu) = (start.elapsed(), process.cpu()? - cpu);
    let answered = tally.acknowledged.len() as f64;
    Ok(Full {
        connections: args.connections,
        refused: tally.refused + tally.unanswered,
        per_second: answered / loaded.as_secs_f64(),
        latency: tally.latency(),
        cpu_us: cpu.as_secs_f64() * 1e6 / answered,
        applied_per_second: answered / drained.as_secs_f64(),
        drained_in_s: (drained - loaded).as_secs_f64(),
        peak_rss_kib: process.peak_rss()?,
        far_end: look(&ground.tool, &stage, &tally.acknowledged),
    })
}

fn slow_clients(ground: &Ground, args: &Args, subject: Subject) -> anyhow::Result<Slow> {
    let stage = format!("{}-slow", subject.slug());
    let folder = ground.stage(&stage)?;
    let requests = ground.requests(subject.path(), &stage)?;
    let process = subject.start(ground, &folder)?;
    let clients = slow::SlowClients::start(process.address())?;
    let load = slow::deliveries(process.address(), &requests, args.seconds);
    let tally = ground.load.block_on(load)?;
    Ok(Slow {
        heads: slow::HEADS,
        bodies: slow::BODIES,
        opened: clients.opened(),
        deliveries: tally.acknowledged.len(),
        refused: tally.refused + tally.unanswered,
        latency: tally.latency(),
        peak_rss_kib: process.peak_rss()?,
    })
}

fn refusals(ground: &Ground, args: &Args, subject: Subject) -> anyhow::Result<Forged> {
    let folder = ground.stage(&format!("{}-forged", subject.slug()))?;
    let process = subject.start(ground, &folder)?;
    let (before, rss_before_kib) = (process.cpu()?, process.rss()?);
    let length = Duration::from_secs(args.seconds);
    let (to, now) = (process.address(), ground.now());
    let load = forged::load(to, now, args.connections, length);
    let refused = ground.load.block_on(load)? as f64;
    let cpu = process.cpu()? - before;
    Ok(Forged {
        connections: args.connections,
        per_second: refused / length.as_secs_f64(),
        cpu_us: cpu.as_secs_f64() * 1e6 / refused,
        rss_before_kib,
        peak_rss_kib: process.peak_rss()?,
    })
}
