-- oldest-binary: 9
-- Organizations that have ended, and why each version came to be. `last_recorded` is when the latest change of the tree
-- was recorded: the next one is recorded later, whatever the clocks of their processes say, so that the tree is whole at
-- every moment of the record.

ALTER TABLE organizations ADD COLUMN end_date DATE NULL;

ALTER TABLE organization_versions
  ADD COLUMN end_date DATE NULL,
  ADD COLUMN reason VARCHAR(500) NOT NULL DEFAULT '',
  ADD COLUMN document_number VARCHAR(80) NOT NULL DEFAULT '';

ALTER TABLE organization_tree ADD COLUMN last_recorded DATETIME(6) NOT NULL DEFAULT '1970-01-01';
