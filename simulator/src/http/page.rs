//! Pages of lists.

use super::{
    operation::Request,
    param::{Above, Param},
};
use crate::kit::{
    refusal::Refusal,
    schema::{Kind, at},
};

/// The id after which the page begins.
pub(crate) const CURSOR: Param = Param::new(
    "cursor",
    "`nextCursor` of the page before.",
    Kind::Text { most: 200 },
);
/// The limit of lists of jobs and proposals.
pub(super) const LIMIT: Param = Param::limit(25, (100, Above::Lowered));

/// The rows after the cursor, which is the id of the last row of the page before, and the next cursor.
pub(crate) fn page<T>(
    request: &Request<'_>,
    rows: impl Iterator<Item = T>,
    id: impl Fn(&T) -> &str,
) -> Result<(Vec<T>, Option<String>), Refusal> {
    page_of(request.limit(), request, rows, id)
}

/// As [`page`], with this limit.
pub(crate) fn page_of<T>(
    limit: usize,
    request: &Request<'_>,
    rows: impl Iterator<Item = T>,
    id: impl Fn(&T) -> &str,
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
