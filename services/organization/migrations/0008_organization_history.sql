-- oldest-binary: 8
-- The history keeps whole organizations, so that a read of a past day answers with the same fields as one of today. A
-- program that does not know the new columns would leave them empty. What was recorded before gets them as they are now.

ALTER TABLE organization_versions
  ADD COLUMN version BIGINT NOT NULL,
  ADD COLUMN competent_department BINARY(16) NULL,
  ADD COLUMN party_body_type VARCHAR(60) NOT NULL,
  ADD COLUMN credit_code VARCHAR(18) CHARACTER SET ascii COLLATE ascii_bin NULL,
  ADD COLUMN founding_date DATE NULL,
  ADD COLUMN contact VARCHAR(200) NOT NULL,
  ADD COLUMN create_time DATETIME(6) NOT NULL DEFAULT '1970-01-01',
  ADD COLUMN update_time DATETIME(6) NOT NULL DEFAULT '1970-01-01',
  ADD COLUMN details MEDIUMBLOB NOT NULL;

UPDATE organization_versions v JOIN organizations o ON o.id = v.organization SET
  v.version = o.version, v.competent_department = o.competent_department, v.party_body_type = o.party_body_type,
  v.credit_code = o.credit_code, v.founding_date = o.founding_date, v.contact = o.contact,
  v.create_time = o.create_time, v.update_time = o.update_time, v.details = o.details;
