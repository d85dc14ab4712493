-- Times of the queue are milliseconds since 1970, those of the ledger seconds.

-- A group that has messages. Ready groups have free_at = 0, so that the index gives the one with the
-- oldest message at once, however many are locked and however many messages stand before it.
CREATE TABLE queue_group (
    id      INTEGER PRIMARY KEY,
    name    TEXT NOT NULL UNIQUE,
    head    INTEGER NOT NULL,            -- the oldest message's seq
    free_at INTEGER NOT NULL             -- locked until then: the latest visible_at of its messages in flight
) STRICT;
CREATE INDEX queue_group_ready ON queue_group (free_at, head);

-- AUTOINCREMENT: a number is never given again, so that an old handle fits no later message.
CREATE TABLE queue_message (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    group_id   INTEGER NOT NULL REFERENCES queue_group (id),
    sent_at    INTEGER NOT NULL,
    receives   INTEGER NOT NULL,         -- also the fence: a handle names the receive it stands for
    visible_at INTEGER NOT NULL,         -- 0 until it is received
    body       TEXT NOT NULL
) STRICT;
CREATE INDEX queue_message_order ON queue_message (group_id, seq);
CREATE INDEX queue_message_flight ON queue_message (group_id, visible_at) WHERE visible_at > 0;

-- Deduplication ids outlive their messages.
CREATE TABLE queue_seen (
    id    TEXT PRIMARY KEY,
    seq   INTEGER NOT NULL,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX queue_seen_until ON queue_seen (until);

CREATE TABLE queue_dead (
    id         INTEGER PRIMARY KEY,      -- the order in which they were given up
    seq        INTEGER NOT NULL,
    group_name TEXT NOT NULL,
    sent_at    INTEGER NOT NULL,
    died_at    INTEGER NOT NULL,
    receives   INTEGER NOT NULL,
    reason     TEXT NOT NULL,
    body       TEXT NOT NULL
) STRICT;

-- The ledger's items. Text is compared byte by byte, as DynamoDB does.
CREATE TABLE ledger_item (
    partition_key TEXT NOT NULL,
    sort_key      TEXT NOT NULL,
    version       INTEGER NOT NULL,
    expires_at    INTEGER,
    doc           TEXT NOT NULL,
    PRIMARY KEY (partition_key, sort_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX ledger_item_expiry ON ledger_item (expires_at) WHERE expires_at IS NOT NULL;
