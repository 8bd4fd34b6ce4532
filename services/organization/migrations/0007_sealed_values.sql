-- oldest-binary: 7
-- Values of persons that nobody may see here. A program that does not know them would keep them in clear.

ALTER TABLE persons ADD COLUMN identity_number_masked VARCHAR(60) NOT NULL DEFAULT '';

-- One row a value: encrypted under its own key, and that under a version of the sealing key, which is not here. digest
-- tells, by another key that is not here, whether two values are the same.
CREATE TABLE sealed_values (
  collection VARCHAR(60) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  owner BINARY(16) NOT NULL,
  field VARCHAR(60) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  algorithm TINYINT UNSIGNED NOT NULL,
  key_version BIGINT NOT NULL,
  wrapped_key VARBINARY(255) NOT NULL,
  ciphertext VARBINARY(4096) NOT NULL,
  digest BINARY(32) NOT NULL,
  PRIMARY KEY (collection, owner, field),
  UNIQUE KEY sealed_values_by_digest (collection, field, digest),
  KEY sealed_values_by_version (key_version)
) ENGINE=InnoDB;
