-- oldest-binary: 9
-- Changes of organizations that are decided and have not taken effect yet.

CREATE TABLE planned_changes (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  organization BINARY(16) NULL,
  effective_date DATE NULL,
  state VARCHAR(40) NOT NULL,
  planner VARCHAR(100) NOT NULL,
  result BINARY(16) NULL,
  canceller VARCHAR(100) NOT NULL,
  cancel_reason VARCHAR(500) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  details MEDIUMBLOB NOT NULL,
  KEY planned_changes_by_state (state, effective_date),
  KEY planned_changes_by_organization (organization, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
