-- oldest-binary: 1
-- The journal of a service: the first migration of every schema, which services link to as it is.
--
-- The runtime user may SELECT and INSERT on journal and journal_position, SELECT, INSERT and DELETE on
-- journal_pending, SELECT and UPDATE on journal_lease, and nothing more. A reader that must wait for a commit in
-- flight locks rows of journal: MariaDB asks for no further right, MySQL for LOCK TABLES on the schema.

-- One row a change, never touched again. Ordinal 0 of a request is always there, also where nothing changed
-- (then resource and kind are empty), and keeps the answer where that is not the resource itself (response NULL:
-- the answer is `after`, of type `kind`). content_hash is made by the writer over all columns but id.
CREATE TABLE journal (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  time DATETIME(6) NOT NULL,
  actor VARCHAR(100) NOT NULL,
  acting_for VARCHAR(100) NOT NULL,
  client VARCHAR(100) NOT NULL,
  method VARCHAR(200) NOT NULL,
  request_id BINARY(16) NOT NULL,
  ordinal INT UNSIGNED NOT NULL,
  request_hash BINARY(32) NOT NULL,
  resource VARCHAR(200) NOT NULL,
  version BIGINT NOT NULL,
  kind VARCHAR(200) NOT NULL,
  operation VARCHAR(40) NOT NULL,
  organization BINARY(16) NULL,
  after MEDIUMBLOB NOT NULL,
  response_type VARCHAR(200) NULL,
  response MEDIUMBLOB NULL,
  changed_fields TEXT NOT NULL,
  reason TEXT NOT NULL,
  cause_service VARCHAR(100) NULL,
  cause_position BIGINT UNSIGNED NULL,
  trace_id VARCHAR(32) NOT NULL,
  content_hash BINARY(32) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY journal_by_request (client, actor, method, request_id, ordinal),
  KEY journal_by_resource (resource, version)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Rows of journal that have no position yet. Small: the sequencer empties it within milliseconds.
CREATE TABLE journal_pending (
  journal_id BIGINT UNSIGNED NOT NULL,
  content_hash BINARY(32) NOT NULL,
  PRIMARY KEY (journal_id)
) ENGINE=InnoDB;

-- The order of the journal: dense from 1, chained. Written by the sequencer only.
CREATE TABLE journal_position (
  position BIGINT UNSIGNED NOT NULL,
  journal_id BIGINT UNSIGNED NOT NULL,
  hash BINARY(32) NOT NULL,
  PRIMARY KEY (position),
  UNIQUE KEY journal_position_by_journal (journal_id)
) ENGINE=InnoDB;

-- Who sequences, until when by the database's clock, and how far the chain has come. incarnation tells a
-- restored database from the one it was.
CREATE TABLE journal_lease (
  name VARCHAR(40) NOT NULL,
  holder VARCHAR(100) NOT NULL,
  epoch BIGINT NOT NULL,
  expires DATETIME(6) NOT NULL,
  head_position BIGINT UNSIGNED NOT NULL,
  head_hash BINARY(32) NOT NULL,
  incarnation BINARY(16) NOT NULL,
  PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

INSERT INTO journal_lease (name, holder, epoch, expires, head_position, head_hash, incarnation)
VALUES ('journal', '', 0, '2000-01-01 00:00:00', 0, UNHEX(REPEAT('00', 32)), UNHEX(REPLACE(UUID(), '-', '')));
