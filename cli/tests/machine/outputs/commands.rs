//! The commands.

use std::collections::BTreeSet;
use std::path::Path;

use bridge::args::Cli;
use clap::CommandFactory;

use super::scene::{Scene, scene};
use crate::common::canaries;
use crate::common::command::{Run, command, run_showing};
use crate::common::world::World;
use crate::operate::tree::leaves;

/// What a command may show besides ids.
#[derive(Clone, Copy, PartialEq, Eq)]
enum May {
    Nothing,
    /// OpenTrain's titles of contracts.
    Titles,
    /// Links of invitations, in JSON alone.
    Links,
    /// A sample's body, with the address in it, and its signature.
    Sample,
}

/// Commands that read. They also run on a database that no bridge serves.
const READS: &[(&str, May)] = &[
    ("status", May::Nothing),
    ("status --failed", May::Nothing),
    ("status --trainer usr_eve", May::Nothing),
    ("audit", May::Nothing),
    ("audit --csv", May::Nothing),
    ("audit --population", May::Nothing),
    ("audit verify", May::Nothing),
    ("budget", May::Nothing),
    ("check", May::Nothing),
    ("contracts", May::Titles),
    ("consent-url --app acme-labels", May::Nothing),
    ("dead-letters", May::Nothing),
    ("dead-letters list", May::Nothing),
    ("dead-letters show 901", May::Nothing),
    ("endpoints", May::Nothing),
    ("events", May::Nothing),
    ("events --outcome refused", May::Nothing),
    ("explain usr_maria", May::Nothing),
    ("explain usr_ben", May::Nothing),
    ("explain usr_eve", May::Nothing),
    ("explain usr_zoe", May::Nothing),
    ("explain {contract}", May::Nothing),
    ("invitations", May::Links),
    ("links", May::Nothing),
    ("projects", May::Nothing),
    ("reconcile --dry-run", May::Nothing),
    ("settings --all", May::Nothing),
    ("usage --dry-run", May::Nothing),
];

/// Commands that act, or would after a consent; in an order in which each finds what it needs.
const ACTS: &[(&str, May)] = &[
    ("retry usr_eve", May::Nothing),
    ("end {contract}", May::Nothing),
    ("end {contract} --dry-run", May::Nothing),
    ("unlink {link}", May::Nothing),
    ("unlink {link} --dry-run", May::Nothing),
    ("unsubscribe {endpoint} --dry-run", May::Nothing),
    ("endpoints disable {endpoint} --dry-run", May::Nothing),
    ("endpoints enable {endpoint}", May::Nothing),
    ("endpoints redeliver {endpoint}", May::Nothing),
    ("settle usr_eve streets --reason checked", May::Nothing),
    ("disconnect default --dry-run", May::Nothing),
    ("disconnect default", May::Nothing),
    ("forget usr_ben", May::Nothing),
    ("projects record", May::Nothing),
    ("projects allow lakes", May::Nothing),
    ("projects move lakes", May::Nothing),
    (
        "subscribe --url http://127.0.0.1:9/hooks/default",
        May::Nothing,
    ),
    ("link --job job_none --project streets", May::Nothing),
    ("connect", May::Nothing),
    ("migrate", May::Nothing),
    ("check-tool --project streets", May::Nothing),
    ("backup kept.db", May::Nothing),
    ("restore kept.db", May::Nothing),
    (
        "audit export evidence --from 2020-01-01 --to 2100-01-01",
        May::Nothing,
    ),
    ("init", May::Nothing),
    ("onboard default", May::Nothing),
    ("onboard --list", May::Nothing),
    ("rehearse --project streets", May::Nothing),
    ("trigger contract.started --dry-run", May::Sample),
    ("sign kept.db", May::Sample),
    ("completions bash", May::Nothing),
    ("man man", May::Nothing),
    ("schemas schemas", May::Nothing),
    ("usage", May::Nothing),
    ("reconcile", May::Nothing),
    ("dead-letters redrive 901", May::Nothing),
    (
        "dead-letters drop 902 --reason checked --dry-run",
        May::Nothing,
    ),
    ("dead-letters drop 902 --reason checked --yes", May::Nothing),
];

/// Commands that are searched elsewhere: `serve` by the tests of its log, `employer` by its own, `console` and `mcp` by
/// those beside this one. Demo and sandbox have no other data than their own.
const ELSEWHERE: [&str; 6] = ["serve", "employer", "console", "mcp", "demo", "sandbox"];

fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

