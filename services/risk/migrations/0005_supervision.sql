-- oldest-binary: 5
-- What this service knows of supervision: the cases that touch risk points, and their rectification items.

CREATE TABLE known_cases (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  state VARCHAR(48) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- `touched` turns false where a case no longer names the risk point: nothing here is deleted.
CREATE TABLE known_case_risk_points (
  supervision_case BINARY(16) NOT NULL,
  risk_point BINARY(16) NOT NULL,
  touched BOOLEAN NOT NULL,
  PRIMARY KEY (supervision_case, risk_point),
  KEY known_case_risk_points_by_point (risk_point)
) ENGINE=InnoDB;

CREATE TABLE known_rectification_items (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  supervision_case BINARY(16) NOT NULL,
  state VARCHAR(48) NOT NULL,
  KEY known_rectification_items_by_case (supervision_case, state)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
