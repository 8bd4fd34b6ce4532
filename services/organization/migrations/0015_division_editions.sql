-- oldest-binary: 9
-- Divisions that are no more, what each edition has of them, and newer editions on their way in.

ALTER TABLE divisions ADD COLUMN state VARCHAR(40) NOT NULL DEFAULT 'STATE_ACTIVE';

-- As the editions of the years [first_vintage, end_vintage) have a division.
CREATE TABLE division_versions (
  id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  first_vintage INT NOT NULL,
  end_vintage INT NOT NULL,
  version BIGINT NOT NULL,
  display_name VARCHAR(80) NOT NULL,
  level VARCHAR(40) NOT NULL,
  parent VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  vintage INT NOT NULL,
  state VARCHAR(40) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  details MEDIUMBLOB NOT NULL,
  PRIMARY KEY (id, first_vintage)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
INSERT INTO division_versions (id, first_vintage, end_vintage, version, display_name, level, parent, vintage, state,
    create_time, update_time, details)
  SELECT id, vintage, 9999, version, display_name, level, parent, vintage, state, create_time, update_time, details
  FROM divisions;

CREATE TABLE division_editions (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  vintage INT NOT NULL,
  division VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  state VARCHAR(40) NOT NULL,
  row_count INT NOT NULL,
  applied_count INT NOT NULL,
  cancel_reason VARCHAR(500) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  details MEDIUMBLOB NOT NULL,
  KEY division_editions_by_state (state)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE division_edition_rows (
  edition BINARY(16) NOT NULL,
  code VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  display_name VARCHAR(80) NOT NULL,
  level VARCHAR(40) NOT NULL,
  parent VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  PRIMARY KEY (edition, code)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Which row goes on for a former code.
CREATE TABLE division_edition_heirs (
  edition BINARY(16) NOT NULL,
  code VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  heir VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (edition, code, heir),
  KEY division_edition_heirs_by_heir (edition, heir)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The plan. `kinds`: names of DivisionEditionChange.Kind, joined by commas. The divisions are serialized messages.
CREATE TABLE division_edition_changes (
  edition BINARY(16) NOT NULL,
  code VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  kinds VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  version_before BIGINT NULL,
  division_before MEDIUMBLOB NOT NULL,
  division_after MEDIUMBLOB NOT NULL,
  organizations BIGINT NOT NULL,
  applied BOOLEAN NOT NULL,
  PRIMARY KEY (edition, code)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