#[test]
fn each_command_is_walked() {
    let mut all = Vec::new();
    leaves(&Cli::command(), "", &mut all);
    let lines: Vec<_> = READS.iter().chain(ACTS).map(|it| it.0).collect();
    let is_walked = |name: &str| {
        let first = name.split(' ').next().unwrap();
        let is = |line: &&str| *line == name || line.starts_with(&format!("{name} "));
        ELSEWHERE.contains(&first) || lines.iter().any(is)
    };
    let missed: Vec<_> = all
        .iter()
        .filter(|it| !is_walked(&it.0))
        .map(|it| &it.0)
        .collect();
    assert!(missed.is_empty(), "no test reads the output of {missed:?}");
    let wrong: Vec<_> = lines.into_iter().filter(|it| !is_known(it)).collect();
    assert!(wrong.is_empty(), "these are refused: {wrong:?}");
}

/// Runs commands and collects what leaks.
struct Walk<'a> {
    world: &'a World,
    scene: &'a Scene,
    leaks: Vec<String>,
}

impl Walk<'_> {
    /// Runs a command, and searches what it prints.
    async fn run(&mut self, database: &Path, (line, may): (&str, May), faults: Faults) -> Run {
        let line = self.scene.fill(line);
        let mut command = command(self.world, database, &words(&line));
        command.envs(faults.iter().copied());
        let run = run_showing(command).await;
        for text in [&run.out, &run.err] {
            let searched = match may {
                May::Nothing => text.clone(),
                May::Sample => text.replace("@opentrain.work", ""),
                May::Titles => text.replace("Canary of a title", ""),
                May::Links if line.contains("--json") => String::new(),
                May::Links => text.clone(),
            };
            let leaks = canaries::sings(&searched) || self.scene.is_in(&searched);
            if leaks || text.contains("panicked") {
                self.leaks.push(format!("{line} {faults:?}: {text}"));
            }
        }
        run
    }

    /// The same with `--json`, if the command has that.
    async fn both(&mut self, database: &Path, step: (&str, May), faults: Faults) -> Run {
        let run = self.run(database, step, faults).await;
        let json = format!("{} --json", step.0);
        if is_known(&self.scene.fill(&json)) {
            self.run(database, (&json, step.1), faults).await;
        }
        run
    }

    fn end(self) {
        assert!(self.leaks.is_empty(), "{}", self.leaks.join("\n\n"));
    }
}

fn walk<'a>(world: &'a World, scene: &'a Scene) -> Walk<'a> {
    let leaks = Vec::new();
    Walk {
        world,
        scene,
        leaks,
    }
}

/// Settings of a command that differ from the world's.
type Faults = &'static [(&'static str, &'static str)];

/// Whether the command line accepts it.
fn is_known(line: &str) -> bool {
    let line = format!("bridge {line}");
    Cli::command().try_get_matches_from(words(&line)).is_ok()
}

#[tokio::test]
async fn no_command_shows_a_secret_or_a_person() {
    scene(async |world, scene| {
        let live = world.file();
        let copy = world.copy();
        let mut walk = walk(world, scene);
        for step in READS {
            let run = walk.both(&live, *step, &[]).await;
            let is_refused = run.code == Some(2) && step.1 != May::Links;
            assert!(!is_refused, "{}: {}", step.0, run.err);
            walk.both(&copy, *step, &[]).await;
        }
        for step in ACTS {
            walk.both(&live, *step, &[]).await;
        }
        walk.end();
        files(scene, &world.folder.path().join("evidence"));
        world.idle().await;
        canaries::assert_none_logged();
    })
    .await;
}

/// Errors, with what they quote of another service or of the settings.
#[tokio::test]
async fn no_failure_shows_a_secret_or_a_person() {
    let faults: [Faults; 6] = [
        &[("TOOL_API_TOKEN", "canary-wrong-token")],
        &[("OPENTRAIN_PARTNER_TOKEN", "ot_ptk_canary_wrong")],
        &[("TOOL_BASE_URL", "http://canary:canary@127.0.0.1:1")],
        &[("OPENTRAIN_BASE_URL", "http://127.0.0.1:1")],
        &[
            ("NOTICE_WEBHOOK_URL", "canary"),
            ("SMTP_URL", "smtp://canary:canary@["),
        ],
        &[
            ("TOOL_KIND", "cvat"),
            ("TOOL_ORG", "team"),
            ("TOOL_BASE_URL", "http://127.0.0.1:1"),
            ("BRIDGE_CONNECTIONS", "/dev/null"),
        ],
    ];
    scene(async |world, scene| {
        let copy = world.copy();
        let mut walk = walk(world, scene);
        for fault in faults {
            for step in READS {
                walk.both(&copy, *step, fault).await;
            }
        }
        let drop = (
            "dead-letters drop 901 902 --reason checked --yes",
            May::Nothing,
        );
        walk.run(&world.file(), drop, &[]).await.done();
        walk.end();
    })
    .await;
}

/// Searches the files of a folder.
fn files(scene: &Scene, folder: &Path) {
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        canaries::assert_none_in(&text);
        scene.is_not_in(&text);
        names.insert(path);
    }
    assert!(!names.is_empty());
}
