//! What the pages show.

use std::collections::BTreeSet;

use reqwest::Method;
use shared::ledger::{Access, AccessState, Expect, Hire, Member, Source, Stamp, Trainer};
use shared::model::ConnectionName;
use shared::model::clock::{Clock, SystemClock};
use shared::model::ids::TrainerId;

use crate::common::wait::until;
use crate::common::world::{Setup, World, play, play_with};
use crate::console::kit::{Console, start, unopened};
use crate::operate::dead_letters::bury;

const PROJECT: &str = "streets";

/// A trainer at work, and one whose access was removed.
async fn life(world: &World) -> (String, String) {
    let job = world.job(PROJECT).await;
    let contract = world.working(&job, PROJECT, "usr_maria").await;
    let over = world.working(&job, PROJECT, "usr_ben").await;
    world.ended(&over, PROJECT, "usr_ben").await;
    (contract, over)
}

/// The journal is stored once a second.
async fn stored(console: &Console) {
    let is_stored = async || {
        let page = console.page("/deliveries").await;
        page.body.contains("contract.ended")
    };
    until("the deliveries are stored", is_stored).await;
}

#[tokio::test]
async fn pages_show_what_needs_attention_and_access() {
    play(async |world| {
        let (contract, _) = life(world).await;
        let console = start(world, &[]).await;
        stored(&console).await;
        let overview = console.page("/").await;
        let overview = overview.has(&["Nothing needs an operator", "contract.started", "runs"]);
        // Everything comes from the console itself.
        for attribute in ["href", "src", "action"] {
            assert_eq!(overview.values(attribute, "http"), [""; 0]);
        }
        assert!(
            !overview.body.contains("style="),
            "inline styles are blocked"
        );
        let people = console.page("/people").await;
        let people = people.has(&["usr_maria", "Canary usr_maria", "granted", "removed"]);
        people.has(&[&contract]).lacks(&["usr_maria@", "Redrive"]);
        let person = console.page("/people/of?what=usr_ben").await;
        person.has(&["not in", "Timeline", "removal proven", "read back"]);
        let person = console.page(&format!("/people/of?what={contract}")).await;
        person
            .has(&["usr_maria", &contract])
            .lacks(&["Retry due work"]);
        let unknown = console.get("/people/of?what=usr_none").await.is(404);
        unknown.has(&["bridge status"]);
    })
    .await;
}

#[tokio::test]
async fn pages_show_projects_deliveries_and_audit() {
    play(async |world| {
        let (_, over) = life(world).await;
        let console = start(world, &[]).await;
        stored(&console).await;
        let projects = console.page("/projects").await;
        projects.has(&[PROJECT, "granted", "1 link"]);
        let project = console.page("/projects/of?id=streets").await;
        project.has(&["all contracts of job", "default", "granted"]);
        console.get("/projects/of?id=none").await.is(404);
        let deliveries = console.page("/deliveries").await;
        deliveries.has(&["contract.ended", "accepted", &over]);
        let filtered = console.page("/deliveries?type=contract.ended").await;
        filtered
            .has(&["contract.ended"])
            .lacks(&[">contract.started<"]);
        console
            .page("/dead-letters")
            .await
            .has(&["No dead letters."]);
        console
            .page("/budgets")
            .await
            .has(&["No budget was received yet"]);
        console.page("/usage").await.has(&["No day was lost"]);
        let audit = console.page("/audit").await;
        audit.has(&["access.removal-proven", "access.granted", "usr_ben"]);
        let audit = console.page("/audit?trainer=usr_maria").await;
        audit.has(&["access.granted"]).lacks(&["usr_ben"]);
        let late = console.page("/audit/late").await;
        late.has(&["0 removals were proven more than 24 hours", "usr_ben"]);
        console.page("/check").await.has(&["Not run yet"]);
        console
            .page("/reconcile")
            .await
            .has(&["No reconcile has run yet"]);
    })
    .await;
}

