//! The acts, in order. Each ends with data that was read back from the tool and from OpenTrain.

mod access;
mod money;
mod repair;

use simulator::TrainerOptions;

use super::stage::Stage;
use super::tell::Teller;

pub(super) async fn play(stage: &mut Stage, tell: &mut Teller) -> anyhow::Result<()> {
    access::play(stage, tell).await?;
    money::play(stage, tell).await?;
    repair::play(stage, tell).await?;
    nothing_left_over(stage, tell).await
}

fn trainer(stage: &Stage, id: &str, name: &str) -> anyhow::Result<String> {
    Ok(stage.opentrain.create_trainer(TrainerOptions {
        id: Some(id.into()),
        display_name: name.into(),
        work_email: Some(format!("{id}@opentrain.work")),
        ..TrainerOptions::default()
    })?)
}

async fn nothing_left_over(stage: &Stage, tell: &mut Teller) -> anyhow::Result<()> {
    tell.act("The final state is checked");
    let depth = stage.queue()?.depth().await?;
    tell.claim(
        "the queue is empty and has no dead letters",
        depth == shared::queue::Depth::default(),
    )?;
    let strict = stage.opentrain.violations().is_empty() && stage.tool.violations().is_empty();
    tell.claim(
        "all calls to OpenTrain and to the tool follow their contracts",
        strict,
    )
}
