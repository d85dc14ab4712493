//! What the pages show.

use reqwest::Method;

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
            "1 dead letter",
            "contract.started: OpenTrain answers 503 (request …",
            "href=\"/dead-letters\"",
            "1 connection can't be read",
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
            event.contains("event: changed") && event.contains("id: ") && event.contains("data: c"),
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
