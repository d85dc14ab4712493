//! Items that do not fit the table.

use crate::ledger::table::{Item, Key, TableError};

/// DynamoDB's limits, in bytes.
const LONGEST_PARTITION: usize = 2048;
const LONGEST_SORT: usize = 1024;
const LARGEST_ITEM: usize = 400 * 1024;

/// Maximum size of the attributes beside key and document: names, numbers, mark.
const OVERHEAD: usize = 200;

/// Why the table cannot hold an item, or the bridge cannot read one.
#[derive(Debug, thiserror::Error)]
pub(super) enum Misfit {
    #[error(
        "the {part} key of {key} has {bytes} bytes, and DynamoDB takes {most}: an id from OpenTrain or the tool is too long to be kept"
    )]
    Key {
        part: &'static str,
        key: String,
        bytes: usize,
        most: usize,
    },
    #[error("the row {key} has {bytes} bytes, and DynamoDB takes {LARGEST_ITEM}")]
    Item { key: String, bytes: usize },
    #[error(
        "an item of the table has no valid `{0}`: another program writes to the table; give the bridge its own table"
    )]
    Foreign(&'static str),
}

impl From<Misfit> for TableError {
    fn from(misfit: Misfit) -> Self {
        Self::Unfit(Box::new(misfit))
    }
}

/// Refuses items that DynamoDB would refuse, with an error that names the cause.
pub(super) fn fits(item: &Item) -> Result<(), Misfit> {
    let Key { partition, sort } = &item.key;
    let limits = [
        ("partition", partition.len(), LONGEST_PARTITION),
        ("sort", sort.len(), LONGEST_SORT),
    ];
    let key = || format!("{partition}/{sort}").chars().take(100).collect();
    for (part, bytes, most) in limits {
        if bytes > most {
            let key = key();
            return Err(Misfit::Key {
                part,
                key,
                bytes,
                most,
            });
        }
    }
    let bytes = partition.len() + sort.len() + item.doc.len() + OVERHEAD;
    if bytes > LARGEST_ITEM {
        let key = key();
        return Err(Misfit::Item { key, bytes });
    }
    Ok(())
}
