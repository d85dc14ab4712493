//! `bridge console --stack`.

use crate::console_kit::Console;
use crate::scene::{PROJECT, STACK, Scene};
use crate::statements::hired;

#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn pages_show_a_stack_and_change_it() {
    let scene = Scene::connected().await;
    let (maria, contract) = hired(&scene).await;
    let args = ["console", "--stack", STACK, "--allow-writes"];
    let mut console = Console::spawn(scene.command(&args)).await;
    console.open().await;
    let overview = console.page("/").await;
    overview.has(&[
        "stack labels",
        "functions of the stack",
        "Changes are allowed",
    ]);
    let people = console.page("/people").await;
    people.has(&[&maria, &contract, PROJECT, "granted"]);
    let explain = format!("/people/of?what={maria}");
    console.page(&explain).await.has(&["Timeline", "granted"]);
    let deliveries = console.page("/deliveries").await;
    deliveries.has(&["/aws/lambda/labels-webhook"]);
    for path in [
        "/projects",
        "/budgets",
        "/dead-letters",
        "/usage",
        "/audit",
        "/check",
    ] {
        console.page(path).await.lacks(&["could not be read"]);
    }
    console.post("/reconcile/plan", &[]).await.is(303);
    let plan = console.ended("/reconcile").await;
    plan.has(&["0 to remove, 0 to grant"]);
    let done = console.post("/people/retry", &[("trainer", &maria)]).await;
    console.page(done.next()).await.has(&["Requested"]);
    assert_eq!(scene.provision().await, 1);
    let audit = scene.bridge(&["audit"]).await.json();
    assert!(audit.to_string().contains("operator.retry"), "{audit}");
    scene.close();
}
