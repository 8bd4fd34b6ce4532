-- oldest-binary: 1
-- What another service knows of the registry of organizations: a migration of each that follows it, linked to as it
-- is. Nothing here is deleted: what the registry no longer has gets an empty state.

-- `path` is the ids from the root to the organization itself, 16 bytes each, computed here from `parent`; empty
-- while an organization above is not known.
CREATE TABLE known_organizations (
  id BINARY(16) NOT NULL,
  version BIGINT NOT NULL,
  parent BINARY(16) NULL,
  path VARBINARY(512) NOT NULL,
  kind VARCHAR(60) NOT NULL,
  state VARCHAR(48) NOT NULL,
  display_name VARCHAR(120) NOT NULL,
  division VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  level VARCHAR(48) NOT NULL,
  PRIMARY KEY (id),
  KEY known_organizations_by_path (path),
  KEY known_organizations_by_parent (parent)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE known_posts (
  id BINARY(16) NOT NULL,
  version BIGINT NOT NULL,
  organization BINARY(16) NULL,
  `rank` VARCHAR(48) NOT NULL,
  key_post BOOLEAN NOT NULL,
  state VARCHAR(48) NOT NULL,
  PRIMARY KEY (id),
  KEY known_posts_by_organization (organization)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE known_assignments (
  id BINARY(16) NOT NULL,
  version BIGINT NOT NULL,
  person BINARY(16) NULL,
  post BINARY(16) NULL,
  organization BINARY(16) NULL,
  `rank` VARCHAR(48) NOT NULL,
  start_date DATE NULL,
  end_date DATE NULL,
  state VARCHAR(48) NOT NULL,
  PRIMARY KEY (id),
  KEY known_assignments_by_person (person, state),
  KEY known_assignments_by_post (post, state),
  KEY known_assignments_by_organization (organization, state)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- No names: personal data stay with the registry.
CREATE TABLE known_persons (
  id BINARY(16) NOT NULL,
  version BIGINT NOT NULL,
  organization BINARY(16) NULL,
  employment_state VARCHAR(48) NOT NULL,
  PRIMARY KEY (id),
  KEY known_persons_by_organization (organization)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
