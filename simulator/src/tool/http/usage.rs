//! Usage, page by page.

use std::ops::Bound;

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::{
    kit::{
        call::Call,
        clock::parse_day,
        refusal::Refusal,
        reply::{Answer, ok},
    },
    tool::floor::Floor,
};

/// Needs encoding in a query, so that a client without encoding is detected.
const CURSOR_MARK: &str = "+/=&";

pub(super) fn read(floor: &Floor, call: &Call, project: &str) -> Answer {
    let query = call.query(&["from", "to", "cursor"])?;
    call.no_body()?;
    let date = |name: &str| {
        let day = query.get(name).and_then(|text| parse_day(text));
        day.ok_or_else(|| Refusal::violation(format!("{name} must be YYYY-MM-DD")))
    };
    let (from, to) = (date("from")?, date("to")?);
    if from > to {
        return Err(Refusal::violation("from is after to"));
    }
    let start = match query.get("cursor") {
        None => Bound::Included((from, String::new())),
        Some(cursor) => Bound::Excluded(read_cursor(cursor)?),
    };
    let work = &floor.project(project)?.work;
    let mut rest = work
        .range((start, Bound::Unbounded))
        .take_while(|((day, _), _)| *day <= to)
        .peekable();
    let mut totals: Vec<Value> = Vec::new();
    let mut last = None;
    while totals.len() < floor.page_size
        && let Some((key, work)) = rest.next()
    {
        let mut total = json!(work);
        total["trainerId"] = key.1.clone().into();
        total["workDate"] = key.0.to_string().into();
        totals.push(total);
        last = Some(key);
    }
    let mut body = json!({"totals": totals});
    if let (Some(last), true) = (last, rest.peek().is_some()) {
        body["nextCursor"] = cursor(last).into();
    }
    ok(body)
}

/// Names the last row of a page, so totals that are added between two pages neither repeat nor hide a row.
fn cursor((day, trainer): &(Date, String)) -> String {
    format!("{CURSOR_MARK}{}", hex::encode(format!("{day}{trainer}")))
}

fn read_cursor(text: &str) -> Result<(Date, String), Refusal> {
    let read = || {
        let bytes = hex::decode(text.strip_prefix(CURSOR_MARK)?).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (day, trainer) = text.split_at_checked("YYYY-MM-DD".len())?;
        Some((parse_day(day)?, trainer.to_owned()))
    };
    read().ok_or_else(|| Refusal::violation("the cursor is not a `nextCursor` of this call"))
}
