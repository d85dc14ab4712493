//! The tools that change something. They exist only with `--allow-writes`. Each is recorded in the audit record with the
//! client's name before it begins.

use std::collections::BTreeSet;
use std::sync::Arc;

use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::CallToolResult;
use rmcp::service::RequestContext;
use rmcp::{RoleServer, tool, tool_router};
use serde_json::json;
use shared::model::clock::{Clock, SystemClock};
use shared::model::ids::{JobId, ProjectId, TrainerId};
use shared::model::progress::unwatched;
use shared::provision::Retried;

use super::agent::{Agent, client, recorded};
use super::lists::planned;
use super::params::{ApplyArgs, DropArgs, LinkArgs, RedriveArgs, RetryArgs, UnlinkParams};
use super::parse::connection;
use super::plans::{Plans, outdated};
use super::reply::Reply;
use crate::confirm::Caution;
use crate::control::{Order, ask_at};
use crate::dead_letters::{self, discard, redrive};
use crate::document::Foreign;
use crate::exit::CliError;
use crate::reconcile::plan::Applied;
use crate::setup::args::{Common, UnlinkArgs};
use crate::setup::link::{NewLink, create, may_link};
use crate::setup::session::Session;
use crate::setup::unlink;
use crate::targets::Target;

/// Maximum number of dead letters of one call.
const MOST_LETTERS: usize = 100;

#[tool_router(router = writes, vis = "pub(super)")]
impl Agent {
    #[tool(
        name = "apply_reconcile",
        description = "Applies a plan of `plan_reconcile`: people lose and get access. Refused if the plan no longer holds. Ask the operator first.",
        annotations(
            title = "Apply a reconcile",
            read_only_hint = false,
            destructive_hint = true,
            idempotent_hint = true,
            open_world_hint = true
        )
    )]
    async fn apply_reconcile(
        &self,
        Parameters(args): Parameters<ApplyArgs>,
        context: RequestContext<RoleServer>,
    ) -> CallToolResult {
        let (plans, client) = (Arc::clone(&self.plans), client(&context));
        self.change(false, async move |target| {
            apply(&target, &plans, &args.plan_id, &client).await
        })
        .await
    }

    #[tool(
        name = "redrive_dead_letters",
        description = "Sends dead letters to their groups again, after their cause is fixed. Repeating it is harmless.",
        annotations(
            title = "Redrive dead letters",
            read_only_hint = false,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = true
        )
    )]
    async fn redrive_dead_letters(
        &self,
        Parameters(args): Parameters<RedriveArgs>,
        context: RequestContext<RoleServer>,
    ) -> CallToolResult {
        let client = client(&context);
        let dry_run = args.dry_run.unwrap_or(true);
        self.change(dry_run, async move |target| {
            few(&args.ids)?;
            if dry_run {
                let letters = dead_letters::letters(&target).await?;
                let named = letters
                    .iter()
                    .filter(|it| args.ids.contains(&it.message_id));
                let named: Vec<_> = named.collect();
                return Reply::of(&json!({ "dryRun": true, "deadLetters": named }));
            }
            recorded(&target, "redrive_dead_letters", &client).await?;
            Reply::of(&redrive(&target, &args.ids).await?)
        })
        .await
    }

    #[tool(
        name = "drop_dead_letters",
        description = "Deletes dead letters for good. Ask the operator first.",
        annotations(
            title = "Drop dead letters",
            read_only_hint = false,
            destructive_hint = true,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    async fn drop_dead_letters(
        &self,
        Parameters(args): Parameters<DropArgs>,
        context: RequestContext<RoleServer>,
    ) -> CallToolResult {
        let client = client(&context);
        self.change(false, async move |target| {
            few(&args.ids)?;
            dead_letters::check_reason(&args.reason)?;
            let letters = dead_letters::letters(&target).await?;
            recorded(&target, "drop_dead_letters", &client).await?;
            Reply::of(&discard(&target, &args.ids, &letters, &args.reason).await?)
        })
        .await
    }

    #[tool(
        name = "retry_person",
        description = "Processes a trainer's due work now, instead of at the planned time. Repeating it is harmless.",
        annotations(
            title = "Retry",
            read_only_hint = false,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = true
        )
    )]
    async fn retry_person(
        &self,
        Parameters(args): Parameters<RetryArgs>,
        context: RequestContext<RoleServer>,
    ) -> CallToolResult {
        let client = client(&context);
        self.change(false, async move |target| {
            let trainer = TrainerId::from(args.trainer_id.as_str());
            recorded(&target, "retry_person", &client).await?;
            let retried: Retried = ask_at(&target, &Order::Retry { trainer }, &unwatched).await?;
            Reply::of(&retried)
        })
        .await
    }

    #[tool(
        name = "link_project",
        description = "Links a job of OpenTrain to a project of the tool: trainers hired on the job get access to the project.",
        annotations(
            title = "Link a project",
            read_only_hint = false,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = true
        )
    )]
    async fn link_project(
        &self,
        Parameters(args): Parameters<LinkArgs>,
        context: RequestContext<RoleServer>,
    ) -> CallToolResult {
        let client = client(&context);
        let dry_run = args.dry_run.unwrap_or(true);
        self.change(dry_run, async move |target| {
            let name = connection(args.connection.as_deref())?;
            let (session, tool) = Session::open_with_tool(&target, &name.unwrap_or_default()).await?;
            let new = NewLink {
                job: &JobId::from(args.job_id.as_str()),
                project: &ProjectId::from(args.project_id.as_str()),
                managed: false,
            };
            if dry_run {
                let project = may_link(&session, tool.as_ref(), &new).await?;
                return Reply::of(&json!({ "dryRun": true, "project": { "id": new.project, "name": project.name } }));
            }
            recorded(&target, "link_project", &client).await?;
            let link = create(&session, tool.as_ref(), &new).await?;
            Reply::of(&json!({ "link": Foreign::of(&link) }))
        })
        .await
    }

    #[tool(
        name = "unlink_project",
        description = "Deletes a link for good: access that only this link granted is revoked. Without `dryRun: false` it shows who would lose access. Ask the operator first.",
        annotations(
            title = "Unlink a project",
            read_only_hint = false,
            destructive_hint = true,
            idempotent_hint = true,
            open_world_hint = true
        )
    )]
    async fn unlink_project(
        &self,
        Parameters(args): Parameters<UnlinkParams>,
        context: RequestContext<RoleServer>,
    ) -> CallToolResult {
        let client = client(&context);
        let dry_run = args.dry_run.unwrap_or(true);
        self.change(dry_run, async move |target| {
            unlink(&target, &args, &client).await
        })
        .await
    }
}

