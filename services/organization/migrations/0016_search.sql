-- oldest-binary: 16
-- Organizations are found by their former names too, and fast among 740,000. A program that does not know the new
-- columns would leave them empty.
--
-- `former_text` is the names that an organization had on some day, as is known now, and no longer has, normalized, each in
-- a line. Normalizing a name can make it longer.

ALTER TABLE organizations
  MODIFY search_text VARCHAR(4000) NOT NULL,
  ADD COLUMN former_text MEDIUMTEXT NOT NULL DEFAULT (''),
  ADD KEY organizations_by_level (level, id),
  ADD KEY organizations_by_end (end_date);

-- Pieces as common as 村民 stand in most names: what is asked for with them leads the way then. `area`: the part of the
-- tree, which is what lies below a child of a root, by the id of that child; a root is its own.
ALTER TABLE organization_pieces
  ADD COLUMN organization_kind VARCHAR(60) NOT NULL DEFAULT '',
  ADD COLUMN area BINARY(16) NULL;
UPDATE organization_pieces p JOIN organizations o ON o.id = p.organization SET
  p.organization_kind = o.kind, p.area = SUBSTRING(o.path, IF(LENGTH(o.path) > 16, 17, 1), 16);
ALTER TABLE organization_pieces
  MODIFY organization_kind VARCHAR(60) NOT NULL,
  MODIFY area BINARY(16) NOT NULL,
  ADD KEY organization_pieces_by_kind (piece, organization_kind, organization),
  ADD KEY organization_pieces_by_area (piece, area, organization);

-- Organizations whose names are to be written anew where they are searched; by the clock, a moment later.
CREATE TABLE organization_names_due (
  organization BINARY(16) NOT NULL PRIMARY KEY
) ENGINE=InnoDB;
INSERT INTO organization_names_due (organization)
  SELECT DISTINCT v.organization FROM organization_versions v JOIN organizations o ON o.id = v.organization
  WHERE v.recorded_to = '9999-12-31' AND (v.display_name <> o.display_name OR v.short_name <> o.short_name);
