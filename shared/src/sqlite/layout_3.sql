-- The journal of deliveries, for `bridge events`. The bridge works without it. Times are milliseconds since 1970.
CREATE TABLE journal_delivery (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    at         INTEGER NOT NULL,
    outcome    TEXT NOT NULL,
    kind       TEXT,                     -- type of the event
    event      TEXT,
    contract   TEXT,
    connection TEXT NOT NULL,
    delivery   TEXT,
    took_ms    INTEGER NOT NULL
) STRICT;

-- Requests that were refused, and deliveries beyond those that are listed, counted by minute.
CREATE TABLE journal_count (
    minute     INTEGER NOT NULL,
    outcome    TEXT NOT NULL,
    connection TEXT NOT NULL,            -- empty if the request named no known connection
    requests   INTEGER NOT NULL,
    PRIMARY KEY (minute, outcome, connection)
) STRICT, WITHOUT ROWID;
