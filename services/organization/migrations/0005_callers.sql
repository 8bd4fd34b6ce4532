-- oldest-binary: 3
-- Who may do what: clients, role bindings, delegations, and the leases that gateways hold on them.

CREATE TABLE clients (
  id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  display_name VARCHAR(120) NOT NULL,
  organization BINARY(16) NULL,
  calls_per_second INT NOT NULL,
  concurrent_calls INT NOT NULL,
  max_response_bytes INT NOT NULL,
  state VARCHAR(40) NOT NULL,
  state_reason VARCHAR(500) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  details MEDIUMBLOB NOT NULL,
  KEY clients_by_organization (organization, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE role_bindings (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  subject VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  role VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  organization BINARY(16) NULL,
  last_date DATE NULL,
  reason VARCHAR(500) NOT NULL,
  state VARCHAR(40) NOT NULL,
  granter VARCHAR(100) NOT NULL,
  approver VARCHAR(100) NOT NULL,
  revoker VARCHAR(100) NOT NULL,
  end_reason VARCHAR(500) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  details MEDIUMBLOB NOT NULL,
  KEY role_bindings_by_subject (subject, state),
  KEY role_bindings_by_organization (organization, id),
  KEY role_bindings_by_role (role, state)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE delegations (
  id BINARY(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  delegator BINARY(16) NULL,
  delegate BINARY(16) NULL,
  organization BINARY(16) NULL,
  first_date DATE NULL,
  last_date DATE NULL,
  reason VARCHAR(500) NOT NULL,
  state VARCHAR(40) NOT NULL,
  ender VARCHAR(100) NOT NULL,
  end_reason VARCHAR(500) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  details MEDIUMBLOB NOT NULL,
  KEY delegations_by_delegate (delegate, state, delegator),
  KEY delegations_by_delegator (delegator, state),
  KEY delegations_by_organization (organization, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Up to which position of the journal a gateway has forgotten what changed, and until when it may go on without saying
-- so again. By this database's clock.
CREATE TABLE caller_leases (
  holder VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  position BIGINT UNSIGNED NOT NULL,
  expires DATETIME(6) NOT NULL,
  KEY caller_leases_by_expiry (expires)
) ENGINE=InnoDB;

-- The row that whoever makes or revokes an administrator locks first: one of them always stays.
CREATE TABLE administrator_lock (
  id TINYINT NOT NULL PRIMARY KEY
) ENGINE=InnoDB;
INSERT INTO administrator_lock (id) VALUES (1);
