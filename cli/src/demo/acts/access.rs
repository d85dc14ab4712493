//! Grants and revocations of access.

use std::time::{Duration, Instant};

use anyhow::Context;
use shared::http::{BaseUrl, client};
use shared::ledger::{Access, AccessState};
use shared::model::failure::Cause;
use shared::model::ids::{JobId, TrainerId};
use shared::model::signature::{TOLERANCE, WebhookSecret};
use shared::opentrain::public::{Approval, Hire, HireMilestone, JobStatus, PageQuery};
use simulator::{EventType, Fault, Hold, ToolCall, What};

use super::super::stage::{PROJECT, Stage};
use super::super::tell::Teller;
use super::trainer;

/// Trainer of the forged delivery.
const FORGED: &str = "usr_nobody";

pub(super) async fn play(stage: &Stage, tell: &mut Teller) -> anyhow::Result<()> {
    post_a_job(stage, tell).await?;
    connect(stage, tell)?;
    let maria = trainer(stage, "usr_maria", "Maria S.")?;
    let first = hire(stage, tell, &maria).await?;
    the_same_again(stage, tell, &maria).await?;
    an_end_overtakes_its_start(stage, tell).await?;
    let second = a_second_contract(stage, tell, &maria, &first).await?;
    forged_and_stale(stage, tell).await?;
    tool_down_and_back(stage, tell).await?;
    last_contract_ends(stage, tell, &maria, &second).await
}

async fn post_a_job(stage: &Stage, tell: &mut Teller) -> anyhow::Result<()> {
    tell.act("An employer posts a job");
    tell.sent("POST /job-drafts: a job by the hour");
    tell.sent(&format!("POST /jobs/{}/publish", stage.job));
    let mine = stage.employer.my_jobs(&PageQuery::default()).await?;
    let mut mine = mine.items.readable().iter();
    let is_open =
        mine.any(|own| own.id.as_str() == stage.job && own.status == Some(JobStatus::Open));
    tell.claim("the job is open for trainers", is_open)
}

fn connect(stage: &Stage, tell: &mut Teller) -> anyhow::Result<()> {
    tell.act("A customer connects: consent, a link, a subscription");
    tell.sent(&format!(
        "POST /project-links: job {} ↔ project {PROJECT}",
        stage.job
    ));
    tell.sent(&format!(
        "POST /webhook-endpoints: all eight event types → {}",
        stage.hook()
    ));
    tell.claim(
        "OpenTrain has the link",
        stage
            .opentrain
            .links()
            .iter()
            .any(|link| link.id == stage.link.id.as_str()),
    )?;
    tell.claim(
        "OpenTrain has one endpoint; only the bridge has its secret",
        stage.opentrain.endpoints().len() == 1,
    )
}

async fn hire(stage: &Stage, tell: &mut Teller, maria: &str) -> anyhow::Result<String> {
    tell.act("Maria proposes, and the employer hires her");
    let approval = ask_to_hire(stage, tell, maria).await?;
    tell.sent(&format!("a human confirms {} on its page", approval.id));
    let hired = Instant::now();
    stage.human.confirm(approval.id.as_str()).await?;
    let confirmed = stage.employer.approval(&approval.id).await?;
    let contract = confirmed.hired_contract();
    let contract = contract
        .context("the confirmed hire has no contract")?
        .to_string();
    stage.until_access(maria, true).await?;
    let took = hired.elapsed();
    stage.idle().await?;
    tell.deliveries(&stage.opentrain);
    tell.claim(
        &format!("Maria has access, {} ms after the hire", took.as_millis()),
        took < Duration::from_secs(1),
    )?;
    Ok(contract)
}

/// Asks to hire the trainer. Nothing happens before a human confirms.
async fn ask_to_hire(stage: &Stage, tell: &mut Teller, trainer: &str) -> anyhow::Result<Approval> {
    stage.human.propose(&stage.job, Some(trainer)).await?;
    let job = JobId::from(stage.job.as_str());
    let proposals = stage
        .employer
        .proposals(&job, &PageQuery::default())
        .await?;
    let proposal = proposals.items.readable().first();
    let proposal = proposal.context("the job has no proposal")?.id.clone();
    let hire = Hire {
        milestone: HireMilestone {
            name: Some("First week".to_owned()),
            amount: 200.0,
            ..HireMilestone::default()
        },
        despite_not_a_fit: false,
    };
    let approval = stage.employer.hire(&proposal, &hire).await?.approval;
    tell.sent(&format!(
        "POST /proposals/{proposal}/hire → 202, {}",
        approval.id
    ));
    tell.claim(
        "nothing is spent and no access is granted before a human confirms",
        stage.opentrain.contracts().is_empty() && stage.access(trainer).await?.is_none(),
    )?;
    Ok(approval)
}

async fn the_same_again(stage: &Stage, tell: &mut Teller, maria: &str) -> anyhow::Result<()> {
    tell.act("The same delivery is redelivered");
    let before = stage.tool.writes_of(PROJECT, maria);
    for delivery in stage.opentrain.deliveries() {
        stage.opentrain.replay(&delivery.id)?;
    }
    stage.idle().await?;
    tell.deliveries(&stage.opentrain);
    let after = stage.tool.writes_of(PROJECT, maria);
    tell.claim(
        "nothing was written to the tool, and Maria still has access",
        after == before && stage.access(maria).await?.is_some(),
    )
}

