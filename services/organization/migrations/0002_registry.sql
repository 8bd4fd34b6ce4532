-- oldest-binary: 2
-- The registry: divisions, organizations with their history, names to search by, and identifiers of other platforms.

CREATE TABLE divisions (
  id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  display_name VARCHAR(80) NOT NULL,
  level VARCHAR(40) NOT NULL,
  parent VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  vintage INT NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  details MEDIUMBLOB NOT NULL,
  KEY divisions_by_parent (parent, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- `path` is the ids from the root to the organization itself, 16 bytes each: the index of the tree, used by ranges.
-- `search_text` is the full and the short name, normalized.
CREATE TABLE organizations (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  display_name VARCHAR(120) NOT NULL,
  short_name VARCHAR(60) NOT NULL,
  kind VARCHAR(60) NOT NULL,
  parent BINARY(16) NULL,
  competent_department BINARY(16) NULL,
  division VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  level VARCHAR(40) NOT NULL,
  party_body_type VARCHAR(60) NOT NULL,
  credit_code VARCHAR(18) CHARACTER SET ascii COLLATE ascii_bin NULL,
  founding_date DATE NULL,
  contact VARCHAR(200) NOT NULL,
  state VARCHAR(40) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  details MEDIUMBLOB NOT NULL,
  path VARBINARY(256) NOT NULL,
  search_text VARCHAR(200) NOT NULL,
  UNIQUE KEY organizations_by_credit_code (credit_code),
  UNIQUE KEY organizations_by_path (path),
  KEY organizations_by_parent (parent, id),
  KEY organizations_by_division (division, kind, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What was true when (valid), and what we knew when (recorded); both half-open, the end of time where still so.
CREATE TABLE organization_versions (
  organization BINARY(16) NOT NULL,
  valid_from DATE NOT NULL,
  valid_to DATE NOT NULL,
  recorded_from DATETIME(6) NOT NULL,
  recorded_to DATETIME(6) NOT NULL,
  display_name VARCHAR(120) NOT NULL,
  short_name VARCHAR(60) NOT NULL,
  kind VARCHAR(60) NOT NULL,
  division VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  level VARCHAR(40) NOT NULL,
  state VARCHAR(40) NOT NULL,
  parent BINARY(16) NULL,
  path VARBINARY(256) NOT NULL,
  PRIMARY KEY (organization, recorded_from, valid_from),
  KEY organization_versions_by_path (path, recorded_to)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE organization_identifiers (
  source VARCHAR(40) NOT NULL,
  external_id VARCHAR(100) NOT NULL,
  organization BINARY(16) NOT NULL,
  PRIMARY KEY (source, external_id),
  KEY organization_identifiers_by_organization (organization)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Every two neighbouring characters of an organization's names.
CREATE TABLE organization_pieces (
  piece CHAR(2) NOT NULL,
  organization BINARY(16) NOT NULL,
  PRIMARY KEY (piece, organization),
  KEY organization_pieces_by_organization (organization)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The row that every structural change of the tree locks first.
CREATE TABLE organization_tree (
  id TINYINT NOT NULL PRIMARY KEY
) ENGINE=InnoDB;
INSERT INTO organization_tree (id) VALUES (1);

CREATE TABLE persons (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  display_name VARCHAR(60) NOT NULL,
  staff_number VARCHAR(40) NOT NULL,
  organization BINARY(16) NULL,
  party_membership VARCHAR(60) NOT NULL,
  employment_state VARCHAR(60) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  details MEDIUMBLOB NOT NULL,
  UNIQUE KEY persons_by_staff_number (staff_number),
  KEY persons_by_organization (organization, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE posts (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  organization BINARY(16) NULL,
  display_name VARCHAR(80) NOT NULL,
  `rank` VARCHAR(40) NOT NULL,
  key_post BOOLEAN NOT NULL,
  head_count INT NOT NULL,
  state VARCHAR(40) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  details MEDIUMBLOB NOT NULL,
  KEY posts_by_organization (organization, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE assignments (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  person BINARY(16) NULL,
  post BINARY(16) NULL,
  organization BINARY(16) NULL,
  `rank` VARCHAR(40) NOT NULL,
  acting BOOLEAN NOT NULL,
  start_date DATE NULL,
  end_date DATE NULL,
  state VARCHAR(40) NOT NULL,
  document_number VARCHAR(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  details MEDIUMBLOB NOT NULL,
  KEY assignments_by_post (post, state),
  KEY assignments_by_person (person, state),
  KEY assignments_by_organization (organization, state)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE responsibility_letters (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  issuer_post BINARY(16) NULL,
  signatory_post BINARY(16) NULL,
  organization BINARY(16) NULL,
  year INT NOT NULL,
  title VARCHAR(200) NOT NULL,
  document_digest CHAR(64) NOT NULL,
  supersedes BINARY(16) NULL,
  state VARCHAR(40) NOT NULL,
  end_reason VARCHAR(500) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  delete_time DATETIME(6) NULL,
  details MEDIUMBLOB NOT NULL,
  KEY responsibility_letters_by_signatory (signatory_post, year, state),
  KEY responsibility_letters_by_issuer (issuer_post, year, state),
  KEY responsibility_letters_by_organization (organization, year, state)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
