//! `bridge contracts`: lists OpenTrain's contracts on linked jobs.

use shared::model::ids::LinkId;
use shared::opentrain::{Contract, ContractQuery, ContractStatus, MAX_CONTRACTS};

use super::args::ContractsArgs;
use super::output::Contracts;
use super::print::{self, cell, table};
use super::session::Session;
use crate::document::Foreign;
use crate::exit::CliError;
use crate::paint::{DIM, GOOD, WAITS, paint};
use crate::targets::Target;

/// Lists contracts, newest first.
pub(super) async fn run(args: &ContractsArgs, target: &Target) -> Result<(), CliError> {
    let session = Session::open(target, &args.common.name()).await?;
    let query = ContractQuery {
        link: args.link.as_deref().map(LinkId::from),
        status: args.status.map(Into::into),
        limit: None,
    };
    let list = session.platform.contracts(&query).await?;
    if args.common.json {
        return print::json(&Contracts {
            contracts: list.contracts.iter().map(Foreign::of).collect(),
            complete: list.is_complete(),
            unreadable: list.unreadable.named().to_vec(),
        });
    }
    print::unreadable(&list.unreadable);
    if list.contracts.is_empty() && list.is_complete() {
        anstream::println!(
            "No contracts. OpenTrain lists only contracts of linked jobs (`bridge links{}`).",
            session.flags()
        );
        return Ok(());
    }
    let mut rows = table(["contract", "status", "job", "from", "to", "links"]);
    list.contracts.iter().for_each(|contract| {
        rows.add_row(row(contract));
    });
    anstream::println!("{rows}");
    if list.cut_off {
        anstream::println!(
            "{} these are the newest {MAX_CONTRACTS}, and there may be more: OpenTrain has no second page. Filter by link and status (--link, --status).",
            paint(WAITS, "Cut off:")
        );
    }
    Ok(())
}

fn row(contract: &Contract) -> Vec<comfy_table::Cell> {
    let style = if contract.status == ContractStatus::Active {
        GOOD
    } else {
        DIM
    };
    let job = contract.job_id.as_ref().map_or("", |job| job.as_str());
    let day = |day: Option<jiff::civil::Date>| day.map_or(String::new(), |day| day.to_string());
    let links: Vec<_> = contract
        .project_link_ids
        .iter()
        .map(|id| id.as_str())
        .collect();
    vec![
        cell(&contract.id),
        print::own(paint(style, &print::plain(contract.status.as_str()))),
        cell(format!(
            "{job} {}",
            contract.title.as_deref().unwrap_or_default()
        )),
        cell(day(contract.start_date)),
        cell(day(contract.end_date)),
        cell(links.join(", ")),
    ]
}
