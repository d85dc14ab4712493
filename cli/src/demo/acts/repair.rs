//! Repair of lost webhooks.

use std::time::Duration;

use simulator::EndpointStatus;

use super::super::stage::Stage;
use super::super::tell::Teller;
use super::trainer;

/// OpenTrain's retry schedule, with a margin.
const LADDER: [u64; 4] = [60, 5 * 60, 30 * 60, 2 * 60 * 60];

/// Number of consecutive failed deliveries that disable the endpoint.
const FAILURES: usize = 10;

pub(super) async fn play(stage: &mut Stage, tell: &mut Teller) -> anyhow::Result<()> {
    let rui = trainer(stage, "usr_rui", "Rui P.")?;
    the_bridge_is_away(stage, tell, &rui).await?;
    the_reconciler_comes(stage, tell, &rui).await
}

async fn the_bridge_is_away(stage: &mut Stage, tell: &mut Teller, rui: &str) -> anyhow::Result<()> {
    tell.act("The bridge is down for hours; Rui is hired meanwhile");
    stage.bridge.stop().await?;
    let contract = stage.opentrain.hire(&stage.job, rui)?;
    for _ in 1..FAILURES {
        stage.opentrain.fund(&contract, 1.0, 20.0)?;
    }
    stage.opentrain.settle().await?;
    for step in LADDER {
        stage.opentrain.skip(Duration::from_secs(step));
        stage.opentrain.settle().await?;
    }
    tell.deliveries_in_brief(&stage.opentrain);
    let endpoint = stage.endpoint()?;
    tell.claim(
        "ten deliveries failed in a row: OpenTrain has disabled the endpoint",
        endpoint.status == EndpointStatus::Disabled,
    )?;
    tell.claim(
        "Rui has no access: his hire was missed",
        stage.access(rui).await?.is_none(),
    )
}

async fn the_reconciler_comes(
    stage: &mut Stage,
    tell: &mut Teller,
    rui: &str,
) -> anyhow::Result<()> {
    tell.act("The bridge starts again, and compares the ledger with OpenTrain");
    stage.start_bridge().await?;
    stage.bridge.reconcile().await?;
    stage.until_access(rui, true).await?;
    let has_access = stage.access(rui).await?.is_some();
    tell.claim("Rui has access without any delivery about him", has_access)?;
    tell.claim(
        "the endpoint is active again",
        stage.endpoint()?.status == EndpointStatus::Active,
    )?;
    stage.opentrain.skip(Duration::from_secs(6 * 60));
    stage.idle().await?;
    tell.deliveries_in_brief(&stage.opentrain);
    let delivered = stage
        .opentrain
        .deliveries()
        .iter()
        .all(|it| it.status == simulator::DeliveryStatus::Delivered);
    tell.claim(
        "the failed deliveries were redelivered and received",
        delivered,
    )?;
    tell.claim(
        "Rui still has access, once",
        stage.access(rui).await?.is_some(),
    )
}
