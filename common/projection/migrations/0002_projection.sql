-- oldest-binary: 1
-- What a service keeps about the feeds it follows: a migration of every schema with projections, which services
-- link to as it is. Nothing here is deleted.

-- One row a feed. `token` is where to resume, empty where a snapshot is to be taken; `position` is the last change
-- dealt with. `generation` counts the snapshots begun, `complete_generation` is the last that was finished, 0 for
-- none. Who follows is `holder`; every transaction of his locks this row and finds his `epoch` in it, so that two
-- never write at once. `as_of` is the upstream's time up to which all is known.
CREATE TABLE projections (
  feed VARCHAR(100) NOT NULL,
  token VARBINARY(4000) NOT NULL,
  position BIGINT UNSIGNED NOT NULL,
  generation BIGINT NOT NULL,
  complete_generation BIGINT NOT NULL,
  holder VARCHAR(100) NOT NULL,
  epoch BIGINT NOT NULL,
  as_of DATETIME(6) NULL,
  update_time DATETIME(6) NOT NULL,
  PRIMARY KEY (feed)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The version of each resource that the projections hold, and the snapshot that last spoke of it; `present` turns
-- false where a snapshot no longer had it.
CREATE TABLE projection_resources (
  feed VARCHAR(100) NOT NULL,
  resource VARCHAR(200) NOT NULL,
  kind VARCHAR(200) NOT NULL,
  version BIGINT NOT NULL,
  generation BIGINT NOT NULL,
  present BOOLEAN NOT NULL,
  PRIMARY KEY (feed, resource),
  KEY projection_resources_by_generation (feed, present, generation)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Changes that could not be applied, and the later ones of the same resources, which wait behind them. `state` is
-- the name of a QuarantinedChange.State. `image` is the change itself while it waits, empty afterwards.
CREATE TABLE projection_quarantine (
  feed VARCHAR(100) NOT NULL,
  resource VARCHAR(200) NOT NULL,
  version BIGINT NOT NULL,
  position BIGINT UNSIGNED NOT NULL,
  kind VARCHAR(200) NOT NULL,
  image MEDIUMBLOB NOT NULL,
  error VARCHAR(1000) NOT NULL,
  tries INT NOT NULL,
  state VARCHAR(48) NOT NULL,
  reason VARCHAR(1000) NOT NULL,
  actor VARCHAR(100) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  PRIMARY KEY (feed, resource, version),
  KEY projection_quarantine_by_state (feed, state, resource, version)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
