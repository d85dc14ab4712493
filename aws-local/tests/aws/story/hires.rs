//! `bridge demo` with the functions.

use bridge::demo;

use crate::story::deployed::Deployed;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-aws"]
async fn every_claim_of_the_demo_holds_for_the_functions() {
    let deployed = Deployed::new().await.unwrap();
    demo::perform(Box::new(deployed)).await.unwrap();
}
