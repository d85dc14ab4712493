//! `bridge employer contracts`, `milestones` and `end`.

use shared::model::ids::{ContractId, JobId, MilestoneId};
use shared::opentrain::ContractStatus;
use shared::opentrain::public::{Contract, ContractsQuery, Milestone, NewMilestone, Requested};

use super::approvals::{What, requested};
use super::args::{
    CreateMilestoneArgs, EmployerContractsArgs, EndContractArgs, MilestoneAction, MilestonesArgs,
};
use super::print::{cell, json, members, number, own, page, table, text, usd};
use super::session::Session;
use crate::confirm::confirm;
use crate::exit::CliError;
use crate::paint::{DIM, GOOD, paint};
use crate::screen::cells;

pub(super) async fn list(args: &EmployerContractsArgs, session: &Session) -> Result<(), CliError> {
    if let Some(id) = &args.contract {
        return show(&ContractId::from(id.as_str()), session).await;
    }
    let query = ContractsQuery {
        job: args.job.as_deref().map(JobId::from),
        status: args.status.map(Into::into),
    };
    let contracts = session.client.contracts(&query).await?;
    let columns = ["contract", "status", "job", "trainer", "milestones"];
    let empty = "No contract. Hire with `bridge employer hire PROPOSAL`.";
    page(&contracts, session.json, (columns, empty), row)
}

fn row(contract: &Contract) -> [comfy_table::Cell; 5] {
    let style = match contract.status {
        ContractStatus::Active => GOOD,
        _ => DIM,
    };
    let milestone = |it: &Milestone| {
        let status = text(it.status.as_deref());
        format!("{} {status} {}", it.id, usd(it.amount_usd))
    };
    [
        cell(&contract.id),
        own(paint(style, contract.status.as_str())),
        cell(job(contract)),
        cell(trainer(contract)),
        cells(contract.milestones.iter().map(milestone)),
    ]
}

fn job(contract: &Contract) -> String {
    let id = contract.job_id.as_ref().map_or("", JobId::as_str);
    format!("{id} {}", text(contract.title.as_deref()))
}

fn trainer(contract: &Contract) -> String {
    let trainer = contract.freelancer.as_ref();
    trainer.map_or_else(String::new, |it| {
        format!("{} {}", it.user_id, it.display_name.expose())
    })
}

async fn show(id: &ContractId, session: &Session) -> Result<(), CliError> {
    let contract = session.client.contract(id).await?;
    if session.json {
        return json(&contract);
    }
    let budget = contract.budget.as_ref();
    let payment = contract.payment_type.as_ref();
    members([
        ("contract", contract.id.to_string()),
        ("status", contract.status.to_string()),
        ("job", job(&contract)),
        ("trainer", trainer(&contract)),
        (
            "payment",
            payment.map_or_else(String::new, ToString::to_string),
        ),
        ("rate", usd(contract.rate_usd)),
        ("funded", number(budget.and_then(|it| it.funded_volume))),
        ("consumed", number(budget.and_then(|it| it.consumed_volume))),
        (
            "budget",
            budget.map_or_else(String::new, |it| it.state.to_string()),
        ),
    ]);
    let mut rows = table(["milestone", "name", "status", "amount", "volume", "due"]);
    for it in &contract.milestones {
        let status = match it.pending_approval {
            true => format!("{}, payout requested", text(it.status.as_deref())),
            false => text(it.status.as_deref()),
        };
        rows.add_row([
            cell(&it.id),
            cell(text(it.name.as_deref())),
            cell(status),
            cell(usd(it.amount_usd)),
            cell(number(it.volume)),
            cell(text(it.due_date.as_deref())),
        ]);
    }
    anstream::println!("{rows}");
    Ok(())
}

pub(super) async fn milestones(args: MilestonesArgs, session: &Session) -> Result<(), CliError> {
    let client = &session.client;
    let (text, wait, answer) = match args.action {
        MilestoneAction::Create(args) => return create(args, session).await,
        MilestoneAction::Fund(args) => {
            let id = MilestoneId::from(args.milestone.as_str());
            let answer = client.fund_milestone(&id).await?;
            (format!("funding of {id}"), args.wait, answer)
        }
        MilestoneAction::Approve(args) => {
            let id = MilestoneId::from(args.milestone.as_str());
            let answer = client.approve_milestone(&id).await?;
            (format!("payout of {id}"), args.wait, answer)
        }
    };
    requested(session, What { text, wait }, answer).await
}

async fn create(args: CreateMilestoneArgs, session: &Session) -> Result<(), CliError> {
    let contract = ContractId::from(args.contract.as_str());
    let new = NewMilestone {
        description: args.description,
        name: args.name,
        amount_usd: args.amount,
        volume: args.volume,
        due_date: args.due.map(|day| day.to_string()),
    };
    let made = session.client.create_milestone(&contract, &new).await?;
    if session.json {
        return json(&made);
    }
    let amount = usd(made.amount_usd);
    anstream::println!(
        "{} {}, {amount}, not funded yet",
        paint(GOOD, "Added:"),
        made.id
    );
    anstream::println!("  bridge employer milestones fund {}", made.id);
    Ok(())
}

pub(super) async fn end(args: &EndContractArgs, session: &Session) -> Result<(), CliError> {
    let id = ContractId::from(args.contract.as_str());
    let question = format!("End {id} for good? The trainer loses access to the linked projects.");
    confirm(&question, "the contract was not ended", args.yes)?;
    let ended = session.client.end_contract(&id).await?;
    if let Some(approval) = ended.approval {
        let what = What {
            text: format!("end of {id}, which has a funded milestone"),
            wait: args.wait,
        };
        let answer = Requested {
            approval,
            other: ended.other,
        };
        return requested(session, what, answer).await;
    }
    if session.json {
        return json(&ended);
    }
    anstream::println!("{} {id}", paint(GOOD, "Ended:"));
    Ok(())
}
