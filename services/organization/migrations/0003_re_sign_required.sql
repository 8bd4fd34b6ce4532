-- oldest-binary: 2
-- Which letters were signed by somebody who has left the post since.

ALTER TABLE responsibility_letters
  ADD COLUMN re_sign_required BOOLEAN NOT NULL DEFAULT FALSE AFTER end_reason;
