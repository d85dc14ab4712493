//! Removes dead letters: redrives them to their groups, or deletes them.

use std::collections::BTreeSet;

use aws_sdk_sqs::types::Message;

use super::dead::{letter, retry_letter};
use super::{Place, SqsQueue, retry};
use crate::queue::{DeadLetter, DeduplicationId, QueueError, Taking};

/// A dead letter of the retry queue whose header this version can't read.
#[derive(Debug, thiserror::Error)]
#[error(
    "the dead letter {0} of the retry queue can't be read by this version of the bridge, so its group is not known: upgrade \
     the bridge, or drop it"
)]
struct Unreadable(String);

/// Letters to take, and the queue that they are in.
struct Take<'a> {
    place: &'a Place,
    ids: &'a BTreeSet<String>,
    taking: Taking,
}

impl SqsQueue {
    /// Removes the letters with these ids from both dead-letter queues. Returns the ids of those that existed.
    pub(super) async fn take_away(
        &self,
        ids: &BTreeSet<String>,
        taking: Taking,
    ) -> Result<BTreeSet<String>, QueueError> {
        let read = |message: &Message| letter(message, 0);
        let mut taken = self.take_from(self.dead()?, ids, taking, read).await?;
        if taken.len() < ids.len() {
            let read = |message: &Message| {
                let letter = retry_letter(message, 0)?;
                let is_read = retry::parts(message.body().unwrap_or_default()).is_some();
                let is_wanted = taking == Taking::Redrive && ids.contains(&letter.message_id);
                match is_read || !is_wanted {
                    true => Ok(letter),
                    false => Err(QueueError::Unavailable(Box::new(Unreadable(
                        letter.message_id,
                    )))),
                }
            };
            let of_retries = self.take_from(self.retry_dead()?, ids, taking, read);
            taken.extend(of_retries.await?);
        }
        Ok(taken)
    }

    /// Removes letters from one queue. Received letters that are not wanted, or that can't be removed, are hidden
    /// meanwhile, and then shown again. Ten letters of one group that are not wanted hide the rest of the group.
    async fn take_from(
        &self,
        place: &Place,
        ids: &BTreeSet<String>,
        taking: Taking,
        read: impl Fn(&Message) -> Result<DeadLetter, QueueError>,
    ) -> Result<BTreeSet<String>, QueueError> {
        let mut hidden = Vec::new();
        let take = Take { place, ids, taking };
        let taken = self.take_each(&take, read, &mut hidden).await;
        self.show_again(place, &hidden).await;
        taken
    }

    /// Removes the wanted letters. `hidden` then contains the others that were received. They become visible again by
    /// themselves meanwhile, so at most as many letters are received as there were at the start, hidden ones included:
    /// letters that a look has just shown again may still count as hidden.
    async fn take_each(
        &self,
        take: &Take<'_>,
        read: impl Fn(&Message) -> Result<DeadLetter, QueueError>,
        hidden: &mut Vec<Message>,
    ) -> Result<BTreeSet<String>, QueueError> {
        let there = self.count(take.place).await?.all();
        let (mut seen, mut taken) = (0, BTreeSet::new());
        while taken.len() < take.ids.len() && seen < there {
            let batch = self.glance(take.place).await?;
            if batch.is_empty() {
                break;
            }
            let mut next = hidden.len();
            hidden.extend(batch);
            while let Some(message) = hidden.get(next) {
                seen += 1;
                let letter = read(message)?;
                if take.ids.contains(&letter.message_id) {
                    self.take_one(take, message, &letter).await?;
                    taken.insert(letter.message_id);
                    hidden.remove(next);
                } else {
                    next += 1;
                }
            }
        }
        Ok(taken)
    }

    async fn take_one(
        &self,
        take: &Take<'_>,
        message: &Message,
        letter: &DeadLetter,
    ) -> Result<(), QueueError> {
        if take.taking == Taking::Redrive {
            self.send_again(message, letter).await?;
        }
        self.delete_from(take.place, message).await
    }

    /// Sends a letter to its group. If it could not be deleted afterwards, a repeat within five minutes is not stored,
    /// and a later repeat changes nothing.
    async fn send_again(&self, message: &Message, letter: &DeadLetter) -> Result<(), QueueError> {
        let id = message.message_id().unwrap_or(&letter.message_id);
        self.client
            .send_message()
            .queue_url(&self.events.url)
            .message_body(letter.body.expose())
            .message_group_id(&letter.group)
            .message_deduplication_id(DeduplicationId::of(&["redrive", id]).as_str())
            .send()
            .await
            .map(drop)
            .map_err(|error| self.events.fault("sqs:SendMessage", &error).into())
    }

    async fn delete_from(&self, place: &Place, message: &Message) -> Result<(), QueueError> {
        self.client
            .delete_message()
            .queue_url(&place.url)
            .receipt_handle(message.receipt_handle().unwrap_or_default())
            .send()
            .await
            .map(drop)
            .map_err(|error| place.fault("sqs:DeleteMessage", &error).into())
    }
}
