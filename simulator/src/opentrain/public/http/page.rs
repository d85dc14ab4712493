//! Pages of lists.

use crate::{
    opentrain::{operation::Request, public::schema::at},
    refusal::Refusal,
};

/// A limit above the most.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Above {
    /// Is the most.
    Lowered,
    /// Is a 400.
    Refused,
}

/// The query's `limit`.
pub(crate) fn limit(
    request: &Request<'_>,
    default: usize,
    (most, above): (usize, Above),
) -> Result<usize, Refusal> {
    let Some(text) = request.query("limit") else {
        return Ok(default);
    };
    let limit: Option<usize> = text.parse().ok().filter(|limit| *limit > 0);
    match limit {
        Some(limit) if limit <= most => Ok(limit),
        Some(_) if above == Above::Lowered => Ok(most),
        _ => Err(at("limit", &format!("must be 1 to {most}"))),
    }
}

/// The rows after the cursor, which is the id of the last row of the page before, and the next cursor.
pub(crate) fn page<T>(
    request: &Request<'_>,
    rows: impl Iterator<Item = T>,
    id: impl Fn(&T) -> &str,
    limit: usize,
) -> Result<(Vec<T>, Option<String>), Refusal> {
    let mut rows = rows.peekable();
    if let Some(cursor) = request.query("cursor")
        && !rows.any(|row| id(&row) == cursor)
    {
        return Err(at("cursor", "is not a cursor of this list"));
    }
    let page: Vec<T> = rows.by_ref().take(limit).collect();
    let more = rows.peek().is_some();
    let next = page.last().filter(|_| more).map(|row| id(row).to_owned());
    Ok((page, next))
}

/// A known status, or a 400 that lists the known ones.
pub(crate) fn status<'a>(
    request: &'a Request<'_>,
    known: &[&str],
) -> Result<Option<&'a str>, Refusal> {
    match request.query("status") {
        Some(text) if !known.contains(&text) => {
            let details = serde_json::json!({"field": "status", "supportedStatuses": known});
            Err(Refusal::bad("status is not supported").with_details(details))
        }
        other => Ok(other),
    }
}
