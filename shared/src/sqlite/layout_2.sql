-- The retry queue: messages that join their group when they are due.
CREATE TABLE queue_later (
    id         INTEGER PRIMARY KEY,
    due_at     INTEGER NOT NULL,
    group_name TEXT NOT NULL,
    sent_at    INTEGER NOT NULL,         -- when it was first sent
    body       TEXT NOT NULL
) STRICT;
CREATE INDEX queue_later_due ON queue_later (due_at, id);

-- Claims have a table of their own, so that a scan of the ledger does not read them.
CREATE TABLE ledger_claim (
    partition_key TEXT NOT NULL,
    sort_key      TEXT NOT NULL,
    version       INTEGER NOT NULL,
    expires_at    INTEGER,
    doc           TEXT NOT NULL,
    PRIMARY KEY (partition_key, sort_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX ledger_claim_expiry ON ledger_claim (expires_at) WHERE expires_at IS NOT NULL;

INSERT INTO ledger_claim SELECT * FROM ledger_item WHERE partition_key >= 'CLAIM#' AND partition_key < 'CLAIM$';
DELETE FROM ledger_item WHERE partition_key >= 'CLAIM#' AND partition_key < 'CLAIM$';
