//! `bridge employer draft` and `update-draft`.

use std::fs::File;
use std::io::{IsTerminal, Read, stdin, stdout};
use std::path::Path;

use anyhow::Context;
use serde_json::{Map, Value};
use shared::model::ids::JobId;
use shared::opentrain::public::{Description, Draft, DraftForm, NewDraft};

use super::args::{DraftArgs, DraftFormat, UpdateArgs};
use super::field::{Kind, changes, send};
use super::form;
use super::print::{cell, json, plain, table};
use super::session::Session;
use crate::exit::CliError;
use crate::paint::{GOOD, WAITS, paint};
use crate::screen::count;

/// Maximum bytes of a description; OpenTrain takes up to 60 000 characters.
const LONGEST: u64 = 1 << 20;

pub(super) async fn create(args: DraftArgs, session: &Session) -> Result<(), CliError> {
    let is_piped = args.file.as_deref() == Some(Path::new("-"));
    let asks = stdin().is_terminal() && stdout().is_terminal() && !session.json && !is_piped;
    let form = match asks || !args.set.is_empty() {
        true => session.client.capabilities().await?.draft,
        false => DraftForm::default(),
    };
    let fields = changes(&args.set, &form)?;
    let text = description(&args)?;
    let new = |description: Description| NewDraft {
        description,
        external_id: None,
        idempotency_key: args.key.clone(),
    };
    let mut draft = match text {
        Some(text) => {
            let draft = session.client.create_draft(&new(text)).await?;
            with_fields(session, draft, fields, asks).await?
        }
        None => {
            let create = async |fields: &Map<String, Value>| {
                let new = new(Description::Fields(fields.clone()));
                session.client.create_draft(&new).await
            };
            send(fields, asks, create).await?
        }
    };
    if asks {
        draft = form::complete(session, draft, &form).await?;
    }
    show(session, &draft, &form)
}

/// Adds the fields of `--set` to a draft that was made from a text.
async fn with_fields(
    session: &Session,
    draft: Draft,
    fields: Map<String, Value>,
    asks: bool,
) -> anyhow::Result<Draft> {
    let update = async |fields: &Map<String, Value>| match fields.is_empty() {
        true => Ok(draft.clone()),
        false => session.client.update_draft(&draft.job_id, fields).await,
    };
    let unchanged = || {
        format!(
            "the draft {} exists, without the fields of --set",
            draft.job_id
        )
    };
    send(fields, asks, update).await.with_context(unchanged)
}

pub(super) async fn update(args: &UpdateArgs, session: &Session) -> Result<(), CliError> {
    let form = session.client.capabilities().await?.draft;
    let changes = changes(&args.set, &form)?;
    let job = JobId::from(args.job.as_str());
    let update =
        async |fields: &Map<String, Value>| session.client.update_draft(&job, fields).await;
    let draft = send(changes, false, update).await?;
    show(session, &draft, &form)
}

/// The description in the arguments; `None` if there are only fields.
fn description(args: &DraftArgs) -> Result<Option<Description>, CliError> {
    let Some(path) = &args.file else {
        return Ok(args.text.clone().map(Description::Text));
    };
    let text = read(path)?;
    let object = || {
        let object: Result<Map<String, Value>, _> = serde_json::from_str(&text);
        object.map_err(|error| {
            let (path, line) = (path.display(), error.line());
            CliError::Usage(format!(
                "{path} is not a JSON object (line {line}): choose its --format"
            ))
        })
    };
    Ok(Some(match args.format {
        DraftFormat::Text => Description::Text(text),
        DraftFormat::Fields => Description::Fields(object()?),
        DraftFormat::JsonLd => Description::JsonLd(object()?),
        DraftFormat::IndeedXml => Description::Xml("indeed_xml", text),
        DraftFormat::HrXml => Description::Xml("hr_xml", text),
    }))
}

fn read(path: &Path) -> Result<String, CliError> {
    let mut text = String::new();
    let read = match path == Path::new("-") {
        true => stdin().take(LONGEST + 1).read_to_string(&mut text),
        false => File::open(path).and_then(|file| file.take(LONGEST + 1).read_to_string(&mut text)),
    };
    let shown = path.display();
    let length = read.map_err(|error| CliError::Usage(format!("can't read {shown}: {error}")))?;
    match u64::try_from(length).is_ok_and(|it| it <= LONGEST) {
        true => Ok(text),
        false => Err(CliError::Usage(format!(
            "{shown} is longer than {} KiB: shorten it",
            LONGEST / 1024
        ))),
    }
}

fn show(session: &Session, draft: &Draft, form: &DraftForm) -> Result<(), CliError> {
    if session.json {
        return json(draft);
    }
    let (job, missing) = (&draft.job_id, draft.missing());
    if missing.is_empty() {
        anstream::println!("{} {job} can be published.", paint(GOOD, "Complete:"));
        anstream::println!("  bridge employer publish {job}");
    } else {
        let fields = count(missing.len(), "field", "fields");
        anstream::println!("{} {job} lacks {fields}.", paint(WAITS, "Drafted:"));
        let mut rows = table(["field", "question", "value"]);
        for field in missing {
            let question = field.prompt.as_ref().or(field.label.as_ref());
            let kind = Kind::of(field.key(), form, Some(field));
            let question = question.map_or("", String::as_str);
            rows.add_row([cell(field.key()), cell(question), cell(kind.hint())]);
        }
        anstream::println!("{rows}");
        anstream::print!("  bridge employer update-draft {job}");
        for field in missing {
            anstream::print!(" \\\n    --set {}=…", plain(field.key()));
        }
        anstream::println!();
    }
    if let Some(url) = &draft.draft_url {
        anstream::println!("  A human can review it at {}", plain(url));
    }
    Ok(())
}
