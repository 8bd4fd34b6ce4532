-- The last official number given, per organization, kind of document and year. A service that gives numbers
-- takes this statement into its migrations.
CREATE TABLE number_counters (
  organization BINARY(16) NOT NULL,
  kind VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  year SMALLINT NOT NULL,
  last BIGINT NOT NULL,
  PRIMARY KEY (organization, kind, year)
) ENGINE = InnoDB;