async fn an_end_overtakes_its_start(stage: &Stage, tell: &mut Teller) -> anyhow::Result<()> {
    tell.act("Tomas's contract ends before its start is delivered");
    let tomas = trainer(stage, "usr_tomas", "Tomas K.")?;
    stage.opentrain.hold(Hold::of(EventType::ContractStarted));
    let contract = stage.opentrain.hire(&stage.job, &tomas)?;
    stage.opentrain.end_contract(&contract)?;
    stage.idle().await?;
    stage.opentrain.release();
    stage.idle().await?;
    tell.deliveries(&stage.opentrain);
    tell.claim(
        "Tomas never had access",
        stage.access(&tomas).await?.is_none() && stage.tool.writes_of(PROJECT, &tomas).puts == 0,
    )
}

async fn a_second_contract(
    stage: &Stage,
    tell: &mut Teller,
    maria: &str,
    first: &str,
) -> anyhow::Result<String> {
    tell.act("Maria gets a second contract, then the first one ends");
    let second = stage.opentrain.hire(&stage.job, maria)?;
    stage.idle().await?;
    stage.opentrain.end_contract(first)?;
    stage.idle().await?;
    tell.deliveries(&stage.opentrain);
    tell.claim(
        "Maria keeps access through the second contract",
        stage.access(maria).await?.is_some(),
    )?;
    Ok(second)
}

async fn forged_and_stale(stage: &Stage, tell: &mut Teller) -> anyhow::Result<()> {
    tell.act("A forged and a replayed delivery arrive");
    let body = crate::samples::find("contract.started")
        .map_or("", |sample| sample.body)
        .replace("usr_maria", FORGED);
    let body = body.as_bytes();
    let url = stage.hook();
    let forged = WebhookSecret::new("whsec_guessed");
    let forged = forged
        .map(|secret| secret.sign(body, stage.now()))
        .unwrap_or_default();
    let long_ago = stage.now() - TOLERANCE - Duration::from_secs(1);
    let stale = stage.sides.secret.sign(body, long_ago);
    let client = client(&BaseUrl::parse(&url)?, Duration::from_secs(10))?;
    for (what, signature) in [
        ("a forged signature", forged),
        ("a valid signature, 301 s old", stale),
    ] {
        let request = client
            .post(&url)
            .header("X-OpenTrain-Signature", signature)
            .body(body.to_vec());
        let status = request.send().await?.status().as_u16();
        tell.sent(&format!("POST /hooks/default with {what} → {status}"));
        tell.claim("it was refused with 401", status == 401)?;
    }
    stage.idle().await?;
    let known = stage.ledger()?.trainer(&TrainerId::from(FORGED)).await?;
    tell.claim(
        "neither the ledger nor the tool has changed",
        known.hires.is_empty() && stage.access(FORGED).await?.is_none(),
    )
}

async fn tool_down_and_back(stage: &Stage, tell: &mut Teller) -> anyhow::Result<()> {
    tell.act("The tool is down while Ines is hired");
    let ines = trainer(stage, "usr_ines", "Ines M.")?;
    stage
        .tool
        .fault(Fault::lasting(ToolCall::PutMember, What::status(503)));
    stage.opentrain.hire(&stage.job, &ines)?;
    stage.opentrain.settle().await?;
    stage
        .tool
        .until(|tool| tool.requests().get(&ToolCall::PutMember).copied() > Some(1))
        .await?;
    tell.deliveries(&stage.opentrain);
    tell.claim(
        "the delivery was acknowledged; Ines has no access yet",
        stage.access(&ines).await?.is_none(),
    )?;
    stage.tool.clear_faults();
    tell.sent("the tool is back; the bridge retries 5 s after its first attempt");
    stage.until_access(&ines, true).await?;
    stage.idle().await?;
    let trainer = stage.ledger()?.trainer(&TrainerId::new(&ines)).await?;
    let trouble = trainer.access.values().any(|access| {
        access
            .trouble
            .as_ref()
            .is_some_and(|it| it.cause <= Cause::Transient)
    });
    tell.claim(
        "Ines has access; nothing was lost and no operator had to act",
        !trouble,
    )
}

async fn last_contract_ends(
    stage: &Stage,
    tell: &mut Teller,
    maria: &str,
    contract: &str,
) -> anyhow::Result<()> {
    tell.act("Maria's last contract ends");
    stage.opentrain.end_contract(contract)?;
    stage.until_access(maria, false).await?;
    stage.idle().await?;
    tell.deliveries(&stage.opentrain);
    tell.claim(
        "Maria has no access: the tool answers 404 for her",
        stage.access(maria).await?.is_none(),
    )?;
    let known = stage.ledger()?.trainer(&TrainerId::new(maria)).await?;
    let is_proven = |access: &Access| access.state == AccessState::Removed && access.looks == 0;
    tell.claim(
        "the bridge has recorded it, and checks again in 15 minutes and in a day",
        !known.access.is_empty() && known.access.values().all(is_proven),
    )
}
