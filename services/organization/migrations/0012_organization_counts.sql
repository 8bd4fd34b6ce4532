-- oldest-binary: 9
-- How many organizations of which kind, level and state there were on any day, below each organization and in each
-- division. A change adds to `organization_count_changes` in its own transaction, so that no two changes wait for each
-- other at the row of a province; what was added is folded into `organization_counts` a moment later, and whoever reads
-- adds up both.

-- `path`: below which organizations, the ids from the root to the lowest one. `day`: from when on.
CREATE TABLE organization_count_changes (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  path VARBINARY(256) NOT NULL,
  division VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  kind VARCHAR(60) NOT NULL,
  level VARCHAR(40) NOT NULL,
  state VARCHAR(40) NOT NULL,
  day DATE NOT NULL,
  change_count INT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- `scope`: the id of an organization, for what lies below it, or the code of a division, for what works for it or a part
-- of it. `organizations`: how many there were from `day` on, until the next day of the same key.
CREATE TABLE organization_counts (
  scope VARBINARY(64) NOT NULL,
  kind VARCHAR(60) NOT NULL,
  level VARCHAR(40) NOT NULL,
  state VARCHAR(40) NOT NULL,
  day DATE NOT NULL,
  organizations INT NOT NULL,
  PRIMARY KEY (scope, kind, level, state, day)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

INSERT INTO organization_count_changes (path, division, kind, level, state, day, change_count)
  SELECT LEFT(path, LENGTH(path) - 16), COALESCE(division, ''), kind, level, state, valid_from, COUNT(*)
  FROM organization_versions WHERE recorded_to = '9999-12-31' GROUP BY 1, 2, 3, 4, 5, 6;
INSERT INTO organization_count_changes (path, division, kind, level, state, day, change_count)
  SELECT LEFT(path, LENGTH(path) - 16), COALESCE(division, ''), kind, level, state, valid_to, -COUNT(*)
  FROM organization_versions WHERE recorded_to = '9999-12-31' AND valid_to <> '9999-12-31' GROUP BY 1, 2, 3, 4, 5, 6;
