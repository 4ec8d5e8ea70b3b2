"""The tables of the view. A view of another version is thrown away and filled anew."""

from __future__ import annotations

VERSION = 4
"""Another one whenever tables change, or what they keep as JSON: records and rulings."""

SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- How far each partition is in the other tables; written in the same transaction as what was read.
CREATE TABLE offsets (topic TEXT, part INTEGER, next INTEGER NOT NULL, PRIMARY KEY (topic, part)) WITHOUT ROWID;

-- What rows hang on of the tasks: where it changes, the view is filled anew.
CREATE TABLE tasks (name TEXT PRIMARY KEY, depends TEXT NOT NULL) WITHOUT ROWID;

-- `veiled`: blind for whoever has not decided it. `superseded`: its event passed, or came to review again, meanwhile.
-- `given`: how many rulings there are of what is decided. `others`: its id came again, with another input.
CREATE TABLE items (
  id INTEGER PRIMARY KEY, ref TEXT NOT NULL UNIQUE,
  task TEXT NOT NULL, event_id TEXT NOT NULL, replay INTEGER NOT NULL,
  tenant TEXT NOT NULL, known INTEGER NOT NULL, reason TEXT NOT NULL, rules TEXT NOT NULL, summary TEXT NOT NULL,
  at_ms INTEGER NOT NULL, cost REAL, cost_text TEXT, signature TEXT NOT NULL,
  audit INTEGER NOT NULL, inclusion REAL, retried INTEGER NOT NULL, second INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'open', veiled INTEGER NOT NULL, superseded INTEGER NOT NULL DEFAULT 0,
  decided_by TEXT NOT NULL DEFAULT '', decided_ms INTEGER,
  given INTEGER NOT NULL DEFAULT 0, others INTEGER NOT NULL DEFAULT 0
);
-- With all that counts and orders go by, so that they need not read the rows.
CREATE INDEX items_waiting ON items (at_ms, ref, task, state, veiled, known, tenant, reason, cost, signature)
  WHERE state <> 'closed';
CREATE INDEX items_at ON items (at_ms, ref, task, state, veiled, known, tenant, reason, cost, signature);
CREATE INDEX items_event ON items (task, event_id, replay);
CREATE INDEX items_decided ON items (decided_ms, ref, task, at_ms, given, state, known, tenant)
  WHERE decided_ms IS NOT NULL;

-- What is large, apart, so that the queue reads only what is small; the last answer once more before all that is behind
-- it, so that figures need not read that.
CREATE TABLE records (
  id INTEGER PRIMARY KEY, answer TEXT NOT NULL, record TEXT NOT NULL, key BLOB, headers TEXT NOT NULL,
  topic TEXT NOT NULL, part INTEGER NOT NULL, place INTEGER NOT NULL
);
CREATE TABLE rules (rule TEXT NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (rule, id)) WITHOUT ROWID;
CREATE INDEX rules_id ON rules (id);
CREATE VIRTUAL TABLE texts USING fts5 (text, content='', tokenize="unicode61 remove_diacritics 2");

-- How many items fail alike, waiting and decided.
CREATE TABLE kinds (
  signature TEXT, known INTEGER, tenant TEXT, open INTEGER NOT NULL, decided INTEGER NOT NULL,
  PRIMARY KEY (signature, known, tenant)
) WITHOUT ROWID;
CREATE TRIGGER kinds_of_new AFTER INSERT ON items BEGIN
  INSERT INTO kinds VALUES (new.signature, new.known, new.tenant, new.state = 'open', new.decided_ms IS NOT NULL)
  ON CONFLICT DO UPDATE SET open = open + excluded.open, decided = decided + excluded.decided;
END;
CREATE TRIGGER kinds_of_changed AFTER UPDATE OF state, decided_ms ON items BEGIN
  UPDATE kinds SET
    open = open + (new.state = 'open') - (old.state = 'open'),
    decided = decided + (new.decided_ms IS NOT NULL) - (old.decided_ms IS NOT NULL)
  WHERE signature = new.signature AND known = new.known AND tenant = new.tenant;
END;

-- `outcome`: what was published for a ruling that counts: empty while that is not known.
CREATE TABLE rulings (
  ref TEXT, id TEXT, by TEXT NOT NULL, blind INTEGER NOT NULL, part INTEGER NOT NULL, place INTEGER NOT NULL,
  at_ms INTEGER NOT NULL, ruling TEXT NOT NULL, counts INTEGER NOT NULL DEFAULT 0, outcome TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (ref, by, id)
) WITHOUT ROWID;
CREATE INDEX rulings_by ON rulings (by, at_ms);
CREATE INDEX rulings_pending ON rulings (at_ms) WHERE counts AND outcome = '';

CREATE TABLE leases (ref TEXT PRIMARY KEY, by TEXT NOT NULL, until_ms INTEGER NOT NULL) WITHOUT ROWID;

-- Results of late, for the item that is read after the result which supersedes it.
CREATE TABLE results (
  task TEXT, event_id TEXT, replay INTEGER NOT NULL, at_ms INTEGER NOT NULL, PRIMARY KEY (task, event_id)
) WITHOUT ROWID;
CREATE INDEX results_at ON results (at_ms);
"""

TABLES = ("offsets", "tasks", "items", "records", "rules", "kinds", "rulings", "leases", "results", "meta")
