//! The tools about people, projects, contracts and budgets. They change nothing.

use std::sync::Arc;

use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::CallToolResult;
use rmcp::{tool, tool_router};
use shared::model::clock::{Clock, SystemClock, day_of};

use super::agent::Agent;
use super::budgets::{Asked, budgets, forecast_of};
use super::lists::{Contract, Project, contracts, is_wanted, overview, projects};
use super::params::{BudgetArgs, ContractArgs, ExplainArgs, Nothing, PageArgs, PeopleArgs};
use super::reply::{Page, Reply};
use crate::budget::books::Books;
use crate::status::{Filter, Row};
use crate::{explain, status};

/// Points of a timeline on one page.
const MOMENTS: usize = 50;

#[tool_router(router = reads, vis = "pub(super)")]
impl Agent {
    #[tool(
        name = "get_status",
        description = "What needs a human (grouped by cause, with the fix), whether the bridge runs, its queue, the last reconcile and usage run, and how many people are in which state.",
        annotations(
            title = "Status",
            read_only_hint = true,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    async fn get_status(&self, _: Parameters<Nothing>) -> CallToolResult {
        let cached = Arc::clone(&self.cached);
        self.answer(async move |target| overview(&cached.reading(&target).await?.report))
            .await
    }

    #[tool(
        name = "list_people",
        description = "Trainers' access to projects: state, since when, because of which contracts, and what failed.",
        annotations(
            title = "People",
            read_only_hint = true,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    async fn list_people(&self, Parameters(args): Parameters<PeopleArgs>) -> CallToolResult {
        let cached = Arc::clone(&self.cached);
        self.answer(async move |target| {
            let reading = cached.reading(&target).await?;
            let rows = reading.report.access.iter();
            let rows: Vec<_> = rows.filter(|row| is_wanted(row, &args)).collect();
            let key = |row: &&Row| format!("{}/{}", row.trainer.as_str(), row.project.as_str());
            let page = Page::of(rows, key, args.limit, args.cursor.as_deref())?;
            Reply::page("people", &page)
        })
        .await
    }

    #[tool(
        name = "explain",
        description = "Why a person has access or not, what happens next, what an operator can do, and the timeline, oldest first.",
        annotations(
            title = "Explain",
            read_only_hint = true,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    async fn explain(&self, Parameters(args): Parameters<ExplainArgs>) -> CallToolResult {
        self.answer(async move |target| {
            let mut explained = explain::explain(&target, &args.id).await?;
            let timeline: Vec<_> = std::mem::take(&mut explained.timeline);
            let timeline: Vec<_> = timeline.into_iter().enumerate().collect();
            let limit = args.limit.unwrap_or(MOMENTS);
            let key = |(number, _): &(usize, _)| number.to_string();
            let page = Page::of(timeline, key, Some(limit), args.cursor.as_deref())?;
            Reply::of(&explained)?.with_page("timeline", &page.map(|(_, moment)| moment))
        })
        .await
    }

    #[tool(
        name = "list_projects",
        description = "The tool's projects with their links to OpenTrain's jobs, and how many people are in which state.",
        annotations(
            title = "Projects",
            read_only_hint = true,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    async fn list_projects(&self, Parameters(args): Parameters<PageArgs>) -> CallToolResult {
        let cached = Arc::clone(&self.cached);
        self.answer(async move |target| {
            let reading = cached.reading(&target).await?;
            let rows = projects(&reading.report);
            let key = |it: &Project| it.project.as_str().to_owned();
            let page = Page::of(rows, key, args.limit, args.cursor.as_deref())?;
            Reply::page("projects", &page)
        })
        .await
    }

    #[tool(
        name = "list_contracts",
        description = "The contracts that the bridge knows, by trainer and project, and whether each entitles to access. Contracts that ended long ago are only in the audit record.",
        annotations(
            title = "Contracts",
            read_only_hint = true,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    async fn list_contracts(&self, Parameters(args): Parameters<ContractArgs>) -> CallToolResult {
        let cached = Arc::clone(&self.cached);
        self.answer(async move |target| {
            let mut rows = match &args.trainer_id {
                None => contracts(&cached.reading(&target).await?.report),
                // One trainer is read alone, and an unknown one is an error.
                Some(_) => {
                    let filter = Filter {
                        trainer: args.trainer_id.clone(),
                        ..Filter::default()
                    };
                    contracts(&status::read(&target, &filter).await?)
                }
            };
            rows.retain(|row| row.is_wanted(&args));
            let key = |row: &Contract| row.key();
            let page = Page::of(rows, key, args.limit, args.cursor.as_deref())?;
            Reply::page("contracts", &page)
        })
        .await
    }

    #[tool(
        name = "get_budget",
        description = "How much of each contract's funded work is consumed, as OpenTrain reported it last, the pace of the accepted work, and when the funded work ends; the worst first.",
        annotations(
            title = "Budget",
            read_only_hint = true,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    async fn get_budget(&self, Parameters(args): Parameters<BudgetArgs>) -> CallToolResult {
        self.answer(async move |target| {
            let books = Books::open(&target).await?;
            let rows = budgets(&books, &args).await?;
            let page = Page::of(rows, Asked::key, args.limit, args.cursor.as_deref())?;
            let today = day_of(SystemClock.now());
            let page = page.try_map(async |asked| forecast_of(&books, asked, today).await);
            let reply = Reply::page("contracts", &page.await?)?;
            Ok(reply.with("unreadConnections", books.unread.clone()))
        })
        .await
    }
}
