//! Reports of work and budget notices.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use simulator::{NoticeLevel, Work};

use super::super::stage::{PROJECT, Stage};
use super::super::tell::Teller;
use super::trainer;

const HOUR: u64 = 3600;

pub(super) async fn play(stage: &Stage, tell: &mut Teller) -> anyhow::Result<()> {
    let noor = trainer(stage, "usr_noor", "Noor A.")?;
    let contract = stage.opentrain.hire(&stage.job, &noor)?;
    stage.until_access(&noor, true).await?;
    stage.opentrain.fund(&contract, 10.0, 200.0)?;
    stage.idle().await?;
    work_is_reported(stage, tell, &noor, &contract).await?;
    work_is_corrected(stage, tell, &noor, &contract).await?;
    money_runs_low(stage, tell, &noor).await?;
    money_runs_out(stage, tell, &noor).await?;
    money_comes_back(stage, tell, &contract).await
}

async fn work_is_reported(
    stage: &Stage,
    tell: &mut Teller,
    noor: &str,
    contract: &str,
) -> anyhow::Result<()> {
    tell.act("Noor is hired with 10 funded hours, and works for 3");
    tell.deliveries(&stage.opentrain);
    stage
        .tool
        .record_work(PROJECT, noor, today(stage), Work::new(3 * HOUR, 36, 140))?;
    let days = stage.bridge.usage().await?;
    tell.sent(&format!("POST /contracts/{contract}/usage: {days} day"));
    tell.claim(
        "OpenTrain has 3 hours for today",
        hours(stage, contract)? == 3,
    )
}

async fn work_is_corrected(
    stage: &Stage,
    tell: &mut Teller,
    noor: &str,
    contract: &str,
) -> anyhow::Result<()> {
    tell.act("The day is corrected to 4 hours, and reported twice");
    stage
        .tool
        .correct_work(PROJECT, noor, today(stage), Work::new(4 * HOUR, 48, 190))?;
    let first = stage.bridge.usage().await?;
    let asked = stage.opentrain.usage_requests();
    let second = stage.bridge.usage().await?;
    tell.sent(&format!(
        "POST /contracts/{contract}/usage: {first} day, then nothing"
    ));
    tell.claim("OpenTrain has 4 hours, not 7", hours(stage, contract)? == 4)?;
    tell.claim(
        "unchanged totals are not sent again",
        second == 0 && stage.opentrain.usage_requests() == asked,
    )
}

async fn money_runs_low(stage: &Stage, tell: &mut Teller, noor: &str) -> anyhow::Result<()> {
    tell.act("8 of the 10 hours are worked");
    work(stage, noor, 8).await?;
    tell.deliveries(&stage.opentrain);
    tell.claim(
        "the project in the tool shows a warning: 80 % is consumed",
        shows(stage) == Some(NoticeLevel::Warning),
    )
}

async fn money_runs_out(stage: &Stage, tell: &mut Teller, noor: &str) -> anyhow::Result<()> {
    tell.act("All 10 hours are worked");
    work(stage, noor, 10).await?;
    tell.deliveries(&stage.opentrain);
    tell.claim(
        "the project shows that funded work is exhausted",
        shows(stage) == Some(NoticeLevel::Exhausted),
    )?;
    let notice = stage.tool.notice(PROJECT);
    let text = notice.map(|notice| notice.text).unwrap_or_default();
    anstream::println!(
        "        {}",
        crate::paint::paint(crate::paint::DIM, &format!("“{text}”"))
    );
    Ok(())
}

async fn money_comes_back(stage: &Stage, tell: &mut Teller, contract: &str) -> anyhow::Result<()> {
    tell.act("The customer funds 20 more hours");
    stage.opentrain.fund(contract, 20.0, 400.0)?;
    stage.idle().await?;
    tell.deliveries(&stage.opentrain);
    tell.claim("the notice is removed", shows(stage).is_none())
}

async fn work(stage: &Stage, trainer: &str, hours: u64) -> anyhow::Result<()> {
    let work = Work::new(hours * HOUR, hours * 12, hours * 48);
    stage
        .tool
        .correct_work(PROJECT, trainer, today(stage), work)?;
    stage.bridge.usage().await?;
    stage.idle().await
}

fn hours(stage: &Stage, contract: &str) -> anyhow::Result<u64> {
    let rows = stage.opentrain.usage(contract)?;
    Ok(rows.iter().filter_map(|row| row.seconds).sum::<u64>() / HOUR)
}

fn shows(stage: &Stage) -> Option<NoticeLevel> {
    stage.tool.notice(PROJECT).map(|notice| notice.level)
}

fn today(stage: &Stage) -> Date {
    stage.now().to_zoned(TimeZone::UTC).date()
}