/// Applies a plan, if it still holds. A plan that was applied gives the same answer again.
async fn apply(target: &Target, plans: &Plans, id: &str, client: &str) -> Result<Reply, CliError> {
    let kept = plans.get(id, SystemClock.now())?;
    if let Some(answer) = &kept.applied {
        return Reply::of(answer);
    }
    recorded(target, "apply_reconcile", client).await?;
    let done = match kept.plan.apply(target).await? {
        Applied::Done(done) => done,
        Applied::Moved(now) => return Err(outdated(now.moved.as_ref())),
    };
    let reply = planned(&done)?.with("applied", true).with("planId", id);
    plans.applied(id, &reply.members());
    Ok(reply)
}

async fn unlink(target: &Target, params: &UnlinkParams, client: &str) -> Result<Reply, CliError> {
    let name = connection(params.connection.as_deref())?;
    let dry_run = params.dry_run.unwrap_or(true);
    let args = UnlinkArgs {
        link: params.link_id.clone(),
        force: false,
        people: params.confirm_people,
        caution: Caution { dry_run, yes: true },
        common: Common {
            connection: name,
            stack: None,
            json: true,
        },
    };
    let session = Session::open(target, &args.common.name()).await?;
    let deletion = unlink::look(&args, &session, target).await?;
    let people = deletion.losing.as_ref().map_or(0, |it| it.losing.len());
    if dry_run {
        let effects = unlink::effects(&deletion);
        let reply = Reply::of(&effects.value)?;
        return Ok(reply.with("dryRun", true).with("people", people));
    }
    if deletion.losing.is_none() {
        return Err(CliError::Usage(
            "who would lose access is not known, because there is no ledger here: nothing was changed. Use `bridge unlink`".into(),
        ));
    }
    if params.confirm_people != Some(people) {
        return Err(CliError::Usage(format!(
            "{people} people would lose access: nothing was changed. Call it with `dryRun` to see who, show them to the operator, and set `confirmPeople` to that number"
        )));
    }
    recorded(target, "unlink_project", client).await?;
    let (unlinked, recorded) = unlink::delete(&args, &session, target, &deletion).await?;
    recorded?;
    Reply::of(&unlinked)
}

fn few(ids: &BTreeSet<String>) -> Result<(), CliError> {
    match ids.len() {
        1..=MOST_LETTERS => Ok(()),
        0 => Err(CliError::Usage("`ids` is empty: name dead letters".into())),
        more => Err(CliError::Usage(format!(
            "`ids` has {more} ids, and one call takes {MOST_LETTERS}: call it several times"
        ))),
    }
}
