-- oldest-binary: 4
-- Programmes, rubrics, rounds, action plans, applications, score sheets, objections and titles; the places of a
-- round, and the official numbers of titles.

CREATE TABLE programmes (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  organization BINARY(16) NULL,
  display_name VARCHAR(120) NOT NULL,
  description VARCHAR(2000) NOT NULL,
  cycle_years INT NOT NULL,
  validity_months INT NOT NULL,
  notice_working_days INT NOT NULL,
  title_number_prefix VARCHAR(10) NOT NULL,
  prerequisite_programme BINARY(16) NULL,
  state VARCHAR(60) NOT NULL,
  state_reason VARCHAR(500) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  delete_time DATETIME(6) NULL,
  details MEDIUMBLOB NOT NULL,
  KEY programmes_by_organization (organization, state, id),
  UNIQUE KEY programmes_by_prefix (organization, title_number_prefix),
  KEY programmes_by_prerequisite (prerequisite_programme)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE rubrics (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  programme BINARY(16) NULL,
  organization BINARY(16) NULL,
  display_name VARCHAR(120) NOT NULL,
  edition INT NOT NULL,
  full_centipoints INT NOT NULL,
  state VARCHAR(60) NOT NULL,
  freezer VARCHAR(100) NOT NULL,
  freeze_time DATETIME(6) NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  delete_time DATETIME(6) NULL,
  details MEDIUMBLOB NOT NULL,
  KEY rubrics_by_programme (programme, edition),
  KEY rubrics_by_organization (organization, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE review_rounds (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  programme BINARY(16) NULL,
  organization BINARY(16) NULL,
  display_name VARCHAR(120) NOT NULL,
  year INT NOT NULL,
  rubric BINARY(16) NULL,
  submission_start_date DATE NULL,
  submission_end_date DATE NULL,
  quorum INT NOT NULL,
  extremes_dropped INT NOT NULL,
  extremes_from_sheets INT NOT NULL,
  state VARCHAR(60) NOT NULL,
  proposer VARCHAR(100) NOT NULL,
  propose_time DATETIME(6) NULL,
  approver VARCHAR(100) NOT NULL,
  approve_time DATETIME(6) NULL,
  notice_number INT NOT NULL,
  notice_start_date DATE NULL,
  notice_end_date DATE NULL,
  decider VARCHAR(100) NOT NULL,
  decide_date DATE NULL,
  state_reason VARCHAR(500) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  delete_time DATETIME(6) NULL,
  details MEDIUMBLOB NOT NULL,
  KEY review_rounds_by_programme (programme, state, id),
  KEY review_rounds_by_organization (organization, state, id),
  KEY review_rounds_by_rubric (rubric),
  KEY review_rounds_by_notice (state, notice_end_date)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE action_plans (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  organization BINARY(16) NULL,
  programme BINARY(16) NULL,
  programme_organization BINARY(16) NULL,
  year INT NOT NULL,
  display_name VARCHAR(120) NOT NULL,
  goals VARCHAR(2000) NOT NULL,
  state VARCHAR(60) NOT NULL,
  filer VARCHAR(100) NOT NULL,
  file_date DATE NULL,
  examiner VARCHAR(100) NOT NULL,
  accepted BOOLEAN NOT NULL,
  comment VARCHAR(1000) NOT NULL,
  conclude_date DATE NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  details MEDIUMBLOB NOT NULL,
  UNIQUE KEY action_plans_by_unit (organization, programme, year),
  KEY action_plans_by_programme (programme, year, state),
  KEY action_plans_by_filing (programme_organization, state, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE applications (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  review_round BINARY(16) NULL,
  organization BINARY(16) NULL,
  programme BINARY(16) NULL,
  programme_organization BINARY(16) NULL,
  statement VARCHAR(4000) NOT NULL,
  state VARCHAR(60) NOT NULL,
  quota_group VARCHAR(20) NOT NULL,
  action_plan BINARY(16) NULL,
  drafter VARCHAR(100) NOT NULL,
  submitter VARCHAR(100) NOT NULL,
  first_submit_time DATETIME(6) NULL,
  supplement_due_date DATE NULL,
  examiner VARCHAR(100) NOT NULL,
  examination VARCHAR(2000) NOT NULL,
  score_centipoints INT NULL,
  placing INT NOT NULL,
  end_reason VARCHAR(500) NOT NULL,
  disqualification_reason VARCHAR(60) NOT NULL,
  end_cause VARCHAR(120) NOT NULL,
  end_date DATE NULL,
  shortlister VARCHAR(100) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  delete_time DATETIME(6) NULL,
  details MEDIUMBLOB NOT NULL,
  KEY applications_by_round (review_round, state, quota_group, placing),
  KEY applications_by_organization (organization, state, id),
  KEY applications_by_programme (programme_organization, state, id),
  KEY applications_by_supplement (supplement_due_date)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE score_sheets (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  application BINARY(16) NULL,
  review_round BINARY(16) NULL,
  organization BINARY(16) NULL,
  reviewer BINARY(16) NULL,
  remark VARCHAR(2000) NOT NULL,
  state VARCHAR(60) NOT NULL,
  total_centipoints INT NULL,
  submit_time DATETIME(6) NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  details MEDIUMBLOB NOT NULL,
  UNIQUE KEY score_sheets_by_application (application, reviewer),
  KEY score_sheets_by_reviewer (reviewer, state, id),
  KEY score_sheets_by_round (review_round, state)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE objections (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  application BINARY(16) NULL,
  review_round BINARY(16) NULL,
  organization BINARY(16) NULL,
  objector BINARY(16) NULL,
  objector_organization BINARY(16) NULL,
  display_name VARCHAR(200) NOT NULL,
  grounds VARCHAR(4000) NOT NULL,
  state VARCHAR(60) NOT NULL,
  filer VARCHAR(100) NOT NULL,
  file_date DATE NULL,
  examiner VARCHAR(100) NOT NULL,
  decide_due_date DATE NULL,
  investigator BINARY(16) NULL,
  assigner VARCHAR(100) NOT NULL,
  findings VARCHAR(4000) NOT NULL,
  report_time DATETIME(6) NULL,
  decider VARCHAR(100) NOT NULL,
  decide_date DATE NULL,
  decision VARCHAR(500) NOT NULL,
  notifier VARCHAR(100) NOT NULL,
  notify_date DATE NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  details MEDIUMBLOB NOT NULL,
  KEY objections_by_application (application, state),
  KEY objections_by_round (review_round, state),
  KEY objections_by_organization (organization, state, decide_due_date),
  KEY objections_by_investigator (investigator, state)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE titles (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  application BINARY(16) NULL,
  organization BINARY(16) NULL,
  programme BINARY(16) NULL,
  conferring_organization BINARY(16) NULL,
  review_round BINARY(16) NULL,
  display_name VARCHAR(200) NOT NULL,
  title_number VARCHAR(60) NOT NULL,
  confer_date DATE NULL,
  expire_date DATE NULL,
  conferrer VARCHAR(100) NOT NULL,
  document_number VARCHAR(80) NOT NULL,
  state VARCHAR(60) NOT NULL,
  state_reason VARCHAR(500) NOT NULL,
  state_cause VARCHAR(120) NOT NULL,
  end_date DATE NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  details MEDIUMBLOB NOT NULL,
  UNIQUE KEY titles_by_application (application),
  UNIQUE KEY titles_by_number (conferring_organization, title_number),
  KEY titles_by_organization (organization, state, id),
  KEY titles_by_programme (programme, state, id),
  KEY titles_by_expiry (state, expire_date)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- How many of a group can be named, and how many places are taken by candidates. Whoever takes one does so by an
-- UPDATE that holds only while there is one: many may race for the last.
CREATE TABLE round_places (
  review_round BINARY(16) NOT NULL,
  quota_group VARCHAR(20) NOT NULL,
  cap INT NOT NULL,
  used INT NOT NULL,
  PRIMARY KEY (review_round, quota_group)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The panel of a round and what its members must not score, as they are in the round, to be searched by.
CREATE TABLE round_reviewers (
  review_round BINARY(16) NOT NULL,
  person BINARY(16) NOT NULL,
  PRIMARY KEY (review_round, person),
  KEY round_reviewers_by_person (person)
) ENGINE=InnoDB;

CREATE TABLE round_conflicts (
  review_round BINARY(16) NOT NULL,
  person BINARY(16) NOT NULL,
  organization BINARY(16) NOT NULL,
  PRIMARY KEY (review_round, person, organization)
) ENGINE=InnoDB;

-- The last official number given, per organization, kind of document and year. A service that gives numbers
-- takes this statement into its migrations.
CREATE TABLE number_counters (
  organization BINARY(16) NOT NULL,
  kind VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  year SMALLINT NOT NULL,
  last BIGINT NOT NULL,
  PRIMARY KEY (organization, kind, year)
) ENGINE = InnoDB;
