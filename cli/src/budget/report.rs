//! Report of `bridge budget`. Its fields are the JSON output.

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use shared::ledger::{
    BudgetRow, Entitlement, Hire, Ledger, LedgerError, Policy, Projects, RosterRow, entitlement,
};
use shared::model::ConnectionName;
use shared::model::failure::Trouble;
use shared::model::ids::{ContractId, ProjectId};
use shared::notice::{level, newest};
use shared::opentrain::{Budget, BudgetState, PaymentType};
use shared::tool::{Notice, NoticeLevel};

/// Contracts with a known budget, the worst first, and the notices about them.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    pub contracts: Vec<Row>,
    /// One row for each project that has a notice, or should have one.
    pub notices: Vec<Shown>,
}

/// Newest known budget of one contract.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    pub connection: ConnectionName,
    pub contract: ContractId,
    /// Projects in which trainers work on the contract.
    pub projects: BTreeSet<ProjectId>,
    /// Whether a trainer has access through the contract now.
    pub live: bool,
    #[schemars(with = "Option<String>")]
    pub payment_type: Option<PaymentType>,
    /// As OpenTrain states it: `OK`, `LOW`, `DEPLETED`, or another text.
    #[schemars(with = "String")]
    pub state: BudgetState,
    /// Level of the notice that the state causes; `None` if it causes none.
    pub level: Option<NoticeLevel>,
    /// In hours or labels, like `consumed`.
    pub funded: Option<f64>,
    pub consumed: Option<f64>,
    /// Consumed share of the funded amount, as OpenTrain reports it; `None` if there is no such share.
    pub fraction: Option<f64>,
    /// Time of the newest report of the budget.
    pub reported_at: Timestamp,
}

/// The notice on one project.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Shown {
    pub project: ProjectId,
    /// Notice that the tool shows.
    pub notice: Option<Notice>,
    /// Whether the tool can show notices.
    pub placed: bool,
    /// Failure of the last attempt to show the notice.
    pub trouble: Option<Trouble>,
}

impl Report {
    pub async fn read(
        ledger: &Ledger,
        policy: &Policy,
        projects: &Projects,
        connections: Vec<ConnectionName>,
    ) -> Result<Self, LedgerError> {
        let mut contracts = Vec::new();
        for connection in connections {
            for row in ledger.budgets(&connection).await? {
                let roster = ledger
                    .roster_of_contract(&connection, &row.contract)
                    .await?;
                let standing = (policy, projects);
                contracts.extend(row_of(ledger, standing, &connection, &row, &roster).await?);
            }
        }
        contracts.sort_by(|a, b| {
            let worst = (b.live, b.level).cmp(&(a.live, a.level));
            worst.then_with(|| {
                b.fraction
                    .unwrap_or(0.0)
                    .total_cmp(&a.fraction.unwrap_or(0.0))
            })
        });
        let projects: BTreeSet<_> = contracts
            .iter()
            .flat_map(|row| row.projects.clone())
            .collect();
        let mut notices = Vec::new();
        for project in projects {
            notices.extend(read_notice(ledger, project).await?);
        }
        Ok(Self { contracts, notices })
    }
}

/// The budget with the contract's state, by the contract's roster. `None` if no figures are known.
pub(super) async fn row_of(
    ledger: &Ledger,
    (policy, projects): (&Policy, &Projects),
    connection: &ConnectionName,
    row: &BudgetRow,
    roster: &[RosterRow],
) -> Result<Option<Row>, LedgerError> {
    let Some(budget) = newest(row) else {
        return Ok(None);
    };
    let mut live = false;
    for place in roster {
        let place = (connection, &row.contract, place);
        live |= is_live(ledger, policy, projects, place).await?;
    }
    Ok(Some(Row {
        connection: connection.clone(),
        contract: row.contract.clone(),
        projects: roster.iter().map(|place| place.project.clone()).collect(),
        live,
        payment_type: budget.payment_type.clone(),
        state: budget.state.clone(),
        level: level(budget),
        funded: budget.funded_volume,
        consumed: budget.consumed_volume,
        fraction: fraction(budget),
        reported_at: reported_at(row, budget),
    }))
}

async fn is_live(
    ledger: &Ledger,
    policy: &Policy,
    projects: &Projects,
    (connection, contract, place): (&ConnectionName, &ContractId, &RosterRow),
) -> Result<bool, LedgerError> {
    let trainer = ledger.trainer(&place.trainer).await?;
    let mut environment = ledger.environment_of(&trainer).await?;
    environment.projects.clone_from(projects);
    let is_here = |hire: &Hire| {
        (&hire.connection, &hire.contract, &hire.link) == (connection, contract, &place.link)
    };
    let hires = trainer.hires.iter().filter(|hire| is_here(hire));
    let mut standings = hires.map(|hire| entitlement(&trainer, hire, &environment, policy));
    Ok(standings.any(|it| matches!(it, Entitlement::Live | Entitlement::Managed)))
}

/// Consumed share, as OpenTrain reports it. `None` for a fixed price and for a budget without funds.
pub(super) fn fraction(budget: &Budget) -> Option<f64> {
    let counted = matches!(
        budget.payment_type,
        Some(PaymentType::PerHour | PaymentType::PerLabel)
    );
    let is_funded = budget.funded_volume.is_some_and(|funded| funded > 0.0);
    budget.consumed_fraction.filter(|_| counted && is_funded)
}

/// Time of the newest budget; the time of its arrival if OpenTrain sent none.
fn reported_at(row: &BudgetRow, newest: &Budget) -> Timestamp {
    let answer = row
        .answer
        .as_ref()
        .filter(|answer| std::ptr::eq(&answer.budget, newest));
    let event = row.event.as_ref().and_then(|event| event.created_at);
    answer
        .map(|answer| answer.asked_at)
        .or(event)
        .unwrap_or(row.at)
}

async fn read_notice(ledger: &Ledger, project: ProjectId) -> Result<Option<Shown>, LedgerError> {
    let (row, _) = ledger.notice(&project).await?;
    let row = row.filter(|row| row.shown.is_some() || row.trouble.is_some());
    Ok(row.map(|row| Shown {
        project,
        notice: row.shown,
        placed: row.placed,
        trouble: row.trouble,
    }))
}
