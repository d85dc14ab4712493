//! Lists have pages, by the key of their last row.

use std::collections::BTreeSet;

use shared::ledger::audit::{AuditEvent, Entry};
use shared::ledger::{Access, AccessState, Expect, Hire, Member, Source, Stamp, Trainer, Written};
use shared::model::ConnectionName;
use shared::model::clock::{Clock, SystemClock};
use shared::model::ids::TrainerId;

use crate::common::world::{World, play};
use crate::console::kit::{Console, start};

const PROJECT: &str = "streets";

/// Trainers with access, without the tool.
async fn fill(world: &World, count: usize) {
    let now = SystemClock.now();
    for number in 0..count {
        let id = TrainerId::new(format!("usr_{number:04}"));
        let name = ConnectionName::default();
        let hire = Hire {
            connection: name.clone(),
            contract: format!("ctr_{number:04}").as_str().into(),
            link: "plk_1".into(),
            trainer: id.clone(),
            project: PROJECT.into(),
            managed: false,
            start: Some(Stamp {
                source: Source::Api { asked_at: now },
                connection: name,
                install: None,
                merged_at: now,
            }),
            started_at: Some(now),
            unconfirmed: false,
            barred: false,
            first_day: None,
        };
        let state = match number % 10 {
            0 => AccessState::Invited,
            _ => AccessState::Granted,
        };
        let trainer = Trainer {
            hires: vec![hire],
            member: Member {
                display_name: Some("<script>alert(1)</script>".to_owned()),
                ..Member::default()
            },
            access: [(PROJECT.into(), Access::new(&PROJECT.into(), state, now))].into(),
            ..Trainer::default()
        };
        let ledger = world.bridge.ledger();
        let entries = vec![Entry::new(AuditEvent::Granted, now)];
        let written = ledger.put_recorded(&id, &trainer, Expect::Absent, entries);
        assert!(matches!(written.await.unwrap(), Written::Stored(_)));
    }
}

/// The trainers of a page, and the address of the next one.
async fn listed(console: &Console, path: &str) -> (BTreeSet<String>, Option<String>) {
    let page = console.page(path).await;
    let trainers = page.values("href", "/people/of?what=usr_").into_iter();
    let mut next = page.values("href", "/people?").into_iter();
    let next = next.rfind(|it| it.contains("after="));
    (trainers.collect(), next)
}

#[tokio::test]
async fn lists_are_paged_by_key_and_keep_their_filters() {
    play(async |world| {
        fill(world, 230).await;
        let console = start(world, &[]).await;
        let page = console.page("/people").await;
        page.lacks(&["<script>alert"]).has(&["&lt;script&gt;alert"]);
        let mut seen = BTreeSet::new();
        let mut next = Some("/people?state=granted".to_owned());
        let mut sizes = Vec::new();
        while let Some(path) = next {
            let (trainers, later) = listed(&console, &path).await;
            sizes.push(trainers.len());
            assert!(seen.is_disjoint(&trainers), "a row is on two pages");
            seen.extend(trainers);
            assert!(
                later.iter().all(|it| it.contains("state=granted")),
                "{later:?}"
            );
            next = later;
        }
        assert_eq!(sizes, [100, 100, 7]);
        let (invited, none) = listed(&console, "/people?state=invited").await;
        assert_eq!((invited.len(), none), (23, None));
        let empty = console.page("/people?state=removed&project=streets").await;
        empty.has(&["No row matches these filters"]);
    })
    .await;
}

/// The number of rows on each page of a list.
async fn sizes(console: &Console, first: &str, row: &str) -> Vec<usize> {
    let mut next = Some(first.to_owned());
    let mut sizes = Vec::new();
    while let Some(path) = next {
        let page = console.page(&path).await;
        sizes.push(page.body.matches(row).count());
        let later = page.body.split("class=\"pager\"").nth(1);
        let link = later.and_then(|rest| Some(rest.split_once("href=\"")?.1.split_once('"')?.0));
        next = link.map(|link| link.replace("&amp;", "&"));
    }
    sizes
}

#[tokio::test]
async fn deliveries_and_audit_rows_are_paged_by_key() {
    play(async |world| {
        fill(world, 130).await;
        let db = rusqlite::Connection::open(world.file()).unwrap();
        db.busy_timeout(std::time::Duration::from_secs(30)).unwrap();
        for number in 0..130 {
            // Several have the same time.
            db.execute(
                "INSERT INTO journal_delivery (at, outcome, kind, connection, took_ms) VALUES (?, 'accepted', 'contract.started', 'default', 1)",
                [SystemClock.now().as_millisecond() + number / 20],
            )
            .unwrap();
        }
        let console = start(world, &[]).await;
        let deliveries = sizes(&console, "/deliveries?outcome=accepted", ">contract.started<");
        assert_eq!(deliveries.await, [100, 30]);
        assert_eq!(sizes(&console, "/audit", ">access.granted<").await, [100, 30]);
    })
    .await;
}
