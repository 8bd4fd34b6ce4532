-- The content of evidence files, found by its digest (SHA-256) and kept once. A service that keeps evidence takes
-- these statements into its migrations. Pieces that an upload left behind when it was cut off are the only rows ever
-- deleted; `touch_time`, by the database's clock, says since when nobody has asked for a piece to be kept.
CREATE TABLE evidence_pieces (
  digest BINARY(32) NOT NULL,
  content MEDIUMBLOB NOT NULL,
  touch_time DATETIME(6) NOT NULL,
  PRIMARY KEY (digest),
  KEY evidence_pieces_by_touch_time (touch_time)
) ENGINE = InnoDB;

CREATE TABLE evidence_contents (
  digest BINARY(32) NOT NULL,
  size_bytes BIGINT NOT NULL,
  PRIMARY KEY (digest)
) ENGINE = InnoDB;

CREATE TABLE evidence_content_pieces (
  content BINARY(32) NOT NULL,
  ordinal INT NOT NULL,
  piece BINARY(32) NOT NULL,
  PRIMARY KEY (content, ordinal),
  KEY evidence_content_pieces_by_piece (piece)
) ENGINE = InnoDB;
