-- oldest-binary: 4
-- Inspections, cases, rectification items, the working calendar and evidence.

CREATE TABLE inspections (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  organization BINARY(16) NULL,
  display_name VARCHAR(200) NOT NULL,
  kind VARCHAR(48) NOT NULL,
  leader BINARY(16) NULL,
  document_number VARCHAR(80) NOT NULL,
  planned_start_date DATE NULL,
  planned_end_date DATE NULL,
  state VARCHAR(48) NOT NULL,
  planner VARCHAR(100) NOT NULL,
  start_date DATE NULL,
  end_date DATE NULL,
  conclusion VARCHAR(4000) NOT NULL,
  cancel_reason VARCHAR(500) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  details MEDIUMBLOB NOT NULL,
  KEY inspections_by_organization (organization, state, id),
  KEY inspections_by_leader (leader, state)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE case_categories (
  id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  parent VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  display_name VARCHAR(120) NOT NULL,
  retired BOOLEAN NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  details MEDIUMBLOB NOT NULL,
  KEY case_categories_by_parent (parent, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE supervision_cases (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  organization BINARY(16) NULL,
  subject_organization BINARY(16) NULL,
  subject_person BINARY(16) NULL,
  source VARCHAR(48) NOT NULL,
  source_resource VARCHAR(120) NOT NULL,
  display_name VARCHAR(200) NOT NULL,
  description VARCHAR(4000) NOT NULL,
  category VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  severity VARCHAR(48) NOT NULL,
  receive_date DATE NULL,
  state VARCHAR(48) NOT NULL,
  accept_due_date DATE NULL,
  registrar VARCHAR(100) NOT NULL,
  filing_number VARCHAR(80) NOT NULL,
  accept_date DATE NULL,
  decline_reason VARCHAR(500) NOT NULL,
  disposition VARCHAR(48) NOT NULL,
  confirmed BOOLEAN NOT NULL,
  decide_date DATE NULL,
  rectification_ordered BOOLEAN NOT NULL,
  close_date DATE NULL,
  return_reason VARCHAR(500) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  details MEDIUMBLOB NOT NULL,
  KEY supervision_cases_by_organization (organization, state, id),
  KEY supervision_cases_by_subject_organization (subject_organization, confirmed, id),
  KEY supervision_cases_by_subject_person (subject_person, id),
  KEY supervision_cases_by_source_resource (source_resource),
  KEY supervision_cases_by_state (state, accept_due_date)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Who handles which case: for what waits for a person. The case itself says it; this is only searched.
CREATE TABLE case_handlers (
  supervision_case BINARY(16) NOT NULL,
  person BINARY(16) NOT NULL,
  PRIMARY KEY (supervision_case, person),
  KEY case_handlers_by_person (person)
) ENGINE=InnoDB;

CREATE TABLE rectification_items (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  supervision_case BINARY(16) NULL,
  organization BINARY(16) NULL,
  issuing_organization BINARY(16) NULL,
  display_name VARCHAR(200) NOT NULL,
  requirement VARCHAR(2000) NOT NULL,
  deadline DATE NULL,
  state VARCHAR(48) NOT NULL,
  issuer VARCHAR(100) NOT NULL,
  issue_date DATE NULL,
  deadline_limit DATE NULL,
  acknowledger VARCHAR(100) NOT NULL,
  acknowledge_time DATETIME(6) NULL,
  responsible_leader BINARY(16) NULL,
  responsible_office BINARY(16) NULL,
  responsible_person BINARY(16) NULL,
  plan_date DATE NULL,
  planner VARCHAR(100) NOT NULL,
  extension_count INT NOT NULL,
  extension_pending BOOLEAN NOT NULL,
  closeout_number VARCHAR(80) NOT NULL,
  end_date DATE NULL,
  cycle INT NOT NULL,
  excuse_reason VARCHAR(500) NOT NULL,
  excuse_approver VARCHAR(100) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  details MEDIUMBLOB NOT NULL,
  KEY rectification_items_by_case (supervision_case, state),
  KEY rectification_items_by_organization (organization, state, id),
  KEY rectification_items_by_issuer (issuing_organization, state, deadline),
  KEY rectification_items_by_person (responsible_person, state),
  KEY rectification_items_by_deadline (state, deadline)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE calendar_days (
  id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  date DATE NULL,
  kind VARCHAR(48) NOT NULL,
  display_name VARCHAR(60) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  details MEDIUMBLOB NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE evidence_files (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  organization BINARY(16) NULL,
  file_name VARCHAR(200) NOT NULL,
  media_type VARCHAR(120) NOT NULL,
  digest VARCHAR(64) NOT NULL,
  size_bytes BIGINT NOT NULL,
  description VARCHAR(1000) NOT NULL,
  uploader VARCHAR(100) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  details MEDIUMBLOB NOT NULL,
  KEY evidence_files_by_organization (organization, id),
  KEY evidence_files_by_digest (digest)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The content of evidence files, found by its digest (SHA-256) and kept once.
CREATE TABLE evidence_pieces (
  digest BINARY(32) NOT NULL,
  content MEDIUMBLOB NOT NULL,
  touch_time DATETIME(6) NOT NULL,
  PRIMARY KEY (digest),
  KEY evidence_pieces_by_touch_time (touch_time)
) ENGINE=InnoDB;

CREATE TABLE evidence_contents (
  digest BINARY(32) NOT NULL,
  size_bytes BIGINT NOT NULL,
  PRIMARY KEY (digest)
) ENGINE=InnoDB;

CREATE TABLE evidence_content_pieces (
  content BINARY(32) NOT NULL,
  ordinal INT NOT NULL,
  piece BINARY(32) NOT NULL,
  PRIMARY KEY (content, ordinal),
  KEY evidence_content_pieces_by_piece (piece)
) ENGINE=InnoDB;

-- The last official number given, per organization, kind of document and year.
CREATE TABLE number_counters (
  organization BINARY(16) NOT NULL,
  kind VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  year SMALLINT NOT NULL,
  last BIGINT NOT NULL,
  PRIMARY KEY (organization, kind, year)
) ENGINE=InnoDB;
