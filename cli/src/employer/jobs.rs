//! `bridge employer publish`, `update-job`, `close` and `jobs`.

use shared::model::ids::JobId;
use shared::opentrain::public::{JobStatus, OwnJob, PageQuery};

use super::args::{CloseArgs, JobArgs, JobsArgs, PageArgs, UpdateArgs};
use super::field::changes;
use super::print::{cell, json, own, page, plain, text, time};
use super::session::Session;
use crate::confirm::confirm;
use crate::exit::CliError;
use crate::paint::{DIM, GOOD, WAITS, paint};

pub(super) fn query(status: Option<&String>, page: &PageArgs) -> PageQuery {
    PageQuery {
        status: status.cloned(),
        limit: page.limit,
        cursor: page.cursor.clone(),
    }
}

pub(super) async fn publish(args: &JobArgs, session: &Session) -> Result<(), CliError> {
    let job = JobId::from(args.job.as_str());
    let published = session.client.publish(&job).await?;
    if session.json {
        return json(&published);
    }
    let how = match published.already_published {
        true => "Published already:",
        false => "Published:",
    };
    anstream::println!("{} {}", paint(GOOD, how), plain(text(published.job_url)));
    anstream::println!("  bridge employer proposals {job}");
    Ok(())
}

pub(super) async fn update(args: &UpdateArgs, session: &Session) -> Result<(), CliError> {
    let form = session.client.capabilities().await?.draft;
    let changes = changes(&args.set, &form)?;
    let job = JobId::from(args.job.as_str());
    let changed = session.client.update_job(&job, &changes).await?;
    if session.json {
        return json(&changed);
    }
    anstream::println!("{} {job}", paint(GOOD, "Changed"));
    Ok(())
}

pub(super) async fn close(args: &CloseArgs, session: &Session) -> Result<(), CliError> {
    let job = JobId::from(args.job.as_str());
    let question = format!("Close {job} for good? Its contracts continue.");
    confirm(&question, "the job was not closed", args.yes)?;
    let closed = session.client.close_job(&job).await?;
    if session.json {
        return json(&closed);
    }
    let how = match closed.already_closed {
        true => "Closed already:",
        false => "Closed:",
    };
    anstream::println!("{} {job}. Its contracts continue.", paint(GOOD, how));
    Ok(())
}

pub(super) async fn list(args: &JobsArgs, session: &Session) -> Result<(), CliError> {
    let query = query(args.status.as_ref(), &args.page);
    let jobs = session.client.my_jobs(&query).await?;
    let columns = ["job", "title", "status", "proposals", "created"];
    let empty = "No job. Draft one with `bridge employer draft FILE`.";
    page(&jobs, session.json, (columns, empty), row)
}

fn row(job: &OwnJob) -> [comfy_table::Cell; 5] {
    let style = match job.status {
        Some(JobStatus::Open) => GOOD,
        Some(JobStatus::Draft) => WAITS,
        _ => DIM,
    };
    let status = job.status.as_ref().map_or("", JobStatus::as_str);
    let counts = &job.proposal_counts;
    [
        cell(&job.id),
        cell(text(job.title.as_deref())),
        own(paint(style, status)),
        cell(format!("{} ({} new)", counts.total, counts.unreviewed)),
        cell(time(job.created_at)),
    ]
}
