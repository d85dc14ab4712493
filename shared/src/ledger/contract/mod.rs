//! Rules that every [`Table`] must keep, as a test suite.
//!
//! A test of an implementation provides a [`Subject`], and calls [`run`] and, for random work, [`model::check`]. Tables
//! have no clock: an expired item may still be stored, and no rule checks it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "this is a test suite: a broken rule must panic"
)]

mod audit;
mod kit;
mod many;
pub mod model;
mod put;
mod query;
mod race;

use std::sync::Arc;

use async_trait::async_trait;

use super::table::Table;
use crate::rules::Verdicts;

/// The implementation under test.
#[async_trait]
pub trait Subject: Send + Sync {
    /// A new, empty table.
    async fn table(&self) -> Arc<dyn Table>;
}

macro_rules! rules {
    ($($module:ident: $($rule:ident)+;)+) => {
        $(pub use $module::{$($rule),+};)+

        /// Runs every rule, each on a table of its own.
        ///
        /// # Panics
        /// If rules are broken, with their names.
        pub async fn run(subject: &dyn Subject) {
            let mut verdicts = Verdicts::default();
            $($(verdicts.hear(stringify!($rule), $rule(subject)).await;)+)+
            verdicts.announce();
        }
    };
}

rules! {
    put: an_item_is_as_it_was_put
        an_absent_item_is_none
        an_item_is_put_once
        a_version_grows_with_every_put
        an_old_version_is_refused
        a_version_of_nothing_is_refused
        the_version_in_the_item_is_not_looked_at
        an_expiry_can_be_set_and_taken_off;
    many: items_are_read_in_the_order_of_their_keys
        a_great_many_are_read
        big_items_are_read_together
        a_read_of_many_sees_a_put_at_once;
    query: a_partition_is_read_in_order
        partitions_are_apart
        a_prefix_is_no_pattern
        a_prefix_may_be_any_text
        a_big_partition_is_complete
        a_scan_reads_all_partitions_with_a_prefix;
    audit: a_change_is_committed_with_its_row
        a_row_of_an_overtaken_attempt_is_left_out
        rows_are_found_by_day
        a_page_has_the_rows_of_its_day
        a_changed_row_is_found
        a_missing_row_is_found
        a_row_that_has_expired_is_no_break
        actions_of_many_operators_are_one_chain;
    race: one_of_many_puts_wins
        no_increment_is_lost
        a_put_is_seen_at_once;
}
