//! Rules that every [`Queue`] must keep, as a test suite.
//!
//! A test of an implementation provides a [`Subject`], and calls [`run`] and [`model::check`]. The subject's clock
//! stands still unless [`Subject::pass`] moves it, so that no rule depends on the speed of the machine. Times are whole
//! seconds, which is what SQS counts in.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "this is a test suite: a broken rule must panic"
)]

mod dead;
mod deduplication;
mod kit;
mod later;
pub mod model;
mod order;
mod race;
mod visibility;
mod waiting;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use super::{Limits, Queue};
use crate::rules::Verdicts;

/// The implementation under test, with control over its queues and its clock.
#[async_trait]
pub trait Subject: Send + Sync {
    /// A new, empty queue.
    async fn queue(&self, limits: Limits) -> Arc<dyn Queue>;

    /// The current time of all queues.
    fn now(&self) -> Timestamp;

    /// Moves the clock of all queues.
    async fn pass(&self, time: Duration);

    /// Moves due messages of the retry queue into their groups, for the queue that was made last. On AWS a function
    /// does that; a queue that does it by itself has nothing to do.
    async fn settle(&self) {}
}

macro_rules! rules {
    ($($module:ident: $($rule:ident)+;)+) => {
        $(pub use $module::{$($rule),+};)+

        /// Runs every rule, each on queues of its own.
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
    order: a_message_comes_as_it_was_sent
        an_empty_queue_gives_nothing
        a_group_keeps_its_order
        a_batch_holds_several_of_a_group_in_order
        a_batch_is_never_larger_than_asked
        a_group_in_flight_gives_no_more
        other_groups_go_on
        a_deleted_message_stays_away
        all_of_many_are_stored;
    visibility: a_message_is_redelivered_after_its_visibility_timeout
        an_old_handle_is_refused
        a_part_of_a_batch_holds_the_rest
        a_message_put_back_with_a_delay_holds_its_group
        zero_visibility_shows_at_once
        visibility_can_be_extended
        a_tail_does_not_overtake;
    deduplication: a_duplicate_is_accepted_and_not_stored
        a_duplicate_of_a_deleted_message_is_not_stored
        the_window_ends;
    later: a_message_sent_later_joins_its_group_when_it_is_due
        a_message_that_is_due_joins_at_once
        a_message_in_the_retry_queue_blocks_nothing
        a_message_that_joins_is_the_last_of_its_group
        messages_in_the_retry_queue_are_not_compared
        a_message_put_back_frees_its_group
        a_message_put_back_starts_anew_and_keeps_its_time
        a_message_that_is_no_longer_held_is_not_put_back;
    dead: a_message_received_too_often_is_given_up
        a_message_is_given_up_on_demand
        dead_letters_come_oldest_first
        a_dead_letter_is_redriven_once
        a_dead_letter_is_dropped
        the_depth_is_told;
    waiting: a_waiting_receiver_is_woken_by_a_send
        a_waiting_receiver_is_woken_by_a_delete
        a_waiting_receiver_is_woken_when_a_message_is_put_back
        every_waiting_receiver_gets_one
        a_wait_ends;
    race: concurrent_sends_are_all_stored
        concurrent_receivers_never_share_a_group;
}
