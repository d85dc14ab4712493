//! The tools about deliveries, dead letters, the audit record, the set-up and the next reconcile. They change nothing.

use std::sync::Arc;

use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::CallToolResult;
use rmcp::{tool, tool_router};
use serde_json::json;
use shared::model::clock::{Clock, SystemClock};
use shared::reconcile::Wish;

use super::agent::{Agent, failed};
use super::lists::{MOST_NAMED, has_cause, planned, with_keys};
use super::pages;
use super::params::{AuditArgs, CheckArgs, DeadLetterArgs, DeliveryArgs, PlanArgs, SearchArgs};
use super::parse::{connection, day, time};
use super::reply::{Page, Reply};
use crate::events::EventsArgs;
use crate::reconcile::plan::Plan;
use crate::{audit, dead_letters, events, setup};

/// Maximum number of deliveries that are looked through.
const MOST_DELIVERIES: usize = 2_000;

#[tool_router(router = bridge_reads, vis = "pub(super)")]
impl Agent {
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
            letters.retain(|it| has_cause(&it.reason, args.cause.as_deref()));
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
            let connection = connection(args.connection.as_deref())?;
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
        let plans = Arc::clone(&self.plans);
        self.answer(async move |target| {
            let connection = connection(args.connection.as_deref())?;
            let wish = Wish {
                connection,
                ..Wish::default()
            };
            let plan = Plan::read(&target, wish).await?;
            let reply = planned(&plan.outcome)?;
            let (id, expires_at) = plans.keep(plan, SystemClock.now());
            Ok(reply
                .with("planId", id)
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
            Err(error) => failed(&error),
        }
    }
}
