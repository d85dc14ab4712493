//! `bridge employer updates`: the feed of updates, once or continuously.

use std::time::Duration;

use serde_json::Value;
use shared::opentrain::Disposition;
use shared::opentrain::public::{PageQuery, Update, Updates};

use super::args::UpdatesArgs;
use super::print::{json_line, plain, time};
use super::session::Session;
use super::wait::tell;
use crate::exit::CliError;
use crate::paint::{DIM, paint};
use crate::setup::print::unreadable;

/// Events of one poll: the most that OpenTrain permits.
const MOST: u32 = 200;

/// Polls until the end of the feed; with `--follow`, until the process is stopped.
pub(super) async fn run(args: &UpdatesArgs, session: &Session) -> Result<(), CliError> {
    let mut cursor = args.cursor.clone();
    loop {
        let query = PageQuery {
            limit: Some(MOST),
            cursor: cursor.clone(),
            ..PageQuery::default()
        };
        match session.client.updates(&query).await {
            Ok(part) => {
                show(session, &part)?;
                let has_more = part.has_more && cursor.as_ref() != Some(&part.next_cursor);
                cursor = Some(part.next_cursor);
                if has_more {
                    continue;
                }
            }
            Err(error) => match error.disposition() {
                Disposition::Transient { .. } if args.follow => {
                    tell(&error);
                }
                _ => return Err(error.into()),
            },
        }
        if !args.follow {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_secs(args.every)).await;
    }
}

fn show(session: &Session, part: &Updates) -> Result<(), CliError> {
    for event in part.events.readable() {
        match session.json {
            true => json_line(event)?,
            false => line(event),
        }
    }
    if !session.json {
        unreadable(part.events.unreadable());
    }
    Ok(())
}

fn line(event: &Update) {
    let member = |(name, value): (&String, &Value)| match value {
        Value::String(text) => format!("{name}={text}"),
        other => format!("{name}={other}"),
    };
    let data: Vec<_> = event.data.iter().map(member).collect();
    let (id, kind, data) = (plain(&event.id), plain(&event.kind), plain(data.join(" ")));
    let at = time(event.created_at);
    anstream::println!("{} {id:<8} {kind:<32} {data}", paint(DIM, &at));
}
