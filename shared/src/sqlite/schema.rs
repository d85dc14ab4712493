//! Layouts of the file, and the layouts that this version supports.

use std::path::Path;

use rusqlite::Connection;

use super::error::OpenError;

/// Marks a file as the bridge's ("OTbr"), so that the bridge never writes to another program's database.
const APPLICATION: i64 = 0x4f54_6272;

/// Step n converts layout n to layout n + 1. Released steps never change; new steps are appended.
const STEPS: &[&str] = &[
    include_str!("layout_1.sql"),
    include_str!("layout_2.sql"),
    include_str!("layout_3.sql"),
];

/// Layout of a file, from its header.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    /// No program has stored anything in it.
    empty: bool,
    application: i64,
    version: i64,
}

/// Reads the layout. This is the first real access to the file.
pub(super) fn read(connection: &Connection) -> rusqlite::Result<Layout> {
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    Ok(Layout {
        empty: number("SELECT count(*) FROM sqlite_schema")? == 0,
        application: number("PRAGMA application_id")?,
        version: number("PRAGMA user_version")?,
    })
}

/// Whether this version may write to the file.
fn usable(layout: Layout) -> bool {
    let ours = layout.application == APPLICATION && layout.version <= known();
    let fresh = layout.empty && layout.application == 0 && layout.version == 0;
    ours || fresh
}

/// Fails with the reason if the file is not [`usable`].
pub(super) fn refuse_unknown(path: &Path, layout: Layout) -> Result<(), OpenError> {
    if usable(layout) {
        return Ok(());
    }
    let path = path.to_owned();
    Err(match layout {
        Layout {
            application: APPLICATION,
            version: found,
            ..
        } => OpenError::Newer {
            path,
            found,
            known: known(),
        },
        _ => OpenError::Foreign { path },
    })
}

/// Fails if the layout is older: a connection that only reads cannot convert it.
pub(super) fn refuse_older(path: &Path, layout: Layout) -> Result<(), OpenError> {
    if layout.version < known() {
        let path = path.to_owned();
        return Err(OpenError::Older {
            path,
            found: layout.version,
            known: known(),
        });
    }
    Ok(())
}

/// The version of a layout that has to be brought up to date.
pub(super) fn outdated(layout: Layout) -> Option<i64> {
    (!layout.empty && layout.version < known()).then_some(layout.version)
}

/// Applies the missing steps, all or none.
pub(super) fn bring_up_to_date(connection: &mut Connection) -> rusqlite::Result<()> {
    let steps = connection.transaction()?;
    let version: i64 = steps.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let done = usize::try_from(version).unwrap_or_default();
    if done >= STEPS.len() {
        return Ok(());
    }
    for step in STEPS.iter().skip(done) {
        steps.execute_batch(step)?;
    }
    steps.pragma_update(None, "application_id", APPLICATION)?;
    steps.pragma_update(None, "user_version", known())?;
    steps.commit()
}

fn known() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::Database;
    use super::*;

    /// Everything stays; the claims are in their own table.
    #[tokio::test]
    async fn a_file_of_the_first_layout_is_brought_up_to_date() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bridge.db");
        let old = Connection::open(&path).unwrap();
        old.execute_batch(STEPS[0]).unwrap();
        old.execute_batch(
            "INSERT INTO ledger_item VALUES ('CLAIM', 's', 7, NULL, '{}');
             INSERT INTO ledger_item VALUES ('CLAIM#c#1#l', 'CLAIM', 8, 99, '{}');
             INSERT INTO ledger_item VALUES ('CLAIMS#c#1#l', 's', 9, NULL, '{}');",
        )
        .unwrap();
        old.pragma_update(None, "application_id", APPLICATION)
            .unwrap();
        old.pragma_update(None, "user_version", 1).unwrap();
        drop(old);
        assert!(matches!(
            Database::open_read_only(&path),
            Err(OpenError::Older {
                found: 1,
                known: 3,
                ..
            })
        ));
        let database = Database::open(&path).unwrap();
        let seen = database.transact(|connection| {
            let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
            Ok([
                number("SELECT sum(version) FROM ledger_item")?,
                number("SELECT version FROM ledger_claim WHERE expires_at = 99")?,
                number("SELECT count(*) FROM queue_later")?,
                read(connection)?.version,
            ])
        });
        assert_eq!(seen.await.unwrap(), [7 + 9, 8, 0, 3]);
    }
}
