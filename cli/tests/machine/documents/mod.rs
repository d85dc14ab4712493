//! Compares docs/settings.md and the samples in `events/` with the code.

mod other_doors;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use bridge::samples::{self, SAMPLES};
use serde_json::{Value, json};
use shared::config::SETTINGS;
use shared::model::clock::{Clock, SystemClock};
use shared::model::event::{Event, EventType};

use crate::common::world::{World, play};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The cells of the rows whose first column is a variable in backticks.
fn settings_table() -> Vec<Vec<String>> {
    let page = std::fs::read_to_string(root().join("docs/settings.md")).unwrap();
    let rows = page.lines().filter(|line| {
        let name = line
            .strip_prefix("| `")
            .and_then(|rest| rest.split('`').next());
        name.is_some_and(|name| {
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
        })
    });
    let cells = |row: &str| {
        let row = row
            .trim()
            .trim_start_matches('|')
            .trim_end_matches('|')
            .replace("\\|", "\u{1}");
        row.split('|')
            .map(|cell| cell.trim().replace('\u{1}', "|"))
            .collect()
    };
    rows.map(cells).collect()
}

#[test]
fn the_page_of_settings_has_each_one_with_its_default_and_meaning() {
    let table = settings_table();
    let names: Vec<_> = table.iter().map(|row| row[0].trim_matches('`')).collect();
    let known: Vec<_> = SETTINGS.iter().map(|setting| setting.name).collect();
    assert_eq!(names, known, "the same settings, in the same order");
    for (row, setting) in table.iter().zip(SETTINGS) {
        let default = setting.default.filter(|text| !text.is_empty());
        let default = default.map_or_else(|| "–".to_owned(), |text| format!("`{text}`"));
        assert_eq!(row[1], default, "{}", setting.name);
        assert_eq!(row[2], setting.meaning, "{}", setting.name);
    }
}

#[test]
fn every_file_in_events_is_a_sample_and_the_other_way_round() {
    let folder = std::fs::read_dir(root().join("events/webhook")).unwrap();
    let files: BTreeSet<_> = folder
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    let known: BTreeSet<_> = SAMPLES
        .iter()
        .map(|sample| format!("{}.json", sample.name))
        .collect();
    assert_eq!(files, known);
    for sample in SAMPLES {
        let path = root().join(format!("events/webhook/{}.json", sample.name));
        assert_eq!(
            std::fs::read_to_string(path).unwrap(),
            sample.body,
            "{}",
            sample.name
        );
    }
}

/// A sample has the name of its type, followed by a dash and a remark if the type has several samples.
#[test]
fn every_sample_is_an_event_of_the_type_in_its_name() {
    for sample in SAMPLES {
        let event: Event = serde_json::from_str(sample.body).unwrap();
        let (kind, _) = sample.name.split_once('-').unwrap_or((sample.name, ""));
        match &event.kind {
            EventType::Unknown(_) => assert_eq!(sample.name, "unknown-type"),
            known => assert_eq!(known.as_str(), kind, "{}", sample.name),
        }
    }
    let named: BTreeSet<_> = SAMPLES.iter().map(|sample| sample.name).collect();
    for kind in EventType::known() {
        assert!(named.contains(kind), "{kind} has no sample");
    }
}

/// Sends samples one after the other. Each is processed before the next.
async fn send(w: &World, names: &[&str]) {
    for project in ["street-scenes", "night-scenes"] {
        w.project(project);
    }
    for name in names {
        let mut body: Value = serde_json::from_str(samples::find(name).unwrap().body).unwrap();
        // As `bridge trigger` sends it: a start of last summer would wait for OpenTrain's list.
        body["createdAt"] = json!(SystemClock.now());
        w.deliver("default", &body).await;
        w.idle().await;
    }
}

/// Members of the projects after some samples, and the number of quarantined ones.
struct Case {
    send: &'static [&'static str],
    streets: &'static [&'static str],
    nights: &'static [&'static str],
    set_aside: usize,
}

const CASES: &[Case] = &[
    Case {
        send: &["project_link.created", "contract.started"],
        streets: &["usr_maria"],
        nights: &[],
        set_aside: 0,
    },
    Case {
        send: &[
            "contract.started",
            "contract.started-second-link",
            "contract.ended",
        ],
        // An end belongs to the contract: it ends at both links.
        streets: &[],
        nights: &[],
        set_aside: 0,
    },
    Case {
        send: &["contract.started-unknown-members"],
        streets: &["usr_maria"],
        nights: &[],
        set_aside: 0,
    },
    Case {
        send: &["contract.started-managed"],
        streets: &[],
        nights: &[],
        set_aside: 0,
    },
    // The address is requested from the simulated OpenTrain, which does not know the contract.
    Case {
        send: &["contract.started-no-email"],
        streets: &[],
        nights: &[],
        set_aside: 0,
    },
    Case {
        send: &["contract.started", "project_link.removed"],
        streets: &[],
        nights: &[],
        set_aside: 0,
    },
    Case {
        send: &["contract.started", "install.revoked"],
        streets: &["usr_maria"],
        nights: &[],
        set_aside: 0,
    },
    Case {
        send: &[
            "contract.started",
            "milestone.funded",
            "milestone.budget_low",
            "milestone.budget_depleted",
        ],
        streets: &["usr_maria"],
        nights: &[],
        set_aside: 0,
    },
    Case {
        send: &["contract.started", "unknown-type"],
        streets: &["usr_maria"],
        nights: &[],
        set_aside: 1,
    },
];

#[test]
fn every_sample_is_sent_by_a_case() {
    let sent: BTreeSet<_> = CASES.iter().flat_map(|case| case.send).copied().collect();
    assert_eq!(sent, SAMPLES.iter().map(|sample| sample.name).collect());
}

#[tokio::test]
async fn every_sample_does_what_it_says() {
    for case in CASES {
        play(async |w| {
            send(w, case.send).await;
            assert_eq!(w.members("street-scenes"), case.streets, "{:?}", case.send);
            assert_eq!(w.members("night-scenes"), case.nights, "{:?}", case.send);
            let connections = w.status().await["connections"].clone();
            let aside = connections[0]["quarantined"].as_array().map_or(0, Vec::len);
            assert_eq!(aside, case.set_aside, "{:?}", case.send);
        })
        .await;
    }
}
