//! The pages of the console.

use std::collections::BTreeSet;

use super::scene::{Scene, scene};
use crate::common::command::bridge;
use crate::common::world::World;
use crate::console::kit::{Console, start};

/// The pages with the queries that show one thing of the world.
const PAGES: &[&str] = &[
    "/",
    "/people",
    "/people?state=needs-you",
    "/people/of?what=usr_maria",
    "/people/of?what=usr_ben",
    "/people/of?what=usr_eve",
    "/people/of?what=usr_zoe",
    "/people/of?what={contract}",
    "/people/of?what=usr_unknown",
    "/people/retry?trainer=usr_eve",
    "/projects",
    "/projects/of?id=streets",
    "/budgets",
    "/budgets/of?contract={contract}",
    "/deliveries",
    "/deliveries?outcome=refused",
    "/dead-letters",
    "/dead-letters/of?id=901",
    "/dead-letters/redrive?id=901",
    "/dead-letters/drop?id=901",
    "/usage",
    "/audit",
    "/audit?trainer=usr_eve",
    "/audit/late",
    "/check",
    "/reconcile",
    "/reconcile/apply?plan=1",
    "/assets/style.css",
    "/assets/live.js",
    "/assets/icon.svg",
    "/favicon.ico",
    "/none",
];

/// Routes that are no page: the stream of changes has counts alone, and the link of the start is the secret itself.
const OTHERS: [&str; 2] = ["/live", "/open"];

/// Routes that only take a form; each run's page is read afterwards.
const RUNS: [&str; 3] = ["/check", "/audit/verify", "/reconcile/plan"];

/// [`Console`] searches each answer for canaries, and lets masked names pass.
async fn walk(console: &Console, scene: &Scene) {
    for page in PAGES {
        let answer = console.get(&scene.fill(page)).await;
        assert!(answer.status < 500, "{page}: {}", answer.body);
        scene.is_not_in(&answer.body);
        for (name, value) in &answer.headers {
            scene.is_not_in(&format!("{name}: {value:?}"));
        }
    }
}

#[tokio::test]
async fn no_page_of_the_console_shows_a_secret_or_an_address() {
    let routes = include_str!("../../../src/console/routes.rs");
    let routes = routes.split(".route(\"").skip(1);
    let routes: BTreeSet<_> = routes.map(|it| it.split('"').next().unwrap()).collect();
    assert!(routes.len() > 20);
    let pages = PAGES.iter().map(|it| it.split('?').next().unwrap());
    let walked: BTreeSet<_> = pages.chain(OTHERS).chain(RUNS).collect();
    let missed: Vec<_> = routes.difference(&walked).collect();
    assert!(missed.is_empty(), "no test reads {missed:?}");
    scene(async |world, scene| {
        let console = start(world, &["--allow-writes"]).await;
        walk(&console, scene).await;
        for run in RUNS {
            let next = console.post(run, &[]).await.next().to_owned();
            scene.is_not_in(&console.ended(&next).await.body);
        }
        walk(&console, scene).await;
        wrong(&console, scene).await;
        drop_letters(world).await;
    })
    .await;
}

/// Forms that are refused quote nothing of them but ids.
async fn wrong(console: &Console, scene: &Scene) {
    for path in [
        "/people/retry",
        "/dead-letters/redrive",
        "/dead-letters/drop",
        "/reconcile/apply",
    ] {
        let answer = console
            .post(path, &[("nonsense", "usr_1@opentrain.work")])
            .await;
        assert!(answer.status >= 400, "{path}: {}", answer.body);
        scene.is_not_in(&answer.body);
    }
}

async fn drop_letters(world: &World) {
    let drop = [
        "dead-letters",
        "drop",
        "901",
        "902",
        "--reason",
        "a test",
        "--yes",
    ];
    bridge(world, &drop).await.done();
}
