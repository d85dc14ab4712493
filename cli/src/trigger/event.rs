//! The event that `bridge trigger` sends: a sample that names nothing real.

use anyhow::Context;
use jiff::Timestamp;
use serde_json::Value;

use crate::exit::CliError;

/// Prefix of a sample's ids.
const FICTITIOUS: &str = "sample-";

/// Address of a sample's trainer. Mails to `.invalid` are never delivered (RFC 2606).
const ADDRESS: &str = "sample@opentrain.invalid";

/// Members that contain an id of OpenTrain or of the tool.
const IDS: [&str; 6] = [
    "id",
    "jobId",
    "resourceId",
    "contractId",
    "opentrainUserId",
    "externalProjectId",
];

/// The sample with fictitious ids, a new event id and the time `now`, so that it is newer than all earlier events and
/// no duplicate. `changes` are applied last. Fails if a change names no member.
pub(super) fn fresh(sample: &str, changes: &[String], now: Timestamp) -> Result<Vec<u8>, CliError> {
    let mut event: Value = serde_json::from_str(sample).context("the sample is not JSON")?;
    make_fictitious(&mut event);
    event["id"] = now.as_microsecond().to_string().into();
    event["createdAt"] = now.to_string().into();
    for change in changes {
        set(&mut event, change)?;
    }
    let body = serde_json::to_vec_pretty(&event).context("the sample can't be written as JSON")?;
    Ok(body)
}

/// The ids are the same for all samples, so that the end of a sample's contract matches its start.
fn make_fictitious(value: &mut Value) {
    match value {
        Value::Object(members) => members.iter_mut().for_each(|(name, value)| match value {
            Value::String(text) if IDS.contains(&name.as_str()) => {
                *text = format!("{FICTITIOUS}{text}");
            }
            Value::String(text) if name == "workEmail" => ADDRESS.clone_into(text),
            other => make_fictitious(other),
        }),
        Value::Array(elements) => elements.iter_mut().for_each(make_fictitious),
        _ => {}
    }
}

/// Applies `PATH=VALUE`. The value is JSON, or a text if it is not. The last member of the path may be new.
fn set(event: &mut Value, change: &str) -> Result<(), CliError> {
    let (path, value) = change.split_once('=').ok_or_else(|| {
        CliError::Usage(format!(
            "--set {change} has no `=`: write it as PATH=VALUE, e.g. data.contract.id=ctr_9"
        ))
    })?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
    let (parents, last) = path
        .rsplit_once('.')
        .map_or((None, path), |(all, last)| (Some(all), last));
    let mut place = event;
    for name in parents.into_iter().flat_map(|all| all.split('.')) {
        let next = match place {
            Value::Object(members) => members.get_mut(name),
            Value::Array(elements) => name.parse().ok().and_then(|at: usize| elements.get_mut(at)),
            _ => None,
        };
        place = next.ok_or_else(|| missing(path, name))?;
    }
    match place {
        Value::Object(members) => {
            members.insert(last.to_owned(), value);
            Ok(())
        }
        Value::Array(elements) => {
            let element = last.parse().ok().and_then(|at: usize| elements.get_mut(at));
            *element.ok_or_else(|| missing(path, last))? = value;
            Ok(())
        }
        _ => Err(missing(path, last)),
    }
}

fn missing(path: &str, name: &str) -> CliError {
    CliError::Usage(format!(
        "--set {path}: the event has no `{name}` there. `--dry-run` prints the event"
    ))
}
