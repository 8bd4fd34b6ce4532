-- oldest-binary: 9
-- What is missing in the registry, and what is counted against it. Derived from the journal by the clock, one change
-- after the other: `coverage_progress` says how far. An older binary leaves them alone; what it writes is in the journal,
-- and is counted later.

-- One fact of an organization: that something is missing, or that a letter is owed or in force. `subject`: the post, term,
-- assignment or organization that it is about. `day`: of a term, its last day; of a letter in force, the first of its year.
CREATE TABLE coverage_facts (
  kind VARCHAR(60) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  subject BINARY(16) NOT NULL,
  organization BINARY(16) NOT NULL,
  day DATE NOT NULL,
  PRIMARY KEY (kind, subject, organization, day),
  KEY coverage_facts_by_organization (organization, kind)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- How many facts there are at an organization, the `scope`, and below it.
CREATE TABLE coverage_counts (
  scope BINARY(16) NOT NULL,
  kind VARCHAR(60) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  day DATE NOT NULL,
  facts BIGINT NOT NULL,
  PRIMARY KEY (scope, kind, day)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The tree as it was counted.
CREATE TABLE coverage_places (
  organization BINARY(16) NOT NULL PRIMARY KEY,
  parent BINARY(16) NULL
) ENGINE=InnoDB;

CREATE TABLE coverage_progress (
  id TINYINT NOT NULL PRIMARY KEY,
  position BIGINT UNSIGNED NOT NULL
) ENGINE=InnoDB;
INSERT INTO coverage_progress (id, position) VALUES (1, 0);
