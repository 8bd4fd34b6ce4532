-- oldest-binary: 5
-- What this service knows of supervision: cases and rectification items, by the organization they are about, and the
-- digests of evidence files.

CREATE TABLE known_cases (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  subject_organization BINARY(16) NOT NULL,
  state VARCHAR(48) NOT NULL,
  severity VARCHAR(48) NOT NULL,
  confirmed BOOLEAN NOT NULL,
  KEY known_cases_by_subject (subject_organization, severity, state)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE known_rectification_items (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  organization BINARY(16) NOT NULL,
  state VARCHAR(48) NOT NULL,
  deadline DATE NULL,
  KEY known_rectification_items_by_organization (organization, state, deadline)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE known_evidence_files (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  digest CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  KEY known_evidence_files_by_digest (digest)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
