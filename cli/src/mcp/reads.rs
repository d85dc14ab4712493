//! The tools that change nothing.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::CallToolResult;
use rmcp::{tool, tool_router};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared::ledger::Entitlement;
use shared::model::ConnectionName;
use shared::model::clock::{Clock, SystemClock};
use shared::model::ids::{JobId, LinkId, ProjectId};
use shared::model::progress::unwatched;
use shared::reconcile::{Change, Outcome, Wish};

use super::agent::Agent;
use super::pages;
use super::plans::Plan;
use super::reply::{Page, Reply};
use crate::control::{Order, ask_at};
use crate::events::EventsArgs;
use crate::exit::CliError;
use crate::status::{Filter, Report, Row};
use crate::{audit, budget, dead_letters, events, explain, setup, status};

/// Maximum number of removals that a plan names.
const MOST_REMOVALS: usize = 50;

/// Maximum number of deliveries that are looked through.
const MOST_DELIVERIES: usize = 2_000;

/// Points of a timeline on one page.
const MOMENTS: usize = 50;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PeopleArgs {
    /// A state, such as `granted`, `needs-you` or `removed`.
    state: Option<String>,
    /// Id of a project in the tool.
    project: Option<String>,
    /// Text in the reason of the failure.
    cause: Option<String>,
    /// Rows of the page, up to 100 [default: 25].
    limit: Option<usize>,
    cursor: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ExplainArgs {
    /// Id of a trainer, a contract, a delivery or an event.
    id: String,
    /// Points of the timeline on the page, up to 100 [default: 50].
    limit: Option<usize>,
    cursor: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PageArgs {
    /// Rows of the page, up to 100 [default: 25].
    limit: Option<usize>,
    cursor: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ContractArgs {
    trainer_id: Option<String>,
    project_id: Option<String>,
    /// `live`, `orphaned`, `not-allowed`, `unconfirmed`, `managed` or `over`.
    state: Option<String>,
    /// Rows of the page, up to 100 [default: 25].
    limit: Option<usize>,
    cursor: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct BudgetArgs {
    contract_id: Option<String>,
    project_id: Option<String>,
    /// Rows of the page, up to 100 [default: 25].
    limit: Option<usize>,
    cursor: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DeliveryArgs {
    /// `accepted`, `quarantined`, `refused`, or the reason of a refusal.
    outcome: Option<String>,
    /// Type of the event, such as `contract.started`.
    #[serde(rename = "type")]
    kind: Option<String>,
    /// Only since this time, in RFC 3339.
    since: Option<String>,
    /// Rows of the page, up to 100 [default: 25].
    limit: Option<usize>,
    cursor: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DeadLetterArgs {
    /// Text in the reason.
    cause: Option<String>,
    /// Only this one, with its masked body.
    id: Option<String>,
    /// Rows of the page, up to 100 [default: 25].
    limit: Option<usize>,
    cursor: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct AuditArgs {
    /// First day, as YYYY-MM-DD in UTC.
    from: String,
    /// Last day.
    to: String,
    trainer_id: Option<String>,
    project_id: Option<String>,
    /// Rows of the page, up to 100 [default: 25].
    limit: Option<usize>,
    cursor: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CheckArgs {
    /// Only findings of these parts, such as `tool` or `endpoints`.
    only: Option<Vec<String>>,
    /// The connection [default: `default`, and the endpoints of all].
    connection: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PlanArgs {
    /// Only this connection [default: all].
    connection: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SearchArgs {
    /// Words, such as the text of a message or the name of a setting.
    query: String,
    /// Sections, up to 20 [default: 5].
    limit: Option<usize>,
}

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
            let causes: Vec<_> = causes.take(MOST_REMOVALS).collect();
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

fn is_wanted(row: &Row, args: &PeopleArgs) -> bool {
    let state = serde_json::to_value(row.state).unwrap_or_default();
    let is_state = args.state.as_ref().is_none_or(|it| state == it.as_str());
    let is_cause = args.cause.as_ref().is_none_or(|cause| {
        let reason = row.trouble.as_ref().map_or("", |it| it.reason.as_str());
        reason.contains(cause)
    });
    is_state && is_cause
}

fn states<'a>(rows: impl Iterator<Item = &'a Row>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for row in rows {
        let state = serde_json::to_value(row.state).unwrap_or_default();
        let state = state.as_str().unwrap_or_default().to_owned();
        *counts.entry(state).or_default() += 1;
    }
    counts
}

fn overview(report: &Report) -> Result<Reply, CliError> {
    let connections = report.connections.iter().map(|it| {
        let links = it.links.iter().filter(|link| !link.removed).count();
        json!({ "name": it.name, "install": it.install, "links": links, "quarantined": it.quarantined.len() })
    });
    let connections: Vec<_> = connections.collect();
    let attention: Vec<_> = report.attention.iter().take(MOST_REMOVALS).collect();
    let reply = Reply::of(&json!({
        "attention": attention,
        "bridgeRuns": report.bridge_runs,
        "queue": report.queue,
        "people": states(report.access.iter()),
        "unreadableTrainers": report.unreadable.len(),
        "lastReconcile": report.last_reconcile,
        "lastUsage": report.last_usage,
        "connections": connections.iter().take(MOST_REMOVALS).collect::<Vec<_>>(),
    }))?;
    let is_cut = connections.len() > MOST_REMOVALS || report.attention.len() > MOST_REMOVALS;
    Ok(reply.truncated(is_cut))
}

/// A project with its links.
#[derive(Debug, Serialize)]
struct Project {
    project: ProjectId,
    links: Vec<OwnLink>,
    /// Number of people by state.
    people: BTreeMap<String, usize>,
}

/// A link to a job.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct OwnLink {
    connection: ConnectionName,
    link: LinkId,
    job: Option<JobId>,
    project_name: Option<String>,
    /// OpenTrain grants access itself.
    managed: bool,
}

fn projects(report: &Report) -> Vec<Project> {
    let mut all: BTreeMap<ProjectId, Vec<OwnLink>> = BTreeMap::new();
    for row in &report.access {
        all.entry(row.project.clone()).or_default();
    }
    for connection in &report.connections {
        for link in connection.links.iter().filter(|it| !it.removed) {
            let Some(project) = &link.project else {
                continue;
            };
            all.entry(project.clone()).or_default().push(OwnLink {
                connection: connection.name.clone(),
                link: link.id.clone(),
                job: link.job.clone(),
                project_name: link.project_name.clone(),
                managed: link.managed,
            });
        }
    }
    let project = |(project, links): (ProjectId, Vec<OwnLink>)| {
        let rows = report.access.iter().filter(|row| row.project == project);
        Project {
            people: states(rows),
            project,
            links,
        }
    };
    all.into_iter().map(project).collect()
}

/// A contract of a trainer on a project.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Contract {
    contract: String,
    trainer: String,
    project: String,
    connection: ConnectionName,
    link: String,
    state: String,
    /// Why it is over; none while it is not.
    over_because: Option<Value>,
    /// Why the project may not be used.
    not_allowed: Option<String>,
}

impl Contract {
    fn key(&self) -> String {
        format!("{}/{}/{}", self.connection, self.contract, self.link)
    }
}

fn contracts(report: &Report) -> Vec<Contract> {
    let mut all = Vec::new();
    let mut seen = BTreeSet::new();
    for row in &report.access {
        for hire in &row.because {
            let (state, over_because) = standing(hire.standing);
            let contract = Contract {
                contract: hire.contract.as_str().to_owned(),
                trainer: row.trainer.as_str().to_owned(),
                project: row.project.as_str().to_owned(),
                connection: hire.connection.clone(),
                link: hire.link.as_str().to_owned(),
                state,
                over_because,
                not_allowed: hire.not_allowed.clone(),
            };
            if seen.insert(contract.key()) {
                all.push(contract);
            }
        }
    }
    all
}

/// The name of a state, and why a contract is over.
fn standing(standing: Entitlement) -> (String, Option<Value>) {
    match serde_json::to_value(standing).unwrap_or_default() {
        Value::String(name) => (name, None),
        Value::Object(members) => ("over".to_owned(), members.into_iter().next().map(|it| it.1)),
        _ => (String::new(), None),
    }
}

/// The counts of a plan, and the people who would lose access.
pub(super) fn planned(outcome: &Outcome) -> Result<Reply, CliError> {
    let of = |change| outcome.access.iter().filter(move |it| it.change == change);
    let removals: Vec<_> = of(Change::Remove)
        .map(|it| json!({ "trainer": it.trainer, "project": it.project }))
        .collect();
    let reply = Reply::of(&json!({
        "counts": {
            "differences": outcome.drift.len(),
            "revoke": removals.len(),
            "release": of(Change::Release).count(),
            "grant": of(Change::Grant).count(),
            "check": of(Change::Check).count(),
            "keep": of(Change::Keep).count(),
        },
        "removals": removals.iter().take(MOST_REMOVALS).collect::<Vec<_>>(),
        "held": outcome.held,
        "problems": outcome.problems,
        "differences": outcome.drift.iter().take(MOST_REMOVALS).collect::<Vec<_>>(),
    }))?;
    let is_cut = removals.len().max(outcome.drift.len()) > MOST_REMOVALS;
    Ok(reply.truncated(is_cut))
}

/// Rows with a key of their time and of their number at that time.
fn with_keys<T>(rows: Vec<T>, at: impl Fn(&T) -> Timestamp) -> Vec<(String, T)> {
    let mut at_once: BTreeMap<Timestamp, usize> = BTreeMap::new();
    // Counted from the oldest, so that new rows change no key.
    let keyed = rows.into_iter().rev().map(|row| {
        let time = at(&row);
        let number = at_once.entry(time).or_default();
        *number += 1;
        (format!("{time}/{number}"), row)
    });
    let mut keyed: Vec<_> = keyed.collect();
    keyed.reverse();
    keyed
}

pub(super) fn connection(name: &str) -> Result<ConnectionName, CliError> {
    ConnectionName::parse(name).map_err(|error| CliError::Usage(error.to_string()))
}

fn time(text: &str) -> Result<Timestamp, CliError> {
    text.parse().map_err(|_| {
        CliError::Usage(format!(
            "`since` is no time: `{text}`. Write it such as 2026-06-12T10:00:00Z"
        ))
    })
}

fn day(name: &str, text: &str) -> Result<Date, CliError> {
    text.parse().map_err(|_| {
        CliError::Usage(format!(
            "`{name}` is no day: `{text}`. Write it such as 2026-06-12"
        ))
    })
}