#[tokio::test]
async fn slow_parts_run_by_a_button() {
    play(async |world| {
        life(world).await;
        let console = start(world, &[]).await;
        assert_eq!(console.post("/check", &[]).await.next(), "/check");
        let checked = console.ended("/check").await;
        checked.has(&["good", "install", "tool"]);
        assert_eq!(console.post("/audit/verify", &[]).await.next(), "/audit");
        let verified = console.ended("/audit").await;
        verified.has(&["whole", "in 2 chains"]);
    })
    .await;
}

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
        ledger
            .put_document(&id, &trainer, Expect::Absent)
            .await
            .unwrap();
    }
}

/// The trainers of a page, and the address of the next one.
async fn listed(console: &Console, path: &str) -> (BTreeSet<String>, Option<String>) {
    let page = console.page(path).await;
    let trainers = page.values("href", "/people/of?what=usr_").into_iter();
    let next = page.values("href", "/people?").into_iter();
    let next = next.filter(|it| it.contains("after=")).next_back();
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
        empty.has(&["No row has these filters"]);
    })
    .await;
}

#[tokio::test]
async fn a_failed_read_is_shown_with_its_fix_and_never_as_empty() {
    play(async |world| {
        let missing = world.folder.path().join("gone.db");
        let mut console = unopened(world, &missing, &[]).await;
        console.open().await;
        let overview = console.page("/").await;
        let overview = overview.has(&["could not be read", "gone.db"]);
        overview.lacks(&["Nothing needs an operator", "No deliveries yet"]);
        for path in [
            "/people",
            "/projects",
            "/budgets",
            "/dead-letters",
            "/usage",
            "/audit",
        ] {
            let page = console.get(path).await.is(502);
            page.has(&["could not be read", "gone.db"])
                .lacks(&["class=\"empty\""]);
        }
        let deliveries = console.get("/deliveries").await;
        deliveries.has(&["gone.db"]).lacks(&["class=\"empty\""]);
    })
    .await;
}

#[tokio::test]
async fn what_needs_an_operator_comes_first() {
    let setup = Setup {
        dead: 1,
        ..Setup::default()
    };
    play_with(setup, async |world| {
        let job = world.job(PROJECT).await;
        world.working(&job, PROJECT, "usr_maria").await;
        bury(
            world,
            901,
            "usr_ben",
            "OpenTrain answers 503 (request req_1)",
        );
        let faulty = world.folder.path().join("none.json");
        std::fs::write(&faulty, "not JSON").unwrap();
        let console = start(world, &[]).await;
        let page = console
            .page("/")
            .await
            .lacks(&["Nothing needs an operator"]);
        page.has(&[
            "1 dead letter: contract.started",
            "OpenTrain answers 503 (request …",
            "href=\"/dead-letters\"",
            "Stored connections can't be read",
        ]);
    })
    .await;
}

#[tokio::test]
async fn a_change_is_reported_by_the_stream() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let console = start(world, &[]).await;
        let page = console.page("/").await;
        let seen = page.values("data-change", "").remove(0);
        let request = console.request(Method::GET, &format!("/live?since={seen}"));
        let mut stream = request.send().await.unwrap();
        assert_eq!(stream.headers()["content-type"], "text/event-stream");
        world.hire(&job, &world.trainer("usr_maria"));
        let part = stream.chunk().await.unwrap().unwrap();
        let event = String::from_utf8(part.to_vec()).unwrap();
        assert!(
            event.contains("event: changed") && event.contains("id: "),
            "{event}"
        );
        world.idle().await;
        let old = console
            .request(Method::GET, "/live")
            .header("last-event-id", &seen);
        let mut old = old.send().await.unwrap();
        let part = old.chunk().await.unwrap().unwrap();
        assert!(
            String::from_utf8_lossy(&part).contains("changed"),
            "what was missed is reported"
        );
    })
    .await;
}
