-- oldest-binary: 9
-- Responsibility lists, terms of office, appointment talks, and who oversees whom.

ALTER TABLE posts ADD COLUMN party_office VARCHAR(60) NOT NULL DEFAULT 'PARTY_OFFICE_UNSPECIFIED';

CREATE TABLE responsibilities (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  organization BINARY(16) NULL,
  kind VARCHAR(60) NOT NULL,
  bearing VARCHAR(60) NOT NULL,
  post BINARY(16) NULL,
  leader_post BINARY(16) NULL,
  office BINARY(16) NULL,
  content VARCHAR(1000) NOT NULL,
  basis VARCHAR(200) NOT NULL,
  start_date DATE NULL,
  end_date DATE NULL,
  state VARCHAR(40) NOT NULL,
  end_reason VARCHAR(500) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  details MEDIUMBLOB NOT NULL,
  KEY responsibilities_by_organization (organization, state),
  KEY responsibilities_by_post (post, state)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE terms_of_office (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  organization BINARY(16) NULL,
  session_number INT NOT NULL,
  start_date DATE NULL,
  due_date DATE NULL,
  document_number VARCHAR(80) NOT NULL,
  state VARCHAR(40) NOT NULL,
  conclude_date DATE NULL,
  conclude_reason VARCHAR(500) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  details MEDIUMBLOB NOT NULL,
  KEY terms_of_office_by_organization (organization, state),
  KEY terms_of_office_by_due_date (state, due_date)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE appointment_talks (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  assignment BINARY(16) NULL,
  person BINARY(16) NULL,
  organization BINARY(16) NULL,
  due_date DATE NULL,
  state VARCHAR(40) NOT NULL,
  held_date DATE NULL,
  talker BINARY(16) NULL,
  record_digest CHAR(64) NOT NULL,
  cancel_reason VARCHAR(500) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  details MEDIUMBLOB NOT NULL,
  KEY appointment_talks_by_assignment (assignment, state),
  KEY appointment_talks_by_organization (organization, state),
  KEY appointment_talks_by_due_date (state, due_date)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE oversight_links (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  kind VARCHAR(60) NOT NULL,
  overseer BINARY(16) NULL,
  overseen BINARY(16) NULL,
  document_number VARCHAR(80) NOT NULL,
  start_date DATE NULL,
  end_date DATE NULL,
  state VARCHAR(40) NOT NULL,
  end_reason VARCHAR(500) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  details MEDIUMBLOB NOT NULL,
  KEY oversight_links_by_overseen (overseen, state),
  KEY oversight_links_by_overseer (overseer, state)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
