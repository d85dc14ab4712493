//! The tools that change nothing.

use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::CallToolResult;
use rmcp::{tool, tool_router};
use serde_json::json;
use shared::model::clock::{Clock, SystemClock};
use shared::model::progress::unwatched;
use shared::reconcile::{Outcome, Wish};

use super::agent::Agent;
use super::lists::{
    Contract, MOST_NAMED, Project, connection, contracts, day, is_wanted, overview, planned,
    projects, time, with_keys,
};
use super::pages;
use super::params::{
    AuditArgs, BudgetArgs, CheckArgs, ContractArgs, DeadLetterArgs, DeliveryArgs, ExplainArgs,
    Nothing, PageArgs, PeopleArgs, PlanArgs, SearchArgs,
};
use super::plans::Plan;
use super::reply::{Page, Reply};
use crate::control::{Order, ask_at};
use crate::events::EventsArgs;
use crate::status::{Filter, Row};
use crate::{audit, budget, dead_letters, events, explain, setup, status};

/// Maximum number of deliveries that are looked through.
const MOST_DELIVERIES: usize = 2_000;

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
        self.answer(async |target| {
            let report = status::read(&target, &Filter::default()).await?;
            overview(&report)
        })
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
        self.answer(async move |target| {
            let filter = Filter {
                project: args.project.clone(),
                ..Filter::default()
            };
            let mut rows = status::read(&target, &filter).await?.access;
            rows.retain(|row| is_wanted(row, &args));
            let key = |row: &Row| format!("{}/{}", row.trainer.as_str(), row.project.as_str());
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
        self.answer(async move |target| {
            let report = status::read(&target, &Filter::default()).await?;
            let key = |it: &Project| it.project.as_str().to_owned();
            let page = Page::of(projects(&report), key, args.limit, args.cursor.as_deref())?;
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
        self.answer(async move |target| {
            let filter = Filter {
                failed: false,
                trainer: args.trainer_id.clone(),
                project: args.project_id.clone(),
            };
            let report = status::read(&target, &filter).await?;
            let mut rows = contracts(&report);
            rows.retain(|row| args.state.as_ref().is_none_or(|it| *it == row.state));
            let key = |row: &Contract| row.key();
            let page = Page::of(rows, key, args.limit, args.cursor.as_deref())?;
            Reply::page("contracts", &page)
        })
        .await
    }

    #[tool(
        name = "get_budget",
        description = "How much of each contract's funded work is consumed and left, as OpenTrain reported it last; the worst first.",
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
            let mut rows = budget::read(&target, None).await?.contracts;
            rows.retain(|row| {
                let is_contract = args
                    .contract_id
                    .as_ref()
                    .is_none_or(|it| row.contract.as_str() == it);
                let is_project = args
                    .project_id
                    .as_ref()
                    .is_none_or(|it| row.projects.iter().any(|project| project.as_str() == it));
                is_contract && is_project
            });
            let key = |row: &budget::Row| format!("{}/{}", row.connection, row.contract.as_str());
            let page = Page::of(rows, key, args.limit, args.cursor.as_deref())?;
            Reply::page("contracts", &page)
        })
        .await
    }

    #[tool(
        name = "list_deliveries",
        description = "Deliveries of OpenTrain's events that were received, and requests that were refused, the newest first. On a stack: the command that reads them from the log.",
        annotations(
            title = "Deliveries",
            read_only_hint = true,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    async fn list_deliveries(&self, Parameters(args): Parameters<DeliveryArgs>) -> CallToolResult {
        self.answer(async move |target| {
            let filter = EventsArgs {
                kind: args.kind,
                outcome: args.outcome,
                since: args.since.as_deref().map(time).transpose()?,
                limit: MOST_DELIVERIES,
                ..EventsArgs::default()
            };
            let mut rows = match events::read(&target, &filter).await? {
                events::Answer::Found(found) => found.rows,
                events::Answer::OnStack(stack) => return Reply::of(&stack),
            };
            rows.reverse();
            let is_cut = rows.len() >= MOST_DELIVERIES;
            let rows: Vec<_> = with_keys(rows, |row| row.at);
            let key = |(key, _): &(String, _)| key.clone();
            let page = Page::of(rows, key, args.limit, args.cursor.as_deref())?;
            let reply = Reply::page("deliveries", &page.map(|(_, row)| row))?;
            Ok(reply.truncated(is_cut))
        })
        .await
    }

    #[tool(
        name = "list_dead_letters",
        description = "Messages that could not be processed, and their causes. With `id`: one of them with its body, in which personal data is masked.",
        annotations(
            title = "Dead letters",
            read_only_hint = true,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    async fn list_dead_letters(
        &self,
        Parameters(args): Parameters<DeadLetterArgs>,
    ) -> CallToolResult {
        self.answer(async move |target| {
            let mut letters = dead_letters::letters(&target).await?;
            if let Some(id) = &args.id {
                return Reply::of(&json!({ "deadLetter": dead_letters::shown(&letters, id)? }));
            }
            letters.retain(|it| {
                args.cause
                    .as_ref()
                    .is_none_or(|cause| it.reason.contains(cause))
            });
            let causes: Vec<_> = shared::queue::causes(&letters);
            let causes = causes
                .iter()
                .map(|it| json!({ "kind": it.kind, "reason": it.reason, "count": it.count }));
            let causes: Vec<_> = causes.take(MOST_NAMED).collect();
            let key = |it: &shared::queue::DeadLetter| it.message_id.clone();
            let page = Page::of(letters, key, args.limit, args.cursor.as_deref())?;
            let reply = Reply::page("deadLetters", &page)?;
            Ok(reply.with("causes", causes))
        })
        .await
    }

    #[tool(
        name = "query_audit",
        description = "The audit record of some days: who got and lost access, why, how a removal was proven, and what operators did.",
        annotations(
            title = "Audit record",
            read_only_hint = true,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    async fn query_audit(&self, Parameters(args): Parameters<AuditArgs>) -> CallToolResult {
        self.answer(async move |target| {
            let filter = audit::args::FilterArgs {
                from: Some(day("from", &args.from)?),
                to: Some(day("to", &args.to)?),
                trainer: args.trainer_id,
                project: args.project_id,
                population: false,
            };
            let found = audit::entries(&target, &filter).await?;
            let rows: Vec<_> = found.entries.into_iter().enumerate().collect();
            let key = |(number, _): &(usize, _)| number.to_string();
            let page = Page::of(rows, key, args.limit, args.cursor.as_deref())?;
            let reply = Reply::page("entries", &page.map(|(_, entry)| entry))?;
            let broken: Vec<_> = found.broken.iter().map(ToString::to_string).collect();
            Ok(reply.with("broken", broken))
        })
        .await
    }

    #[tool(
        name = "run_check",
        description = "Checks the set-up by calls to OpenTrain and the tool, and names each problem with its fix. It changes nothing.",
        annotations(
            title = "Check",
            read_only_hint = true,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = true
        )
    )]
    async fn run_check(&self, Parameters(args): Parameters<CheckArgs>) -> CallToolResult {
        self.answer(async move |target| {
            let connection = args.connection.as_deref().map(connection).transpose()?;
            let mut checked = setup::check::check(&target, connection).await;
            if let Some(only) = &args.only {
                checked
                    .findings
                    .retain(|it| only.iter().any(|part| part == it.part));
            }
            Reply::of(&checked)
        })
        .await
    }

    #[tool(
        name = "plan_reconcile",
        description = "Compares the bridge with OpenTrain and the tool, and says what a reconcile would change. It changes nothing. Show the plan to the operator; `apply_reconcile` takes its `planId` for 15 minutes.",
        annotations(
            title = "Plan a reconcile",
            read_only_hint = true,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = true
        )
    )]
    async fn plan_reconcile(&self, Parameters(args): Parameters<PlanArgs>) -> CallToolResult {
        let plans = std::sync::Arc::clone(&self.plans);
        self.answer(async move |target| {
            let connection = args.connection.as_deref().map(connection).transpose()?;
            let wish = Wish {
                dry_run: true,
                connection: connection.clone(),
                ..Wish::default()
            };
            let outcome: Outcome = ask_at(&target, &Order::Reconcile(wish), &unwatched).await?;
            let now = SystemClock.now();
            let plan = Plan::of(&outcome, connection, now);
            let expires_at = plan.expires_at;
            let reply = planned(&outcome)?;
            Ok(reply
                .with("planId", plans.keep(plan, now))
                .with("expiresAt", expires_at.to_string()))
        })
        .await
    }

    #[tool(
        name = "search_docs",
        description = "Searches the documentation of this version: settings, messages and their fixes, procedures.",
        annotations(
            title = "Search the documentation",
            read_only_hint = true,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    async fn search_docs(&self, Parameters(args): Parameters<SearchArgs>) -> CallToolResult {
        let limit = args.limit.unwrap_or(5).clamp(1, 20);
        let found = pages::search(&args.query, limit);
        match Reply::of(&json!({ "sections": found })) {
            Ok(reply) => CallToolResult::structured(reply.into_value()),
            Err(error) => super::agent::failed(&error),
        }
    }
}
