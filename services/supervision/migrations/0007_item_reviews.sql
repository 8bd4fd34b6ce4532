-- oldest-binary: 4
-- An item is reviewed twice before its close-out is applied for. What was under way before is reviewed from here on.

ALTER TABLE rectification_items
  ADD COLUMN head_reviewed BOOLEAN NOT NULL DEFAULT FALSE AFTER excuse_approver,
  ADD COLUMN superior_reviewed BOOLEAN NOT NULL DEFAULT FALSE AFTER head_reviewed;
