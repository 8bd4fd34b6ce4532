-- oldest-binary: 17
-- Organizations below each other one are counted by division too, down to counties: then `scope` is an id and a code, and
-- kind and level are empty. Counted anew from the history, by the clock; an older program would fold changes without it.

DELETE FROM organization_count_changes;
DELETE FROM organization_counts;
INSERT INTO organization_count_changes (path, division, kind, level, state, day, change_count)
  SELECT LEFT(path, LENGTH(path) - 16), COALESCE(division, ''), kind, level, state, valid_from, COUNT(*)
  FROM organization_versions WHERE recorded_to = '9999-12-31' GROUP BY 1, 2, 3, 4, 5, 6;
INSERT INTO organization_count_changes (path, division, kind, level, state, day, change_count)
  SELECT LEFT(path, LENGTH(path) - 16), COALESCE(division, ''), kind, level, state, valid_to, -COUNT(*)
  FROM organization_versions WHERE recorded_to = '9999-12-31' AND valid_to <> '9999-12-31' GROUP BY 1, 2, 3, 4, 5, 6;
