-- oldest-binary: 5
-- The working calendar as supervision keeps it, so that notices and objections are counted by the same days.

CREATE TABLE known_calendar_days (
  id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  date DATE NOT NULL,
  kind VARCHAR(48) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
