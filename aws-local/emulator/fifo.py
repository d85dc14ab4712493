"""SQS FIFO as AWS documents it, instead of moto's behaviour.

 - redelivered messages keep their order, and while one message of a group is in flight the group delivers no other
   (moto redelivers a batch that timed out in reverse)
 - a deduplication id is remembered for five minutes, even after its message was deleted, and a duplicate gets the
   answer of the first message (moto forgets the id with the message)
 - an expired receipt handle is refused (moto accepts it, and deletes another receiver's message)
 - a message that is moved to the dead letters is sent anew, with the time of the move as its timestamp
 - characters outside XML 1.0 are refused, and so is a visibility timeout over twelve hours (moto accepts both)
"""

import copy
import itertools
import math
import re
import time

from moto.sqs import models
from moto.sqs.exceptions import InvalidParameterValue, ReceiptHandleIsInvalid, SQSException

import clock

DEDUPLICATION = 300_000
LONGEST_HIDDEN = 43200
REFUSED = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

sequence = itertools.count(18850000000000000000)


class InvalidMessageContents(SQSException):
    def __init__(self):
        super().__init__("InvalidMessageContents", "Invalid characters found in the message body.")


def add_message(queue, message):
    if REFUSED.search(message.body):
        raise InvalidMessageContents()
    with clock.changed:
        if queue.fifo_queue and is_duplicate(queue, message):
            return
        queue._messages.append(message)
        clock.changed.notify_all()


def is_duplicate(queue, message):
    """Gives a duplicate the first message's ids."""
    now = clock.millis()
    seen = queue.__dict__.setdefault("_seen", {})
    for key in [key for key, (since, _, _) in seen.items() if since <= now - DEDUPLICATION]:
        del seen[key]
    own = message.group_id if queue.attributes.get("DeduplicationScope") == "messageGroup" else ""
    key = (own, message.deduplication_id)
    if message.deduplication_id is not None and key in seen:
        _, message.id, message.sequence_number = seen[key]
        return True
    message.sequence_number = str(next(sequence))
    if message.deduplication_id is not None:
        seen[key] = (now, message.id, message.sequence_number)
    return False


def receive_message(
    backend, queue_name, count, wait_seconds_timeout, visibility_timeout, message_attribute_names=None
):
    end = time.monotonic() + int(wait_seconds_timeout or 0)
    with clock.changed:
        while True:
            received = receive_once(
                backend, queue_name, count, visibility_timeout, message_attribute_names
            )
            left = end - time.monotonic()
            if received or left <= 0:
                return received
            clock.changed.wait(min(left, until_next(backend.get_queue(queue_name))))


def until_next(queue):
    """Seconds until a hidden or delayed message is visible."""
    if clock.is_fixed():
        return math.inf
    now = clock.millis()
    moments = [max(it.visible_at, it.delayed_until) for it in queue._messages]
    return max(0.001, min((it - now for it in moments if it > now), default=math.inf) / 1000)


def receive_once(backend, queue_name, count, visibility_timeout, names):
    queue = backend.get_queue(queue_name)
    received, exhausted, hidden_until = [], [], None
    locked = {message.group_id for message in queue._messages if is_hidden(message)}
    for message in list(queue._messages):
        if len(received) >= count:
            break
        if is_hidden(message) or (queue.fifo_queue and message.group_id in locked):
            continue
        queue.pending_messages.discard(message)
        if is_exhausted(queue, message):
            exhausted.append(message)
            continue
        queue.pending_messages.add(message)
        message.mark_received(visibility_timeout=visibility_timeout)
        # All messages of a batch become visible again at the same time.
        hidden_until = message.visible_at = hidden_until or message.visible_at
        shown = copy.deepcopy(message)
        models._filter_message_attributes(shown, names or [])
        received.append(shown)
    for message in exhausted:
        give_up(queue, message)
    return received


def is_hidden(message):
    return clock.millis() < max(message.visible_at, message.delayed_until)


def is_exhausted(queue, message):
    if queue.dead_letter_queue is None or not queue.redrive_policy:
        return False
    return message.approximate_receive_count >= queue.redrive_policy["maxReceiveCount"]


def give_up(queue, message):
    queue._messages.remove(message)
    message.visible_at = 0
    message.sent_timestamp = int(clock.millis())
    queue.dead_letter_queue._messages.append(message)
    clock.changed.notify_all()


def held(queue, handle):
    """The message that was received under this handle, if any."""
    for message in queue._messages:
        if message.had_receipt_handle(handle):
            over = clock.millis() >= message.visible_at
            if queue.fifo_queue and (over or message.receipt_handle != handle):
                raise InvalidParameterValue(
                    f"Value {handle} for parameter ReceiptHandle is invalid. "
                    "Reason: The receipt handle has expired."
                )
            return message
    return None


def delete_message(queue, handle):
    with clock.changed:
        if handle in queue.deleted_messages:
            return
        message = held(queue, handle)
        if message is None:
            raise ReceiptHandleIsInvalid()
        queue.pending_messages.discard(message)
        queue.deleted_messages.update(message.all_receipt_handles)
        queue._messages.remove(message)
        clock.changed.notify_all()


def mend():
    """Replaces moto's functions by those above."""
    change = models.SQSBackend.change_message_visibility

    def change_message_visibility(backend, queue_name, receipt_handle, visibility_timeout):
        if int(visibility_timeout) > LONGEST_HIDDEN:
            raise InvalidParameterValue("VisibilityTimeout must be at most 43200")
        with clock.changed:
            held(backend.get_queue(queue_name), receipt_handle)
            change(
                backend,
                queue_name=queue_name,
                receipt_handle=receipt_handle,
                visibility_timeout=visibility_timeout,
            )
            clock.changed.notify_all()

    models.Queue.add_message = add_message
    models.Queue.delete_message = delete_message
    models.SQSBackend.receive_message = receive_message
    models.SQSBackend.change_message_visibility = change_message_visibility
